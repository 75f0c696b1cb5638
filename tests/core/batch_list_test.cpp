#include "core/batch_list.hpp"

#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

MailboxList list_of(int first, int count, const std::string& digest) {
    MailboxList list{.mailboxes = {}, .problems = {}, .digest = digest};
    for (int i = first; i < first + count; ++i) {
        list.mailboxes.push_back({.address = "user" + std::to_string(i) + "@contoso.example"});
    }
    return list;
}

Batch read(MailboxList list) {
    Batch batch{.name = "wave1", .source = "contoso"};
    batch.list = std::move(list);
    return batch;
}

/// What is kept after `list` was read as the first one.
KeptBatch kept_of(const MailboxList& list) {
    Plan plan{.sources = {}, .batches = {with_kept(read(list), KeptBatch{}, noon)}, .schedule = {}};
    KeptBatches kept;
    keep(plan, kept);
    return kept.at("wave1");
}

TEST(BatchList, that_is_the_first_good_one_is_in_force_and_kept) {
    const KeptBatch kept = kept_of(list_of(0, 40, "a"));
    EXPECT_EQ(kept.list.size(), 40U);
    EXPECT_EQ(kept.record.good_digest, "a");
    EXPECT_EQ(kept.record.pending, std::nullopt);
}

TEST(BatchList, that_drops_a_tenth_is_in_force_and_one_more_waits) {
    const KeptBatch kept = kept_of(list_of(0, 40, "a"));
    EXPECT_EQ(with_kept(read(list_of(4, 36, "b")), kept, noon).list.mailboxes.size(), 36U);
    const Batch waits = with_kept(read(list_of(5, 37, "b")), kept, noon);
    EXPECT_EQ(waits.list.mailboxes, kept.list);
    EXPECT_EQ(waits.list.problems, std::vector<ListProblem>{});
    ASSERT_TRUE(waits.record.pending.has_value());
    EXPECT_EQ(
        *waits.record.pending,
        (PendingList{.digest = "b",
                     .read_at = noon,
                     .rows = 37,
                     .dropped = 5,
                     .added = 2,
                     .dropped_examples = {"user0@contoso.example", "user1@contoso.example", "user2@contoso.example"}}));
}

TEST(BatchList, that_waits_still_waits_after_a_restart_since_it_was_first_read) {
    KeptBatch kept = kept_of(list_of(0, 40, "a"));
    kept.record = with_kept(read(list_of(20, 20, "b")), kept, noon).record;
    const Batch again = with_kept(read(list_of(20, 20, "b")), kept, noon + 5h);
    ASSERT_TRUE(again.record.pending.has_value());
    EXPECT_EQ(again.record.pending->read_at, noon);
    EXPECT_EQ(with_kept(read(list_of(0, 40, "a")), kept, noon + 5h).record.pending, std::nullopt) << "mended instead";
}

TEST(BatchList, that_was_confirmed_is_what_the_next_one_is_held_against) {
    const KeptBatch kept = kept_of(list_of(0, 40, "a"));
    Batch batch = with_kept(read(list_of(20, 20, "b")), kept, noon);
    confirm(batch, list_of(20, 20, "b"));
    EXPECT_EQ(batch.list.mailboxes.size(), 20U);
    KeptBatches kept_then;
    keep(Plan{.sources = {}, .batches = {batch}, .schedule = {}}, kept_then);
    EXPECT_EQ(with_kept(read(list_of(20, 20, "b")), kept_then.at("wave1"), noon).record.pending, std::nullopt);
}

TEST(BatchList, that_is_bad_leaves_the_last_good_one_in_force_with_its_own_problems) {
    const KeptBatch kept = kept_of(list_of(0, 40, "a"));
    MailboxList bad = list_of(0, 39, "b");
    bad.problems = {{7, "no address"}};
    const Batch batch = with_kept(read(bad), kept, noon);
    EXPECT_EQ(batch.list.mailboxes, kept.list);
    EXPECT_EQ(batch.list.problems, bad.problems);
    EXPECT_EQ(batch.record.good_digest, "a");
    EXPECT_EQ(with_kept(read(MailboxList{}), kept, noon).list.problems,
              (std::vector<ListProblem>{{0, "the list is empty"}}));
}

TEST(BatchList, that_is_bad_from_the_start_is_in_force_as_far_as_it_goes_and_not_kept) {
    MailboxList bad = list_of(0, 39, "b");
    bad.problems = {{7, "no address"}};
    EXPECT_EQ(with_kept(read(bad), KeptBatch{}, noon).list, bad);
    EXPECT_EQ(kept_of(bad).list.size(), 0U);
    EXPECT_EQ(with_kept(read(list_of(0, 3, "c")), kept_of(bad), noon).record.pending, std::nullopt);
}

TEST(BatchList, of_a_batch_that_went_to_another_source_begins_anew) {
    KeptBatches kept{{"wave1", kept_of(list_of(0, 40, "a"))}};
    Batch moved = read(list_of(0, 3, "b"));
    moved.source = "fabrikam";
    const Plan plan = with_kept(Plan{.sources = {}, .batches = {moved}, .schedule = {}}, kept, noon);
    EXPECT_EQ(plan.batches[0].list.mailboxes.size(), 3U);
    EXPECT_TRUE(kept.empty());
}

TEST(BatchList, of_a_batch_that_the_configuration_does_not_name_is_kept_until_it_does_again) {
    KeptBatches kept{{"wave1", kept_of(list_of(0, 40, "a"))}};
    EXPECT_EQ(with_kept(Plan{}, kept, noon), Plan{});
    ASSERT_EQ(kept.size(), 1U);
    const Plan plan =
        with_kept(Plan{.sources = {}, .batches = {read(list_of(30, 10, "b"))}, .schedule = {}}, kept, noon);
    EXPECT_EQ(plan.batches[0].list.mailboxes.size(), 40U);
}

TEST(Forgetting, leaves_only_who_and_when_and_the_list_does_not_come_back) {
    Batch batch = with_kept(read(list_of(0, 40, "a")), KeptBatch{}, noon);
    batch.record.exceptions = {{"user1@contoso.example", noon, noon + 1h, "uid 0", "x"}};
    forget(batch, "uid 1000 (anna)", noon);
    EXPECT_TRUE(batch.list.mailboxes.empty());
    EXPECT_TRUE(batch.record.exceptions.empty());
    KeptBatches kept;
    keep(Plan{.sources = {}, .batches = {batch}, .schedule = {}}, kept);
    EXPECT_TRUE(with_kept(read(list_of(0, 40, "a")), kept.at("wave1"), noon + 1h).list.mailboxes.empty());
}

TEST(Forgetting, spares_what_another_batch_lists_and_what_must_not_open) {
    Batch other{.name = "wave2", .source = "contoso"};
    other.list = list_of(3, 1, "b");
    const Plan plan{.sources = {{.name = "contoso", .must_not_open = {"user2@contoso.example"}}},
                    .batches = {read(list_of(0, 4, "a")), other},
                    .schedule = {}};
    const KeptBatch kept{"contoso", {}, list_of(0, 4, "a").mailboxes};
    EXPECT_EQ(forgettable(plan, "wave1", kept),
              (std::set<Subject>{Subject::of_mailbox("contoso", "user0@contoso.example"),
                                 Subject::of_mailbox("contoso", "user1@contoso.example")}));
}

RC_GTEST_PROP(BatchListProperty, in_force_never_lost_more_than_a_tenth_of_a_good_list_unasked, ()) {
    KeptBatch kept{.source = "contoso", .record = {}, .list = {}};
    const int reads = *rc::gen::inRange(1, 8);
    for (int i = 0; i < reads; ++i) {
        MailboxList list = list_of(*rc::gen::inRange(0, 20), *rc::gen::inRange(0, 40), std::to_string(i));
        if (*rc::gen::inRange(0, 4) == 0) {
            list.problems = {{1, "bad"}};
        }
        const Batch batch = with_kept(read(list), kept, noon);
        std::size_t lost = 0;
        for (const ListedMailbox& mailbox : kept.list) {
            const auto& in_force = batch.list.mailboxes;
            lost += std::find(in_force.begin(), in_force.end(), mailbox) == in_force.end() ? 1U : 0U;
        }
        RC_ASSERT(lost * 10 <= kept.list.size());
        KeptBatches next;
        keep(Plan{.sources = {}, .batches = {batch}, .schedule = {}}, next);
        kept = next.at("wave1");
    }
}

} // namespace
} // namespace mailpreflight::core
