#include "tests/scenario/batch_world.hpp"

namespace mailpreflight::scenario {
namespace {

using core::BatchState;
using core::Verdict;

TEST(BatchScenario, a_window_passes_without_the_batch_turning_unknown_and_is_reported_once) {
    BatchWorld world;
    world.listen();
    for (base::SystemTime now = start_time; now < window_start; now += 20min) {
        world.go_to(now + 20min);
        ASSERT_EQ(world.readiness().verdict, Verdict::go) << base::to_rfc3339(world.clock.now());
    }
    EXPECT_EQ(world.state(), BatchState::moving);
    EXPECT_EQ(world.app->runner().load().at("contoso").lanes, 1);
    for (base::SystemTime now = window_start; now < window_end + 23h; now += 1h) {
        world.go_to(now + 1h);
        ASSERT_EQ(world.readiness().verdict, Verdict::go) << base::to_rfc3339(world.clock.now());
    }
    EXPECT_GT(world.looked_at_since(window_start + 1min), 0U) << "canaries";
    EXPECT_LT(world.looked_at_since(window_start + 1min), 20U) << "no sweep";
    EXPECT_EQ(world.reports(), 0U);
    world.go_to(window_end + 24h + 1min);
    EXPECT_EQ(world.state(), BatchState::done);
    EXPECT_EQ(world.reports(), 1U);
    std::vector<BatchState> states;
    for (const api::WatchEvent& event : world.heard(api::WatchKind::batch)) {
        states.push_back(*event.batch_state);
    }
    EXPECT_EQ(states, (std::vector{BatchState::frozen, BatchState::moving, BatchState::done}));
    world.restart();
    world.listen();
    world.pass(10min, 5min);
    EXPECT_EQ(world.reports(), 1U) << "told once, over restarts too";
}

TEST(BatchScenario, what_moves_in_the_window_is_progress_and_no_drift) {
    BatchWorld world;
    world.go_to(window_start + 10min, 1h);
    const auto list = world.addresses();
    world.set_state(list[0], simulator::MailboxState::moved);
    world.set_state(list[1], simulator::MailboxState::missing);
    world.check("wave1");
    world.pass(20min, 20min);
    world.check("wave1");
    EXPECT_EQ(world.readiness().moved, 2U);
    EXPECT_EQ(world.readiness().passed, 22U);
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
    EXPECT_EQ(world.open_incidents().size(), 0U);
}

const std::string wave2 = "[batch.wave2]\nsource = \"contoso\"\nmailboxes = \"two.csv\"\n";

/// The first 16 mailboxes in wave1, the others in wave2.
void split(BatchWorld& world) {
    const auto all = world.addresses();
    world.write_list("list.csv", {all.begin(), all.begin() + 16});
    world.write_list("two.csv", {all.begin() + 16, all.end()});
    world.reload();
    ASSERT_TRUE(world.service().confirm_batch(world.caller, {"wave1", ""}).has_value()) << "it drops a third";
    world.reload();
    world.settle();
    ASSERT_EQ(world.addresses().size(), 16U);
    ASSERT_EQ(world.addresses("wave2").size(), 8U);
}

TEST(BatchScenario, a_batch_that_waits_beside_one_that_moves_turns_unknown_and_says_why_until_that_is_done) {
    BatchWorld world(wave2);
    split(world);
    world.go_to(window_start + 1h, 1h);
    const base::SystemTime begun = world.clock.now();
    EXPECT_EQ(world.of("wave2").verdict, Verdict::go);
    world.go_to(window_start + 28h, 1h);
    EXPECT_EQ(world.of("wave1").verdict, Verdict::go);
    EXPECT_EQ(world.of("wave2").verdict, Verdict::unknown);
    ASSERT_FALSE(world.of("wave2").unknowns.empty());
    EXPECT_NE(world.of("wave2").unknowns[0].why.find("sweeps wait while wave1 moves"), std::string::npos);
    EXPECT_EQ(world.shown("wave2").held_by, "wave1");
    EXPECT_LT(world.looked_at_since(begun, "wave2"), 8U);
    ASSERT_TRUE(world.service().done_batch(world.caller, {"wave1"}).has_value());
    world.settle();
    EXPECT_EQ(world.looked_at_since(begun, "wave2"), 8U);
    EXPECT_EQ(world.of("wave2").verdict, Verdict::go);
    EXPECT_FALSE(world.has_open(core::Cause::rights_still_work)) << "wave2 needs them";
}

TEST(BatchScenario, a_list_that_loses_a_third_waits_over_restarts_until_it_is_confirmed) {
    BatchWorld world;
    const auto all = world.addresses();
    world.write_list("list.csv", {all.begin(), all.begin() + 16});
    const auto warnings = world.reload();
    ASSERT_FALSE(warnings.empty());
    EXPECT_NE(warnings.back().find("drops 8 of 24 mailboxes"), std::string::npos) << warnings.back();
    EXPECT_EQ(world.readiness().mailboxes, 24U);
    ASSERT_EQ(world.readiness().warnings.size(), 2U); // and that nobody knows when the password ends
    world.restart();
    world.settle();
    EXPECT_EQ(world.readiness().mailboxes, 24U);
    ASSERT_TRUE(world.shown().pending.has_value());
    EXPECT_EQ(world.shown().pending->dropped, 8U);
    EXPECT_EQ(world.service().confirm_batch(world.caller, {"wave1", "another"}).error().status, 409);
    EXPECT_EQ(world.service().confirm_batch(world.caller, {"wave1", ""}).value().mailboxes, 16U);
    EXPECT_EQ(world.readiness().mailboxes, 16U);
    EXPECT_EQ(world.service().confirm_batch(world.caller, {"wave1", ""}).error().status, 409) << "none waits";
    world.restart();
    world.settle();
    EXPECT_EQ(world.readiness().mailboxes, 16U);
    EXPECT_FALSE(world.shown().pending.has_value());
}

TEST(BatchScenario, a_bad_list_makes_its_own_batch_no_go_and_leaves_the_last_good_one_in_force) {
    BatchWorld world(wave2);
    split(world);
    ASSERT_EQ(world.of("wave2").verdict, Verdict::go);
    world.write("two.csv", "EmailAddress\nno address at all\n");
    world.reload();
    EXPECT_EQ(world.of("wave2").verdict, Verdict::no_go);
    EXPECT_EQ(world.of("wave2").blockers[0].cause, core::Cause::list_invalid);
    EXPECT_EQ(world.of("wave2").passed, 8U);
    EXPECT_EQ(world.of("wave1").verdict, Verdict::go);
    world.restart();
    world.settle();
    EXPECT_EQ(world.of("wave2").passed, 8U) << "kept over a restart";
    EXPECT_EQ(world.of("wave1").verdict, Verdict::go);
}

TEST(BatchScenario, an_exception_takes_a_mailbox_out_of_the_verdict_until_it_ends) {
    BatchWorld world;
    const std::string failing = world.addresses()[3];
    world.set_state(failing, simulator::MailboxState::moved);
    world.check("wave1");
    world.pass(20min, 20min);
    world.check("wave1");
    ASSERT_EQ(world.readiness().verdict, Verdict::no_go);
    auto service = world.service();
    EXPECT_EQ(service.except(world.caller, {failing, "", "left", "2026-12-01 01:00"}).error().status, 422) << "passed";
    EXPECT_EQ(service.except(world.caller, {"zoe@contoso.example", "", "left", "window"}).error().status, 404);
    const auto excepted = service.except(world.caller, {failing, "", "left, ticket 4711", "2026-12-01 12:00"});
    ASSERT_TRUE(excepted.has_value()) << excepted.error().detail;
    EXPECT_EQ(core::words_for(world.readiness()), "GO, 1 excepted");
    world.restart();
    world.settle();
    EXPECT_EQ(core::words_for(world.readiness()), "GO, 1 excepted") << "kept over a restart";
    const api::ExceptionRow row = world.shown().exceptions.at(0);
    EXPECT_EQ(row.by, "uid 1000 (anna)");
    EXPECT_EQ(row.reason, "left, ticket 4711");
    world.go_to(start_time + 3h + 50min);
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
    world.go_to(start_time + 4h + 1min);
    EXPECT_EQ(world.readiness().verdict, Verdict::no_go) << "it has ended";
    const auto again = world.service().except(world.caller, {failing, "", "left", "2027-01-01 00:00"});
    EXPECT_EQ(again.value().exception.ends_at, window_end) << "with the window at the latest";
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
    ASSERT_TRUE(world.service().except(world.caller, {failing, "", "comes back", "now"}).has_value());
    EXPECT_EQ(world.readiness().verdict, Verdict::no_go) << "withdrawn";
}

TEST(BatchScenario, rights_that_still_work_when_all_is_done_are_an_incident_until_they_are_revoked) {
    BatchWorld world;
    EXPECT_EQ(world.service().done_batch(world.caller, {"wave1"}).error().status, 409) << "the window has not begun";
    world.go_to(window_start + 1h, 1h);
    const auto done = world.service().done_batch(world.caller, {"wave1"});
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(
        done->text,
        "batch wave1 is done, said uid 1000 (anna): of 24 mailboxes 0 moved, 24 still open as before, 0 failed, 0 "
        "unknown, 0 excepted");
    world.pass(20min, 10min);
    ASSERT_TRUE(world.has_open(core::Cause::rights_still_work));
    world.exchange->with_state([](simulator::State& state) { state.organisation.impersonation.clear(); });
    world.pass(40min, 10min);
    EXPECT_EQ(world.open_incidents().size(), 0U) << "neither that nor a right lost";
}

TEST(BatchScenario, the_night_in_which_the_clocks_change_is_as_long_as_it_is) {
    BatchWorld world;
    const std::string usual = "start = \"2026-12-02 18:00\", end = \"2026-12-02 23:00\", zone = \"UTC\"";
    const std::string night = "start = \"2027-03-13 23:00\", end = \"2027-03-14 04:00\", zone = \"America/Chicago\"";
    world.replace(usual, night);
    world.reload();
    const base::SystemTime begin = base::SystemTime(std::chrono::sys_days(std::chrono::year(2027) / 3 / 14)) + 5h;
    EXPECT_EQ(world.shown().status.window->start, begin);
    EXPECT_EQ(world.shown().status.window->end, begin + 4h) << "an hour is missing";
    world.replace("2027-03-14 04:00", "2027-03-14 02:30");
    const auto problems = world.reload();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("does not exist in America/Chicago: the clocks go from 02:00 to 03:00"),
              std::string::npos)
        << problems[0];
    world.replace("2027-03-14 02:30", "2027-03-14 04:00");
    world.clock.set(begin - 2h);
    world.restart();
    world.pass(2h, 10min);
    EXPECT_EQ(world.state(), BatchState::moving);
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
    world.go_to(begin + 27h + 59min, 1h);
    EXPECT_EQ(world.state(), BatchState::moving);
    world.go_to(begin + 28h + 1min);
    EXPECT_EQ(world.state(), BatchState::done);
}

TEST(BatchScenario, a_restart_in_the_middle_of_a_window_changes_nothing) {
    BatchWorld world;
    world.go_to(window_start + 2h, 1h);
    ASSERT_EQ(world.readiness().verdict, Verdict::go);
    const base::SystemTime before = world.clock.now();
    world.restart();
    world.settle();
    EXPECT_EQ(world.state(), BatchState::moving);
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
    EXPECT_EQ(world.readiness().passed, 24U);
    world.pass(2h, 30min);
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
    EXPECT_LT(world.looked_at_since(before), 20U) << "no sweep";
    ASSERT_TRUE(world.service().done_batch(world.caller, {"wave1"}).has_value());
    world.restart();
    EXPECT_EQ(world.state(), BatchState::done);
    EXPECT_EQ(world.shown().done_by, "uid 1000 (anna)");
}

TEST(BatchScenario, a_forgotten_batch_leaves_no_address_in_the_store) {
    BatchWorld world;
    EXPECT_EQ(world.service().forget_batch(world.caller, {"wave1"}).error().status, 409) << "it is not done";
    const auto list = world.addresses();
    ASSERT_TRUE(world.service().except(world.caller, {list[0], "", "left", "window"}).has_value());
    world.go_to(window_start + 1h, 1h);
    ASSERT_TRUE(world.service().done_batch(world.caller, {"wave1"}).has_value());
    ASSERT_GE(world.count("track WHERE subject_kind = 'mailbox'"), 24);
    ASSERT_EQ(world.count("batch_mailbox"), 24);
    const auto forgotten = world.service().forget_batch(world.caller, {"wave1"});
    ASSERT_TRUE(forgotten.has_value()) << forgotten.error().detail;
    EXPECT_EQ(forgotten->addresses, 24U);
    for (int round = 0; round < 2; ++round) {
        for (const std::string table : {"track", "transition", "baseline", "incident_subject"}) {
            EXPECT_EQ(world.count(table + " WHERE subject_kind = 'mailbox'"), 0) << table;
        }
        EXPECT_EQ(world.count("batch_mailbox"), 0);
        EXPECT_EQ(world.count("batch WHERE record LIKE '%@%'"), 0);
        world.restart();
        world.pass(2h, 30min);
    }
    EXPECT_EQ(world.readiness().mailboxes, 0U);
    EXPECT_EQ(world.shown().forgotten_by, "uid 1000 (anna)");
    EXPECT_EQ(world.state(), BatchState::done);
}

TEST(BatchScenario, a_batch_that_the_configuration_names_no_more_can_be_forgotten) {
    BatchWorld world;
    world.replace("[batch.wave1]\nsource = \"contoso\"\nmailboxes = \"list.csv\"\n"
                  "window = { start = \"2026-12-02 18:00\", end = \"2026-12-02 23:00\", zone = \"UTC\" }\n",
                  "");
    world.reload();
    EXPECT_EQ(world.service().batch(world.caller, {"wave1"}).error().status, 404);
    world.restart();
    world.settle();
    EXPECT_EQ(world.count("batch_mailbox"), 24) << "kept until somebody says so";
    EXPECT_EQ(world.service().forget_batch(world.caller, {"wave1"}).value().addresses, 24U);
    EXPECT_EQ(world.service().forget_batch(world.caller, {"wave1"}).error().status, 404);
    EXPECT_EQ(world.count("batch_mailbox"), 0);
    EXPECT_EQ(world.count("batch"), 0);
    EXPECT_EQ(world.count("track WHERE subject_kind = 'mailbox'"), 0);
}

TEST(BatchScenario, a_window_moved_nearer_does_not_turn_the_batch_unknown_before_its_sweep) {
    BatchWorld world;
    world.replace("start = \"2026-12-02 18:00\", end = \"2026-12-02 23:00\"",
                  "start = \"2026-12-20 18:00\", end = \"2026-12-20 23:00\"");
    world.reload();
    world.pass(20h, 1h);
    ASSERT_EQ(world.readiness().verdict, Verdict::go);
    world.replace("start = \"2026-12-20 18:00\", end = \"2026-12-20 23:00\"",
                  "start = \"2026-12-02 06:00\", end = \"2026-12-02 10:00\"");
    std::vector<std::string> problems;
    ASSERT_TRUE(world.app->reload(problems).has_value());
    EXPECT_EQ(world.readiness().verdict, Verdict::go) << "before anything could be looked at";
    world.settle();
    EXPECT_EQ(world.shown().status.max_age, base::Duration(36h));
    world.pass(90min + 2min, 10min);
    EXPECT_EQ(world.shown().status.max_age, base::Duration(90min));
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
}

} // namespace
} // namespace mailpreflight::scenario
