#include "store/store.hpp"

#include "store/reader.hpp"
#include "store/schema.hpp"
#include "tests/store/examples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace mailpreflight::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class StateStore : public testing::Test {
protected:
    Store open() {
        return value_of(Store::open(directory_.path()));
    }

    TemporaryDirectory directory_;
};

TEST_F(StateStore, begins_empty) {
    auto store = open();
    const auto loaded = value_of(store.load());

    EXPECT_TRUE(loaded.tracks.empty());
    EXPECT_TRUE(loaded.baseline.empty());
    EXPECT_TRUE(loaded.incidents.empty());
    EXPECT_EQ(loaded.next_incident, 1U);
    EXPECT_EQ(loaded.last_commit, std::nullopt);
}

TEST_F(StateStore, makes_its_directory_for_its_owner_alone) {
    const auto inner = directory_.path() / "var" / "lib";
    value_of(Store::open(inner));

    struct stat info {};
    ASSERT_EQ(::stat(inner.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0700U);
}

TEST_F(StateStore, gives_back_after_a_restart_what_was_committed) {
    const core::TrackKey key = mailbox_key(1);
    core::Track track = passing_track(key);
    track.latest = look(key, core::Cause::impersonation_denied, noon + 1h);
    track.definite = track.latest;
    track.candidate = core::Candidate{*track.latest, *track.latest};
    const core::BaselineEntry entry{.facts = {{"root_id", "x"}}, .at = noon, .accepted_by = "uid 0", .reason = "first"};
    core::Incident incident = open_incident(17);
    incident.subjects = {key, mailbox_key(2)};
    incident.peak = 2;
    {
        auto store = open();
        ASSERT_TRUE(store.commit({.tracks = {{key, track}},
                                  .baseline = {{key, entry}},
                                  .incidents = {incident},
                                  .clock_leapt = noon + 1h,
                                  .at = noon + 2h}));
    }

    auto store = open();
    const auto loaded = value_of(store.load());

    EXPECT_EQ(loaded.tracks, (core::Tracks{{key, track}}));
    EXPECT_EQ(loaded.baseline, (core::Baseline{{key, entry}}));
    EXPECT_EQ(loaded.incidents, std::vector{incident});
    EXPECT_EQ(loaded.next_incident, 18U);
    EXPECT_EQ(loaded.last_commit, noon + 2h);
    EXPECT_EQ(loaded.clock_leapt, noon + 1h);
}

TEST_F(StateStore, keeps_a_subject_whose_name_is_no_utf8_apart_from_others) {
    core::TrackKey odd = mailbox_key(1);
    odd.subject.name = "user\xFF@contoso.example";
    core::TrackKey odder = odd;
    odder.subject.name = "user\xFE@contoso.example";
    auto store = open();
    ASSERT_TRUE(store.commit({.tracks = {{odd, passing_track(odd)}, {odder, passing_track(odder)}},
                              .transitions = {{.key = odd, .after = look(odd, core::Cause::ok), .first_seen = noon}},
                              .at = noon}));

    EXPECT_EQ(value_of(store.load()).tracks, (core::Tracks{{odd, passing_track(odd)}, {odder, passing_track(odder)}}));
    EXPECT_EQ(value_of(store.history(odd, 9)).size(), 1U);
    EXPECT_EQ(value_of(store.history(odder, 9)).size(), 0U);
}

TEST_F(StateStore, tells_the_transitions_of_a_key_and_of_a_subject_newest_first) {
    const core::TrackKey impersonation = mailbox_key(1);
    const core::TrackKey owa{core::Check::mailbox_owa, impersonation.subject};
    const core::Transition first{
        .key = impersonation, .after = look(impersonation, core::Cause::ok), .first_seen = noon};
    const core::Transition second{.key = owa, .after = look(owa, core::Cause::ok), .first_seen = noon};
    const core::Transition third{.key = impersonation,
                                 .before = first.after,
                                 .after = look(impersonation, core::Cause::impersonation_denied, noon + 1h),
                                 .first_seen = noon + 30min,
                                 .last_good = noon + 15min};
    const core::Transition other{
        .key = mailbox_key(2), .after = look(mailbox_key(2), core::Cause::ok), .first_seen = noon};
    auto store = open();
    ASSERT_TRUE(store.commit({.transitions = {first, second, other}, .at = noon}));
    ASSERT_TRUE(store.commit({.transitions = {third}, .at = noon + 1h}));

    EXPECT_THAT(value_of(store.history(impersonation, 10)), ElementsAre(third, first));
    EXPECT_THAT(value_of(store.history(impersonation, 1)), ElementsAre(third));
    EXPECT_THAT(value_of(store.history_of(impersonation.subject, 10)), ElementsAre(third, second, first));
    EXPECT_THAT(value_of(store.history_of(core::Subject::of_source("contoso"), 10)), ElementsAre());
}

core::TimelineEntry entry_at(base::SystemTime at, std::string text) {
    return {.at = at, .source = "contoso", .text = std::move(text)};
}

TEST_F(StateStore, gives_the_timeline_of_a_source_a_batch_an_incident_and_a_mailbox_newest_first) {
    const core::TrackKey key = mailbox_key(1);
    core::Incident incident = open_incident(1);
    incident.subjects = {key};
    core::TimelineEntry opened = entry_at(noon, "I1 opened");
    opened.incident = 1;
    core::TimelineEntry verdict = entry_at(noon, "batch wave1 is NO-GO");
    verdict.kind = core::TimelineKind::verdict;
    verdict.batch = "wave1";
    core::TimelineEntry excepted = entry_at(noon + 1h, "a mailbox is excepted");
    excepted.kind = core::TimelineKind::exception;
    excepted.address = key.subject.name;
    excepted.by = "uid 1000 (anna)";
    core::TimelineEntry elsewhere = entry_at(noon, "of another source");
    elsewhere.source = "fabrikam";
    auto store = open();
    ASSERT_TRUE(store.commit({.incidents = {incident}, .timeline = {opened, verdict, elsewhere}, .at = noon}));
    ASSERT_TRUE(store.commit({.timeline = {excepted}, .at = noon + 1h}));

    auto reader = value_of(Reader::open(directory_.path()));
    const auto timeline = [&](const TimelineScope& scope, std::optional<base::SystemTime> before = std::nullopt) {
        return value_of(reader.timeline(scope, before, 10));
    };
    EXPECT_THAT(timeline({.source = "contoso"}), ElementsAre(excepted, verdict, opened));
    EXPECT_THAT(timeline({.source = "contoso"}, noon + 1h), ElementsAre(verdict, opened));
    EXPECT_THAT(timeline({.batch = "wave1"}), ElementsAre(verdict));
    EXPECT_THAT(timeline({.incident = 1}), ElementsAre(opened));
    EXPECT_THAT(timeline({.address = key.subject.name, .source = "contoso"}), ElementsAre(excepted, opened))
        << "the incident that it is in is its own story too";
    EXPECT_THAT(timeline({.address = key.subject.name, .source = "fabrikam"}), ElementsAre());
    EXPECT_THAT(value_of(reader.timeline({.source = "contoso"}, std::nullopt, 1)), ElementsAre(excepted));
}

TEST_F(StateStore, keeps_who_accepted_what_with_what_it_was_before) {
    core::BaselineEntry before;
    before.facts = {{"root_id", "A"}};
    core::BaselineEntry after = before;
    after.facts = {{"root_id", "B"}};
    const core::Acceptance first{
        .at = noon,
        .source = "contoso",
        .scope = "1 subject",
        .by = "uid 1000 (anna)",
        .reason = "restored from the backup",
        .accepted = 3,
        .changes = {{mailbox_key(1), before, after, noon - 1h}, {mailbox_key(2), std::nullopt, after, noon - 1h}}};
    core::Acceptance second = first;
    second.at = noon + 1h;
    second.changes.clear();
    auto store = open();
    ASSERT_TRUE(store.commit({.acceptances = {first}, .at = noon}));
    ASSERT_TRUE(store.commit({.acceptances = {second}, .at = noon + 1h}));

    auto reader = value_of(Reader::open(directory_.path()));
    EXPECT_THAT(value_of(reader.acceptances("contoso", std::nullopt, 10)), ElementsAre(second, first));
    EXPECT_THAT(value_of(reader.acceptances("", noon + 1h, 10)), ElementsAre(first));
    EXPECT_THAT(value_of(reader.acceptances("fabrikam", std::nullopt, 10)), ElementsAre());
}

TEST_F(StateStore, forgets_an_address_in_the_timeline_and_in_what_was_accepted) {
    core::TimelineEntry excepted = entry_at(noon, "a mailbox is excepted");
    excepted.address = mailbox_key(1).subject.name;
    const core::TimelineEntry other = entry_at(noon, "batch wave1 is done");
    core::Acceptance acceptance{.at = noon, .source = "contoso", .scope = "all"};
    acceptance.changes = {{mailbox_key(1), std::nullopt, {}, noon}, {mailbox_key(2), std::nullopt, {}, noon}};
    auto store = open();
    ASSERT_TRUE(store.commit({.timeline = {excepted, other}, .acceptances = {acceptance}, .at = noon}));
    ASSERT_TRUE(store.commit({.forgotten = {mailbox_key(1)}, .at = noon + 1h}));

    auto reader = value_of(Reader::open(directory_.path()));
    EXPECT_THAT(value_of(reader.timeline({.source = "contoso"}, std::nullopt, 10)), ElementsAre(other));
    acceptance.changes.erase(acceptance.changes.begin());
    EXPECT_THAT(value_of(reader.acceptances("contoso", std::nullopt, 10)), ElementsAre(acceptance));
}

TEST_F(StateStore, prunes_transitions_timeline_and_acceptances_but_nothing_that_judgement_needs) {
    const core::TrackKey key = mailbox_key(1);
    core::Incident incident = open_incident(1);
    incident.subjects = {key};
    auto store = open();
    const core::Transition transition{.key = key, .after = look(key, core::Cause::ok), .first_seen = noon};
    ASSERT_TRUE(store.commit({.tracks = {{key, passing_track(key)}},
                              .transitions = {transition},
                              .baseline = {{key, {}}},
                              .incidents = {incident},
                              .timeline = {entry_at(noon, "old")},
                              .acceptances = {{.at = noon, .source = "contoso", .changes = {{key, {}, {}, noon}}}},
                              .at = noon}));
    ASSERT_TRUE(store.commit({.transitions = {transition},
                              .timeline = {entry_at(noon + 1h, "new")},
                              .acceptances = {{.at = noon + 1h, .source = "contoso"}},
                              .at = noon + 1h}));
    const auto before = value_of(store.load());

    ASSERT_TRUE(store.prune(noon + 1h));

    EXPECT_EQ(value_of(store.history(key, 10)).size(), 1U);
    auto reader = value_of(Reader::open(directory_.path()));
    EXPECT_EQ(value_of(reader.timeline({.source = "contoso"}, std::nullopt, 10)).size(), 1U);
    EXPECT_EQ(value_of(reader.acceptances("", std::nullopt, 10)).size(), 1U);
    const auto after = value_of(store.load());
    EXPECT_EQ(after.tracks, before.tracks);
    EXPECT_EQ(after.baseline, before.baseline);
    EXPECT_EQ(after.incidents, before.incidents);
}

TEST_F(StateStore, forgets_a_key_everywhere_but_in_open_incidents) {
    const core::TrackKey gone = mailbox_key(1);
    const core::TrackKey kept = mailbox_key(2);
    core::Incident resolved = open_incident(1);
    resolved.state = core::IncidentState::resolved;
    resolved.subjects = {gone, kept};
    core::Incident open_one = open_incident(2);
    open_one.subjects = {gone};
    auto store = open();
    ASSERT_TRUE(store.commit({.tracks = {{gone, passing_track(gone)}, {kept, passing_track(kept)}},
                              .transitions = {{.key = gone, .after = look(gone, core::Cause::ok), .first_seen = noon}},
                              .baseline = {{gone, {}}, {kept, {}}},
                              .incidents = {resolved, open_one},
                              .at = noon}));

    ASSERT_TRUE(store.commit({.forgotten = {gone}, .at = noon}));

    const auto loaded = value_of(store.load());
    EXPECT_EQ(loaded.tracks, (core::Tracks{{kept, passing_track(kept)}}));
    EXPECT_EQ(loaded.baseline, (core::Baseline{{kept, {}}}));
    EXPECT_TRUE(value_of(store.history(gone, 10)).empty());
    resolved.subjects = {kept};
    EXPECT_THAT(loaded.incidents, ElementsAre(resolved, open_one));
}

TEST_F(StateStore, follows_an_incident_that_grows_shrinks_resolves_and_is_not_touched_by_a_commit_without_it) {
    auto store = open();
    core::Incident incident = open_incident(1);
    for (int i = 0; i < 500; ++i) {
        incident.subjects.insert(mailbox_key(i));
    }
    ASSERT_TRUE(store.commit({.incidents = {incident}, .at = noon}));
    incident.subjects.insert(mailbox_key(500));
    incident.subjects.erase(mailbox_key(7));
    ASSERT_TRUE(store.commit({.incidents = {incident}, .at = noon}));
    ASSERT_TRUE(store.commit({.at = noon}));
    EXPECT_THAT(value_of(store.load()).incidents, ElementsAre(incident));

    incident.state = core::IncidentState::resolved;
    incident.resolved_at = noon + 1h;
    ASSERT_TRUE(store.commit({.incidents = {incident}, .at = noon}));
    incident.comment = "was the RBAC role";
    incident.subjects.erase(mailbox_key(8));
    ASSERT_TRUE(store.commit({.incidents = {incident}, .at = noon}));
    EXPECT_THAT(value_of(store.load()).incidents, ElementsAre(incident));
}

TEST_F(StateStore, loads_all_open_incidents_and_the_last_resolved_ones_and_gives_no_number_twice) {
    auto store = open();
    Store::Commit commit{.at = noon};
    for (std::uint64_t number = 1; number <= 250; ++number) {
        core::Incident incident = open_incident(number);
        if (number != 3) {
            incident.state = core::IncidentState::resolved;
        }
        commit.incidents.push_back(incident);
    }
    ASSERT_TRUE(store.commit(commit));
    ASSERT_TRUE(store.commit({.incidents = {open_incident(5)}, .at = noon}));

    const auto loaded = value_of(store.load());

    ASSERT_EQ(loaded.incidents.size(), 2 + Store::resolved_kept_at_hand);
    EXPECT_EQ(loaded.incidents[0].number, 3U);
    EXPECT_EQ(loaded.incidents[1].number, 5U);
    EXPECT_EQ(loaded.incidents[2].number, 51U);
    EXPECT_EQ(loaded.next_incident, 251U);
}

TEST_F(StateStore, writes_all_of_a_commit_or_nothing) {
    auto store = open();
    core::Incident incident = open_incident(1);
    incident.subjects = {mailbox_key(1)};
    ASSERT_TRUE(store.commit({.incidents = {incident}, .at = noon}));
    auto side = value_of(Database::open(directory_.path() / "state.db"));
    ASSERT_TRUE(
        side.execute("CREATE TRIGGER no_timeline BEFORE INSERT ON timeline BEGIN SELECT RAISE(ABORT, 'no room'); END"));
    const core::TrackKey key = mailbox_key(1);
    incident.subjects = {mailbox_key(2)};

    const Store::Commit commit{.tracks = {{key, passing_track(key)}},
                               .incidents = {incident},
                               .timeline = {entry_at(noon, "opened")},
                               .at = noon};
    EXPECT_THAT(problem_of(store.commit(commit)), HasSubstr("no room"));
    EXPECT_TRUE(value_of(store.load()).tracks.empty());
    EXPECT_EQ(value_of(store.load()).incidents.at(0).subjects, (std::set{mailbox_key(1)}));

    ASSERT_TRUE(side.execute("DROP TRIGGER no_timeline"));
    EXPECT_TRUE(store.commit(commit));
    EXPECT_EQ(value_of(store.load()).incidents.at(0).subjects, (std::set{mailbox_key(2)}));
    EXPECT_TRUE(store.check_integrity());
}

TEST_F(StateStore, has_one_writer) {
    auto first = open();

    const auto second = Store::open(directory_.path());

    EXPECT_THAT(problem_of(second), HasSubstr("another mailpreflightd keeps its state there"));
    EXPECT_EQ(second.error().code(), base::ErrorCode::conflict);
}

TEST_F(StateStore, refuses_a_database_of_a_newer_version_and_leaves_it_alone) {
    {
        open();
        auto database = value_of(Database::open(directory_.path() / "state.db"));
        ASSERT_TRUE(database.execute("PRAGMA user_version = 7"));
    }

    const auto opened = Store::open(directory_.path());

    EXPECT_THAT(
        problem_of(opened),
        HasSubstr(fmt::format("written by a newer mailpreflight (schema 7, this one knows {}): use that version or "
                              "restore a backup",
                              state_schema().steps.size())));
    EXPECT_EQ(opened.error().code(), base::ErrorCode::unsupported);
    EXPECT_THAT(problem_of(Reader::open(directory_.path())), HasSubstr("the database has schema 7"));
    auto database = value_of(Database::open(directory_.path() / "state.db"));
    EXPECT_EQ(value_of(database.number("PRAGMA user_version")), 7);
}

TEST_F(StateStore, says_which_track_it_cannot_read) {
    const core::TrackKey key = mailbox_key(1);
    auto store = open();
    ASSERT_TRUE(store.commit({.tracks = {{key, passing_track(key)}}, .at = noon}));
    auto side = value_of(Database::open(directory_.path() / "state.db"));
    ASSERT_TRUE(side.execute("UPDATE track SET latest = replace(latest, '\"ok\"', '\"bit_rot\"')"));

    EXPECT_EQ(problem_of(store.load()),
              "cannot read the track: contoso/user1@contoso.example: member cause is not a known cause: \"bit_rot\"");
}

TEST_F(StateStore, is_read_by_others_while_it_is_written) {
    auto store = open();
    auto reader = value_of(Reader::open(directory_.path()));
    const core::TrackKey key = mailbox_key(1);
    const core::Transition transition{.key = key, .after = look(key, core::Cause::ok), .first_seen = noon};
    EXPECT_THAT(value_of(reader.timeline({.source = "contoso"}, std::nullopt, 10)), ElementsAre());

    ASSERT_TRUE(store.commit({.transitions = {transition}, .timeline = {entry_at(noon, "opened")}, .at = noon}));

    EXPECT_THAT(value_of(reader.history(key, 10)), ElementsAre(transition));
    EXPECT_THAT(value_of(reader.history_of(key.subject, 10)), ElementsAre(transition));
    EXPECT_EQ(value_of(reader.timeline({.source = "contoso"}, std::nullopt, 10)).size(), 1U);
}

TEST_F(StateStore, is_not_there_for_a_reader_before_it_was_made) {
    EXPECT_NE(problem_of(Reader::open(directory_.path())), "none");
}

} // namespace
} // namespace mailpreflight::store
