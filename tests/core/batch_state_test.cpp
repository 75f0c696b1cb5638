#include "core/batch_state.hpp"

#include "core/due.hpp"
#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

const Schedule schedule;

Batch batch_at(base::SystemTime start) {
    Batch batch{.name = "wave1", .source = "contoso"};
    batch.window = Window{start, start + 6h, "America/Chicago"};
    batch.list.mailboxes = {{.address = "anna@contoso.example"}};
    return batch;
}

TEST(BatchState, goes_from_planned_over_frozen_and_moving_to_done) {
    EXPECT_EQ(state_of(schedule, Batch{}, noon), BatchState::planned) << "without a window for ever";
    const Batch batch = batch_at(noon);
    struct Row {
        base::Duration after_start;
        BatchState state;
    };
    for (const auto& [after, state] : {Row{-24h - 1us, BatchState::planned},
                                       Row{-24h, BatchState::frozen},
                                       Row{-1us, BatchState::frozen},
                                       Row{0s, BatchState::moving},
                                       Row{30h - 1us, BatchState::moving},
                                       Row{30h, BatchState::done}}) {
        EXPECT_EQ(state_of(schedule, batch, noon + after), state) << base::to_text(after);
    }
}

TEST(BatchState, is_done_when_somebody_says_so_until_it_gets_a_later_window) {
    Batch batch = batch_at(noon);
    batch.record.done_at = noon + 1h;
    EXPECT_EQ(state_of(schedule, batch, noon + 1h), BatchState::done);
    EXPECT_EQ(done_since(schedule, batch, noon + 9h), noon + 1h);
    batch.window = Window{noon + 240h, noon + 246h, "UTC"};
    EXPECT_EQ(state_of(schedule, batch, noon + 1h), BatchState::planned);
    EXPECT_EQ(done_since(schedule, batch, noon + 1h), std::nullopt);
    batch.record.forgotten_at = noon + 2h;
    EXPECT_EQ(state_of(schedule, batch, noon + 2h), BatchState::done) << "a forgotten one comes not back";
}

TEST(BatchState, is_done_since_the_grace_after_its_window_ended_where_nobody_said_so) {
    EXPECT_EQ(done_since(schedule, batch_at(noon), noon + 100h), noon + 30h);
    EXPECT_EQ(done_since(schedule, batch_at(noon), noon + 29h), std::nullopt);
}

TEST(BatchState, knows_whose_window_holds_the_sweeps_of_a_source) {
    Plan plan{.sources = {{.name = "contoso"}}, .batches = {batch_at(noon)}, .schedule = {}};
    EXPECT_EQ(held_by(plan, "contoso", noon), "wave1");
    EXPECT_EQ(held_by(plan, "contoso", noon - 1us), std::nullopt);
    EXPECT_EQ(held_by(plan, "fabrikam", noon), std::nullopt);
    plan.schedule.during_window = DuringWindow::sweeps;
    EXPECT_EQ(held_by(plan, "contoso", noon), std::nullopt);
}

TEST(BatchState, leaves_behind_what_no_open_batch_lists) {
    Plan plan{.sources = {{.name = "contoso"}}, .batches = {batch_at(noon), batch_at(noon + 240h)}, .schedule = {}};
    plan.batches[0].list.mailboxes.push_back({.address = "bert@contoso.example"});
    EXPECT_EQ(left_behind(plan, noon), std::set<Subject>{});
    EXPECT_EQ(left_behind(plan, noon + 30h), std::set<Subject>{Subject::of_mailbox("contoso", "bert@contoso.example")});
}

TEST(MaxAge, is_one_and_a_half_sweeps_and_holds_on_when_the_window_has_begun) {
    const Batch batch = batch_at(noon);
    struct Row {
        base::Duration to_start;
        base::Duration age;
    };
    for (const auto& [left, age] :
         {Row{72h + 1us, 36h}, Row{72h, 9h}, Row{4h + 1us, 9h}, Row{4h, 90min}, Row{0s, 90min}, Row{-7h, 90min}}) {
        EXPECT_EQ(max_age(schedule, batch, noon - left), age) << base::to_text(left);
    }
    EXPECT_EQ(max_age(schedule, Batch{}, noon), 36h);
}

TEST(MaxAge, shrinks_only_when_a_sweep_at_the_new_pace_could_have_been_finished) {
    Batch batch = batch_at(noon + 240h);
    batch.record = noting_pace(schedule, batch, noon - 240h);
    batch.record = noting_pace(schedule, batch, noon);
    ASSERT_EQ(max_age(schedule, batch, noon), 36h);
    batch.window = Window{noon + 50h, noon + 56h, "UTC"}; // moved from ten days ahead to two
    batch.record = noting_pace(schedule, batch, noon);
    EXPECT_EQ(sweep_cadence(schedule, batch.window, noon), 6h) << "the quicker sweeps begin at once";
    EXPECT_EQ(max_age(schedule, batch, noon), 36h);
    EXPECT_EQ(max_age(schedule, batch, noon + 9h - 1us), 36h);
    EXPECT_EQ(max_age(schedule, batch, noon + 9h), 9h);
}

TEST(MaxAge, of_a_schedule_that_was_quickened_shrinks_after_one_and_a_half_sweeps) {
    Batch batch;
    batch.record = noting_pace(schedule, batch, noon - 240h);
    Schedule quick = schedule;
    quick.sweep_interval = 2h;
    batch.record = noting_pace(quick, batch, noon);
    EXPECT_EQ(max_age(quick, batch, noon), 36h);
    EXPECT_EQ(max_age(quick, batch, noon + 3h), 3h);
}

TEST(MaxAge, of_a_new_batch_is_that_of_its_pace) {
    Batch batch = batch_at(noon + 3h);
    batch.record = noting_pace(schedule, batch, noon);
    EXPECT_EQ(max_age(schedule, batch, noon), 90min) << "nothing of it was ever seen, so nothing can turn old";
}

TEST(MaxAge, survives_a_clock_that_was_a_year_ahead) {
    Batch batch = batch_at(noon + 50h);
    batch.record = noting_pace(schedule, batch, noon);
    batch.record.paced_since = noon + 24h * 365;
    batch.record = noting_pace(schedule, batch, noon);
    EXPECT_EQ(batch.record.paced_since, noon);
}

TEST(Ages, of_a_batch_whose_window_has_begun_are_judged_at_its_start) {
    const Batch batch = batch_at(noon);
    EXPECT_EQ(ages_judged_at(schedule, batch, noon - 5h), noon - 5h);
    EXPECT_EQ(ages_judged_at(schedule, batch, noon + 5h), noon);
    EXPECT_EQ(ages_judged_at(schedule, batch, noon + 500h), noon);
}

TEST(Exception, ends_when_it_says_with_the_window_or_when_it_is_withdrawn) {
    Batch batch = batch_at(noon);
    Exception exception{
        .address = "anna@contoso.example", .at = noon - 9h, .until = noon + 3h, .by = "uid 0", .reason = "left"};
    EXPECT_EQ(end_of(exception, batch), noon + 3h);
    exception.until = noon + 100h;
    EXPECT_EQ(end_of(exception, batch), noon + 6h) << "the window's end";
    exception.withdrawn_at = noon - 1h;
    EXPECT_EQ(end_of(exception, batch), noon - 1h);
    batch.window.reset();
    exception.withdrawn_at.reset();
    EXPECT_EQ(end_of(exception, batch), noon + 100h);
}

TEST(Exception, of_an_address_the_last_one_counts) {
    Batch batch = batch_at(noon);
    batch.record.exceptions = {{"anna@contoso.example", noon - 9h, noon + 5h, "uid 0", "left"},
                               {"anna@contoso.example", noon - 8h, noon + 1h, "uid 0", "comes back"}};
    ASSERT_EQ(exceptions_in_force(batch, noon).size(), 1U);
    EXPECT_EQ(exceptions_in_force(batch, noon)[0]->reason, "comes back");
    EXPECT_EQ(exceptions_in_force(batch, noon + 2h).size(), 0U);
}

base::SystemTime drawn_time() {
    return noon + std::chrono::minutes(*rc::gen::inRange(-3000, 3000));
}

RC_GTEST_PROP(ExceptionProperty, never_outlives_its_end, ()) {
    Batch batch = batch_at(drawn_time());
    if (*rc::gen::arbitrary<bool>()) {
        batch.window.reset();
    }
    const int count = *rc::gen::inRange(0, 6);
    for (int i = 0; i < count; ++i) {
        Exception exception{.address = *rc::gen::element<std::string>("anna@contoso.example", "bert@contoso.example"),
                            .at = drawn_time(),
                            .until = drawn_time(),
                            .by = "uid 0",
                            .reason = "x"};
        if (*rc::gen::arbitrary<bool>()) {
            exception.withdrawn_at = drawn_time();
        }
        batch.record.exceptions.push_back(exception);
    }
    const base::SystemTime now = drawn_time();
    for (const Exception* const exception : exceptions_in_force(batch, now)) {
        RC_ASSERT(now < exception->until);
        RC_ASSERT((!batch.window || now < batch.window->end));
        RC_ASSERT((!exception->withdrawn_at || now < *exception->withdrawn_at));
    }
}

RC_GTEST_PROP(MaxAgeProperty, is_never_less_than_the_age_that_prompt_sweeps_leave, ()) {
    // Whenever the window is moved: who looks when asked is never too late.
    Plan plan{.sources = {{.name = "contoso"}}, .batches = {batch_at(noon + 100h)}, .schedule = {}};
    plan.schedule.most_canaries = 0;
    Batch& batch = plan.batches[0];
    const TrackKey anna = mailbox_key("anna@contoso.example");
    base::SystemTime last = noon - std::chrono::hours(*rc::gen::inRange(0, 23));
    const base::SystemTime moved_at = noon + std::chrono::hours(*rc::gen::inRange(0, 90));
    const base::Duration moved_to = std::chrono::hours(*rc::gen::inRange(1, 200));
    batch.record = noting_pace(plan.schedule, batch, noon - 100h);
    for (base::SystemTime now = noon; now < noon + 130h; now += 30min) {
        if (now == moved_at) {
            batch.window = Window{now + moved_to, now + moved_to + 6h, "UTC"};
        }
        batch.record = noting_pace(plan.schedule, batch, now);
        if (!is_waiting(state_of(plan.schedule, batch, now))) {
            break;
        }
        Tracks tracks;
        for (const TrackKey& gate : {source_key(Check::tls_certificate), source_key(Check::ews_login)}) {
            tracks[gate] = believed(look(gate, now, Cause::ok));
        }
        tracks[anna] = believed(look(anna, last, Cause::ok));
        RC_ASSERT(now - last <= max_age(plan.schedule, batch, now));
        for (const CheckRequest& request : due(plan, tracks, {}, now)) {
            last = request.key == anna ? now : last;
        }
    }
}

} // namespace
} // namespace mailpreflight::core
