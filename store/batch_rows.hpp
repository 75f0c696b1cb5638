#pragma once

// Batches in state.db; for store/ alone.
#include "core/batch_list.hpp"
#include "store/sqlite.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace mailpreflight::store {

/// What a batch is filed under, and what is said of it.
struct BatchRow {
    std::string source;
    core::BatchRecord record;

    bool operator==(const BatchRow&) const = default;
};

base::Result<core::KeptBatches> read_batches(Database& database);
base::Status write_batches(Database& database, const std::map<std::string, BatchRow>& batches);
/// Each list replaces the batch's one.
base::Status write_lists(Database& database, const std::map<std::string, std::vector<core::ListedMailbox>>& lists);
base::Status remove_batches(Database& database, const std::set<std::string>& names);

} // namespace mailpreflight::store
