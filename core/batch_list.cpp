#include "core/batch_list.hpp"

#include "core/drift.hpp"

#include <algorithm>
#include <utility>

namespace mailpreflight::core {

namespace {

constexpr std::size_t most_examples = 3;

std::set<std::string_view> addresses_of(const std::vector<ListedMailbox>& list) {
    std::set<std::string_view> addresses;
    for (const ListedMailbox& mailbox : list) {
        addresses.insert(mailbox.address);
    }
    return addresses;
}

/// What the new list would change.
PendingList difference(const std::vector<ListedMailbox>& good, const MailboxList& read, base::SystemTime now) {
    const auto before = addresses_of(good);
    const auto after = addresses_of(read.mailboxes);
    PendingList pending{.digest = read.digest, .read_at = now, .rows = read.mailboxes.size()};
    for (const std::string_view address : before) {
        if (!after.contains(address)) {
            ++pending.dropped;
            if (pending.dropped_examples.size() < most_examples) {
                pending.dropped_examples.emplace_back(address);
            }
        }
    }
    pending.added = after.size() + pending.dropped - before.size();
    return pending;
}

} // namespace

Batch with_kept(Batch read, const KeptBatch& kept, base::SystemTime now) {
    read.record = kept.record;
    BatchRecord& record = read.record;
    if (record.forgotten_at) {
        read.list.mailboxes.clear();
        read.list.problems.clear();
        return read;
    }
    const std::optional<PendingList> waited = std::exchange(record.pending, std::nullopt);
    const bool is_good = read.list.problems.empty() && !read.list.mailboxes.empty();
    if (record.good_digest.empty()) {
        record.good_digest = is_good ? read.list.digest : "";
        return read;
    }
    if (is_good) {
        PendingList pending = difference(kept.list, read.list, now);
        if (pending.dropped * 10 <= kept.list.size()) {
            record.good_digest = read.list.digest;
            return read;
        }
        pending.read_at = waited && waited->digest == pending.digest ? waited->read_at : now;
        record.pending = std::move(pending);
    } else if (read.list.problems.empty()) {
        read.list.problems.push_back({0, "the list is empty"});
    }
    read.list.mailboxes = kept.list;
    read.list.digest = record.good_digest;
    return read;
}

Plan with_kept(Plan read, KeptBatches& kept, base::SystemTime now) {
    for (Batch& batch : read.batches) {
        auto known = kept.extract(batch.name);
        // A batch of another source has but the name in common.
        const KeptBatch none{.source = batch.source, .record = {}, .list = {}};
        const bool same = !known.empty() && known.mapped().source == batch.source;
        batch = with_kept(std::move(batch), same ? known.mapped() : none, now);
    }
    return read;
}

void keep(const Plan& plan, KeptBatches& kept) {
    for (const Batch& batch : plan.batches) {
        kept.insert_or_assign(
            batch.name,
            KeptBatch{batch.source,
                      batch.record,
                      batch.record.good_digest.empty() ? std::vector<ListedMailbox>{} : batch.list.mailboxes});
    }
}

void confirm(Batch& batch, const MailboxList& read) {
    batch.list = read;
    batch.record.good_digest = read.digest;
    batch.record.pending.reset();
}

void forget(Batch& batch, const std::string& who, base::SystemTime now) {
    batch.record.forgotten_at = now;
    batch.record.forgotten_by = who;
    batch.record.exceptions.clear();
    batch.record.good_digest.clear();
    batch.record.pending.reset();
    batch.list = {};
}

std::set<Subject> forgettable(const Plan& plan, const std::string& batch, const KeptBatch& kept) {
    std::set<Subject> subjects;
    for (const ListedMailbox& mailbox : kept.list) {
        subjects.insert(Subject::of_mailbox(kept.source, mailbox.address));
    }
    for (const Exception& exception : kept.record.exceptions) {
        subjects.insert(Subject::of_mailbox(kept.source, exception.address));
    }
    for (const Batch& other : plan.batches) {
        if (other.name != batch && other.source == kept.source) {
            for (const ListedMailbox& mailbox : other.list.mailboxes) {
                subjects.erase(Subject::of_mailbox(other.source, mailbox.address));
            }
        }
    }
    std::erase_if(subjects, [&](const Subject& subject) { return must_not_open(plan, subject); });
    return subjects;
}

} // namespace mailpreflight::core
