#include "core/leftover_rights.hpp"

#include "core/drift.hpp"
#include "core/incident.hpp"
#include "tests/core/values.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::core {
namespace {

const TrackKey rights = source_key(Check::account_rights);
const base::SystemTime done = noon + 6h;

std::string address(int i) {
    return "user" + std::to_string(i) + "@contoso.example";
}

Plan plan() {
    Plan plan{.sources = {{.name = "contoso"}}, .batches = {}, .schedule = {}};
    Batch batch{.name = "wave1", .source = "contoso"};
    for (int i = 0; i < 6; ++i) {
        batch.list.mailboxes.push_back({.address = address(i)});
    }
    batch.window = Window{noon, noon + 5h, "UTC"};
    batch.record.done_at = done;
    plan.batches = {batch};
    return plan;
}

Tracks seen(base::SystemTime at, Cause cause) {
    const TrackKey key = mailbox_key(address(0));
    return {{key, believed(look(key, at, cause))}};
}

Cause told(const Plan& plan, const Tracks& tracks, base::SystemTime now) {
    const auto looks = leftover_rights(plan, tracks, now);
    return looks.empty() ? Cause::never_looked_at : looks.front().cause;
}

TEST(LeftoverRights, are_looked_for_by_the_first_three_mailboxes_that_have_not_gone) {
    Tracks tracks = seen(done, Cause::mailbox_moved);
    EXPECT_EQ(leftover_looks(plan(), tracks, done),
              (std::vector<TrackKey>{mailbox_key(address(1)), mailbox_key(address(2)), mailbox_key(address(3))}));
}

TEST(LeftoverRights, warn_while_a_mailbox_opens_after_done) {
    EXPECT_EQ(told(plan(), seen(done + 1min, Cause::ok), done + 2min), Cause::rights_still_work);
    EXPECT_EQ(told(plan(), seen(done - 1min, Cause::ok), done + 2min), Cause::never_looked_at) << "that was before";
    EXPECT_EQ(told(plan(), seen(done + 1min, Cause::ok), done + 2h), Cause::never_looked_at) << "too long ago";
    EXPECT_EQ(told(plan(), seen(done + 1min, Cause::impersonation_denied), done + 2min), Cause::ok);
}

TEST(LeftoverRights, cannot_be_used_where_the_login_is_refused) {
    Tracks tracks = seen(done + 1min, Cause::ok);
    const TrackKey login = source_key(Check::ews_login);
    tracks[login] = believed(look(login, done + 2min, Cause::ews_access_blocked));
    EXPECT_EQ(told(plan(), tracks, done + 3min), Cause::ok);
}

TEST(LeftoverRights, are_needed_while_a_batch_of_the_source_is_open) {
    Plan two = plan();
    two.batches.push_back({.name = "wave2", .source = "contoso"});
    EXPECT_EQ(told(two, seen(done + 1min, Cause::ok), done + 2min), Cause::never_looked_at);
    EXPECT_EQ(leftover_looks(two, {}, done), std::vector<TrackKey>{});
    Tracks warned = seen(done + 1min, Cause::ok);
    warned[rights] = believed(look(rights, done, Cause::rights_still_work));
    EXPECT_EQ(told(two, warned, done + 2min), Cause::ok) << "a new batch takes the warning back";
}

TEST(LeftoverRights, are_an_incident_of_the_source_that_no_baseline_takes_in) {
    const Observation warning = look(rights, done, Cause::rights_still_work);
    const Tracks tracks = judge({}, {warning}, {}).tracks;
    EXPECT_EQ(adopt(plan(), {}, tracks), Baseline{});
    const auto drift = compare(plan(), {}, tracks, done);
    ASSERT_EQ(drift.size(), 1U);
    EXPECT_EQ(drift[0].cause, Cause::rights_still_work);
    const Tracks mended = judge(tracks, {look(rights, done + 1h, Cause::ok)}, {}).tracks;
    EXPECT_EQ(compare(plan(), {}, mended, done + 1h), std::vector<Drift>{}) << "believed at once";
}

TEST(DriftOfADoneBatch, is_none_of_its_mailboxes) {
    Plan one = plan();
    const TrackKey lost = mailbox_key(address(0));
    const Tracks tracks{{lost, believed(look(lost, done, Cause::impersonation_denied))}};
    const Baseline baseline{{lost, BaselineEntry{}}};
    EXPECT_EQ(compare(one, baseline, tracks, done), std::vector<Drift>{});
    one.batches[0].record.done_at.reset();
    EXPECT_EQ(compare(one, baseline, tracks, done).size(), 1U) << "while it moves, a right lost is drift";
    one.sources[0].must_not_open = {address(1)};
    const TrackKey boss = mailbox_key(address(1));
    const Tracks opened{{boss, believed(look(boss, done, Cause::ok))}};
    one.batches[0].record.done_at = done;
    EXPECT_EQ(compare(one, {}, opened, done).size(), 1U) << "what must not open must not open after either";
}

TEST(CriticalDrift, is_that_of_a_frozen_or_moving_batch_and_of_its_source) {
    Plan one = plan();
    one.batches[0].record.done_at.reset();
    const Subject mailbox = Subject::of_mailbox("contoso", address(0));
    const Subject stranger = Subject::of_mailbox("contoso", "zoe@contoso.example");
    const Subject source = Subject::of_source("contoso");
    const auto is = [&](const Subject& subject, base::SystemTime now) {
        return is_critical(subject, one, critical_subjects(one, now));
    };
    EXPECT_FALSE(is(mailbox, noon - 24h - 1us));
    EXPECT_TRUE(is(mailbox, noon - 24h));
    EXPECT_TRUE(is(source, noon - 24h));
    EXPECT_TRUE(is(mailbox, noon + 1h));
    EXPECT_FALSE(is(stranger, noon));
    EXPECT_FALSE(is(mailbox, noon + 29h)) << "done by then";
}

} // namespace
} // namespace mailpreflight::core
