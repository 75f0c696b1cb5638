#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::store {

class Database;

/// The numbered steps of one database; the step at index 0 makes schema 1 of an empty file. A database says in
/// `PRAGMA user_version` how many it has been through.
struct Schema {
    std::string name;
    std::vector<std::string_view> steps;
};

/// The files schema/state/*.sql and schema/ledger/*.sql, embedded when the build is configured.
Schema state_schema();
Schema ledger_schema();

/// Brings the database up to the newest step, each step in a transaction of its own; several processes may try at once.
/// Refuses (`unsupported`) a database that has more steps behind it than this version knows.
base::Status migrate(Database& database, const Schema& schema);

} // namespace mailpreflight::store
