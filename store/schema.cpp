#include "store/schema.hpp"

#include "store/sqlite.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace mailpreflight::store {

namespace {

/// One step, or none when another process was quicker. True when there is nothing left to do.
base::Result<bool> step_up(Database& database, const Schema& schema) {
    auto transaction = Transaction::begin(database);
    if (!transaction) {
        return base::failure(transaction.error());
    }
    const auto version = database.number("PRAGMA user_version");
    if (!version) {
        return base::failure(version.error());
    }
    const auto known = static_cast<std::int64_t>(schema.steps.size());
    if (*version > known) {
        return base::failure(
            base::ErrorCode::unsupported,
            fmt::format("written by a newer mailpreflight (schema {}, this one knows {}): use that version "
                        "or restore a backup",
                        *version,
                        known),
            database.path().string());
    }
    if (*version == known) {
        return true;
    }
    const std::string text(schema.steps[static_cast<std::size_t>(*version)]);
    if (auto status = database.execute(text); !status) {
        return base::failure(status.error());
    }
    if (auto status = database.execute(fmt::format("PRAGMA user_version = {}", *version + 1)); !status) {
        return base::failure(status.error());
    }
    if (auto status = transaction->commit(); !status) {
        return base::failure(status.error());
    }
    return false;
}

} // namespace

base::Status migrate(Database& database, const Schema& schema) {
    for (;;) {
        const auto done = step_up(database, schema);
        if (!done) {
            return base::failure(done.error());
        }
        if (*done) {
            return {};
        }
    }
}

} // namespace mailpreflight::store
