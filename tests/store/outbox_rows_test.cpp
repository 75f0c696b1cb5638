#include "store/outbox_rows.hpp"

#include "store/reader.hpp"
#include "store/schema.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "tests/json/notice_generators.hpp"
#include "tests/store/examples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace mailpreflight::store {
namespace {

using namespace std::chrono_literals;
using core::OwedState;

using Ids = std::vector<std::string>;

core::OwedNotice owed(const std::string& id, base::SystemTime at, OwedState state = OwedState::owed) {
    core::OwedNotice one;
    one.notice.id = id;
    one.notice.receiver = "ops";
    one.notice.group = "I17";
    one.notice.at = at;
    one.notice.title = "title of " + id;
    one.notice.text = "text of " + id + "\n";
    one.notice.mailboxes = {"anna@contoso.example", "bert@contoso.example"};
    one.state = state;
    return one;
}

Store::Commit commit_of(const std::vector<core::OwedNotice>& notices) {
    Store::Commit commit;
    commit.at = noon;
    for (const core::OwedNotice& one : notices) {
        commit.outbox.emplace(one.notice.id, one);
    }
    return commit;
}

Ids ids_of(const std::vector<core::OwedNotice>& notices) {
    Ids ids;
    for (const core::OwedNotice& one : notices) {
        ids.push_back(one.notice.id);
    }
    return ids;
}

class StoredNotices : public testing::Test {
protected:
    void keep(const std::vector<core::OwedNotice>& notices) {
        commit(commit_of(notices));
    }

    void commit(const Store::Commit& commit) {
        Store store = value_of(Store::open(directory_.path()));
        ASSERT_EQ(problem_of(store.commit(commit)), "none");
    }

    Store::Loaded loaded() {
        return value_of(value_of(Store::open(directory_.path())).load());
    }

    std::vector<core::OwedNotice> outbox(std::optional<OwedState> state = std::nullopt, std::size_t limit = 100) {
        return value_of(value_of(Reader::open(directory_.path())).outbox(state, limit));
    }

    const TemporaryDirectory directory_;
};

TEST_F(StoredNotices, that_are_owed_come_back_whole_and_in_their_order_after_reopening) {
    core::OwedNotice tried = owed("I17.1.ops", noon);
    tried.attempts = 4;
    tried.tried_at = noon + 5s + 1us;
    tried.next_at = noon + 45s;
    tried.detail = "503 Service Unavailable";
    const core::OwedNotice second = owed("I9.2.ops", noon + 1s);
    const core::OwedNotice third = owed("I1.3.ops", noon + 2s);
    keep({third,
          tried,
          second,
          owed("I17.0.ops", noon, OwedState::delivered),
          owed("I17.9.ops", noon, OwedState::dead)});
    EXPECT_EQ(loaded().owed, (std::vector<core::OwedNotice>{tried, second, third}));
}

TEST_F(StoredNotices, lose_their_mailboxes_when_delivered_and_keep_their_text) {
    core::OwedNotice one = owed("I17.1.ops", noon);
    keep({one});
    one.state = OwedState::delivered;
    one.attempts = 1;
    one.tried_at = noon + 1s;
    one.detail = "202 Accepted";
    keep({one});
    EXPECT_TRUE(loaded().owed.empty());
    core::OwedNotice expected = one;
    expected.notice.mailboxes.clear();
    EXPECT_EQ(outbox(), std::vector<core::OwedNotice>{expected});
}

TEST_F(StoredNotices, keep_their_mailboxes_when_dead_because_they_may_be_tried_again) {
    const core::OwedNotice dead = owed("I17.1.ops", noon, OwedState::dead);
    keep({dead});
    EXPECT_EQ(outbox(), std::vector<core::OwedNotice>{dead});
    core::OwedNotice again = dead;
    again.state = OwedState::owed;
    keep({again});
    EXPECT_EQ(loaded().owed, std::vector<core::OwedNotice>{again});
}

TEST_F(StoredNotices, are_counted_by_receiver_while_somebody_has_not_been_told) {
    core::OwedNotice chat = owed("f", noon + 5s, OwedState::dead);
    chat.notice.receiver = "chat";
    core::OwedNotice told = owed("g", noon, OwedState::delivered);
    told.notice.receiver = "audit";
    keep({owed("a", noon + 1s),
          owed("b", noon),
          owed("c", noon - 1s, OwedState::dead),
          owed("d", noon - 2s, OwedState::delivered),
          chat,
          told});
    const auto owing = value_of(value_of(Reader::open(directory_.path())).owing());
    EXPECT_EQ(owing,
              (std::map<std::string, core::Owing>{{"chat", {.owed = 0, .since = {}, .dead = 1}},
                                                  {"ops", {.owed = 2, .since = noon, .dead = 1}}}));
}

TEST_F(StoredNotices, are_listed_newest_first_by_state_and_up_to_a_limit) {
    keep({owed("a", noon),
          owed("b", noon + 3s),
          owed("c", noon + 1s, OwedState::delivered),
          owed("d", noon + 4s, OwedState::delivered),
          owed("e", noon + 2s, OwedState::dead)});
    EXPECT_EQ(ids_of(outbox()), (Ids{"d", "b", "e", "c", "a"}));
    EXPECT_EQ(ids_of(outbox(std::nullopt, 2)), (Ids{"d", "b"}));
    EXPECT_EQ(ids_of(outbox(OwedState::owed)), (Ids{"b", "a"}));
    EXPECT_EQ(ids_of(outbox(OwedState::owed, 1)), Ids{"b"});
    EXPECT_EQ(ids_of(outbox(OwedState::delivered)), (Ids{"d", "c"}));
    EXPECT_EQ(ids_of(outbox(OwedState::dead)), Ids{"e"});
    EXPECT_EQ(ids_of(outbox(std::nullopt, 0)), Ids{});
}

TEST_F(StoredNotices, are_pruned_once_delivered_or_dead_and_never_while_owed) {
    keep({owed("a", noon - 48h),
          owed("b", noon - 48h, OwedState::delivered),
          owed("c", noon - 48h, OwedState::dead),
          owed("d", noon, OwedState::delivered),
          owed("e", noon, OwedState::dead)});
    {
        Store store = value_of(Store::open(directory_.path()));
        ASSERT_EQ(problem_of(store.prune(noon)), "none");
    }
    EXPECT_EQ(ids_of(outbox()), (Ids{"d", "e", "a"}));
}

TEST_F(StoredNotices, have_a_memory_that_is_replaced_as_a_whole_and_left_alone_where_a_commit_has_none) {
    Store::Commit first = commit_of({});
    first.told = core::NoticeMemory{{"ops", {.last = 3, .digest = noon}}, {"gone", {.last = 9}}};
    commit(first);
    EXPECT_EQ(loaded().told, *first.told);
    keep({owed("a", noon)});
    EXPECT_EQ(loaded().told, *first.told);
    Store::Commit second = commit_of({});
    second.told = core::NoticeMemory{{"ops", {.last = 4}}, {"new", {.lately = {noon}}}};
    commit(second);
    EXPECT_EQ(loaded().told, *second.told);
    Store::Commit third = commit_of({});
    third.told.emplace();
    commit(third);
    EXPECT_EQ(loaded().told, core::NoticeMemory{});
}

TEST_F(StoredNotices, are_none_in_a_database_of_schema_4_which_takes_them_from_then_on) {
    ASSERT_GE(state_schema().steps.size(), 5U);
    {
        auto database = value_of(Database::open(directory_.path() / "state.db"));
        for (std::size_t step = 0; step < 4; ++step) {
            ASSERT_TRUE(database.execute(std::string(state_schema().steps[step])));
        }
        ASSERT_TRUE(database.execute("PRAGMA user_version = 4"));
    }
    const Store::Loaded before = loaded();
    EXPECT_TRUE(before.owed.empty());
    EXPECT_TRUE(before.told.empty());
    EXPECT_EQ(outbox(), std::vector<core::OwedNotice>{});
    keep({owed("a", noon)});
    EXPECT_EQ(ids_of(loaded().owed), Ids{"a"});
}

TEST_F(StoredNotices, are_told_to_be_unreadable_by_what_is_wrong_with_them) {
    keep({owed("a", noon)});
    auto database = value_of(Database::open(directory_.path() / "state.db"));
    ASSERT_TRUE(database.execute("UPDATE outbox SET notice = '{\"id\":\"a\"}'"));
    EXPECT_NE(problem_of(value_of(Reader::open(directory_.path())).outbox(std::nullopt, 1))
                  .find("cannot read a notice: member receiver is missing"),
              std::string::npos)
        << problem_of(value_of(Reader::open(directory_.path())).outbox(std::nullopt, 1));
    ASSERT_TRUE(database.execute("UPDATE outbox SET state = 'lost'"));
    EXPECT_EQ(problem_of(value_of(Reader::open(directory_.path())).outbox(std::nullopt, 1)),
              "there is no such state of a notice: lost");
}

RC_GTEST_PROP(StoredNoticesProperty, come_back_as_they_were, ()) {
    const TemporaryDirectory directory = TemporaryDirectory::in_memory();
    core::OwedNotice one;
    one.notice = *generators::notice();
    one.attempts = *rc::gen::inRange<std::uint64_t>(0, 1'000'000);
    one.tried_at = *generators::maybe(generators::time());
    one.next_at = *generators::maybe(generators::time());
    one.detail = *generators::text();
    const core::NoticeMemory memory =
        *generators::few_entries<core::NoticeMemory>(generators::name(), generators::receiver_memory());
    Store store = value_of(Store::open(directory.path()));
    Store::Commit commit = commit_of({one});
    commit.told = memory;
    RC_ASSERT(store.commit(commit).has_value());
    const Store::Loaded loaded = value_of(store.load());
    RC_ASSERT(loaded.owed == std::vector<core::OwedNotice>{one});
    RC_ASSERT(loaded.told == memory);
}

} // namespace
} // namespace mailpreflight::store
