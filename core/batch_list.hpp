#pragma once

#include "core/observation.hpp"
#include "core/plan.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// What is kept of a batch over restarts and reloads: its record, and its last good list.
struct KeptBatch {
    std::string source;
    BatchRecord record;
    std::vector<ListedMailbox> list;

    bool operator==(const KeptBatch&) const = default;
};

using KeptBatches = std::map<std::string, KeptBatch>;

/// The batch with the list that its file holds now, given what is kept of it (6.7). A good list is in force at once,
/// unless it drops more than a tenth of the last good one: then it waits for a confirmation. A bad list leaves the last
/// good one in force, with the new one's problems; where there was none, what could be read of it is.
Batch with_kept(Batch read, const KeptBatch& kept, base::SystemTime now);

/// What a configuration says now, with what is kept of its batches. What it does not name stays in `kept`; what it
/// names is taken out.
Plan with_kept(Plan read, KeptBatches& kept, base::SystemTime now);

/// The other way: everything of the plan's batches that outlives the plan. A batch whose list was never good keeps
/// none.
void keep(const Plan& plan, KeptBatches& kept);

/// Puts a list that waited in force. It must be the one that waits.
void confirm(Batch& batch, const MailboxList& read);

/// Leaves nothing of the addresses of a batch that is done but who said so and when. It stays done.
void forget(Batch& batch, const std::string& who, base::SystemTime now);

/// The subjects that only this batch lists, or made exceptions for: what is forgotten with it.
std::set<Subject> forgettable(const Plan& plan, const std::string& batch, const KeptBatch& kept);

} // namespace mailpreflight::core
