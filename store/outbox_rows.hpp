#pragma once

// The tables outbox and receiver_memory of state.db; for store/ alone.
#include "core/notice_memory.hpp"
#include "core/outbox.hpp"
#include "store/sqlite.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::store {

/// What is owed, the oldest first.
base::Result<std::vector<core::OwedNotice>> read_owed(Database& database);
/// The newest first; of one state or, without one, of all.
base::Result<std::vector<core::OwedNotice>>
read_outbox(Database& database, std::optional<core::OwedState> state, std::size_t limit);
/// By receiver; without those that were told everything.
base::Result<std::map<std::string, core::Owing>> read_owing(Database& database);
base::Result<core::NoticeMemory> read_memory(Database& database);

base::Status write_outbox(Database& database, const std::map<std::string, core::OwedNotice>& notices);
/// All that there is from now on.
base::Status write_memory(Database& database, const core::NoticeMemory& memory);
/// Of the sources of these mailboxes what nobody is owed any more: it may name them.
base::Status forget_notices(Database& database, const std::vector<core::TrackKey>& keys);
/// What was delivered or given up before `older_than`.
base::Status prune_outbox(Database& database, base::SystemTime older_than);

} // namespace mailpreflight::store
