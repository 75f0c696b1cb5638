#include "core/readiness.hpp"
#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

// The verdict over a batch through its life: exceptions, moving, done, lists that wait.
namespace mailpreflight::core {
namespace {

const TrackKey anna = mailbox_key("anna@contoso.example");
const TrackKey bert = mailbox_key("bert@contoso.example");
const std::vector<TrackKey> gates{source_key(Check::source_dns),
                                  source_key(Check::source_tcp),
                                  source_key(Check::tls_certificate),
                                  source_key(Check::ews_login)};

Plan plan(std::optional<base::SystemTime> start = std::nullopt) {
    Plan plan{.sources = {{.name = "contoso"}}, .batches = {}, .schedule = {}};
    Batch batch{.name = "wave1", .source = "contoso"};
    batch.list.mailboxes = {{.address = "anna@contoso.example"}, {.address = "bert@contoso.example"}};
    if (start) {
        batch.window = Window{*start, *start + 6h, "UTC"};
    }
    plan.batches = {batch};
    return plan;
}

/// The source was seen to be good at `now`, both mailboxes at `seen`.
Tracks all_good(base::SystemTime now = noon, base::SystemTime seen = noon) {
    Tracks tracks;
    for (const TrackKey& key : gates) {
        tracks[key] = believed(look(key, now, Cause::ok));
    }
    const TrackKey password = source_key(Check::account_password);
    tracks[password] = believed(look(password, now, Cause::ok));
    tracks[anna] = believed(look(anna, seen, Cause::ok));
    tracks[bert] = believed(look(bert, seen, Cause::ok));
    return tracks;
}

Tracks with(const TrackKey& key, Cause cause, base::SystemTime at, Tracks tracks) {
    tracks[key] = believed(look(key, at, cause));
    return tracks;
}

Readiness judged(const Plan& of, const Tracks& tracks, base::SystemTime now) {
    return readiness(of, of.batches.front(), tracks, {.account = "migadmin", .upn = "", .host = "mail"}, now);
}

Exception except(std::string address, base::SystemTime until) {
    return {.address = std::move(address), .at = noon - 1h, .until = until, .by = "uid 0 (root)", .reason = "left"};
}

TEST(BatchReadiness, counts_an_excepted_mailbox_beside_the_verdict) {
    Plan one = plan();
    const Tracks tracks = with(anna, Cause::access_denied, noon, all_good());
    ASSERT_EQ(judged(one, tracks, noon).verdict, Verdict::no_go);
    one.batches[0].record.exceptions = {except("anna@contoso.example", noon + 1h)};
    const Readiness ready = judged(one, tracks, noon);
    EXPECT_EQ(words_for(ready), "GO, 1 excepted");
    EXPECT_EQ(ready.blockers, std::vector<Finding>{});
    EXPECT_EQ(std::tie(ready.passed, ready.failed, ready.excepted), std::make_tuple(1UL, 0UL, 1UL));
}

TEST(BatchReadiness, is_no_go_again_when_the_exception_ends) {
    Plan one = plan();
    one.batches[0].record.exceptions = {except("anna@contoso.example", noon + 1h)};
    const Tracks tracks = with(anna, Cause::access_denied, noon + 1h, all_good(noon + 1h));
    EXPECT_EQ(judged(one, tracks, noon + 1h - 1us).verdict, Verdict::go);
    EXPECT_EQ(judged(one, tracks, noon + 1h).verdict, Verdict::no_go);
}

TEST(BatchReadiness, counts_an_excepted_mailbox_that_passes_as_passed) {
    Plan one = plan();
    one.batches[0].record.exceptions = {except("anna@contoso.example", noon + 1h)};
    EXPECT_EQ(words_for(judged(one, all_good(), noon)), "GO");
    EXPECT_EQ(judged(one, all_good(), noon).passed, 2U);
}

TEST(BatchReadiness, excepts_no_source_and_no_other_mailbox) {
    Plan one = plan();
    one.batches[0].record.exceptions = {except("anna@contoso.example", noon + 1h), except("contoso", noon + 1h)};
    EXPECT_EQ(judged(one, with(bert, Cause::access_denied, noon, all_good()), noon).verdict, Verdict::no_go);
    EXPECT_EQ(judged(one, with(gates[3], Cause::ews_access_blocked, noon, all_good()), noon).verdict, Verdict::no_go);
}

TEST(BatchReadiness, stays_go_through_its_own_window_though_nobody_sweeps) {
    const Plan moving = plan(noon);
    const base::SystemTime late = noon + 29h;
    EXPECT_EQ(judged(moving, all_good(late, noon - 1h), late).verdict, Verdict::go);
    const Readiness stale = judged(moving, all_good(late, noon - 2h), late);
    EXPECT_EQ(stale.verdict, Verdict::unknown) << "too old when the window began";
    EXPECT_EQ(stale.unknowns.front().why, "last definite look is older than 1h30m at the window's start");
}

TEST(BatchReadiness, still_wants_fresh_source_checks_while_it_moves) {
    EXPECT_EQ(judged(plan(noon), all_good(noon, noon - 1h), noon + 5h).verdict, Verdict::unknown);
}

TEST(BatchReadiness, takes_moved_missing_and_disabled_for_progress_once_the_window_has_begun) {
    const Plan moving = plan(noon);
    for (const Cause cause :
         {Cause::mailbox_moved, Cause::mailbox_missing, Cause::mailbox_not_found_here, Cause::mailbox_disabled}) {
        const Tracks before = with(anna, cause, noon - 1s, all_good(noon - 1s, noon - 1s));
        EXPECT_EQ(judged(moving, before, noon - 1s).verdict, Verdict::no_go) << code_of(cause);
        const Readiness ready = judged(moving, with(anna, cause, noon + 1h, all_good(noon + 1h)), noon + 1h);
        EXPECT_EQ(ready.verdict, Verdict::go) << code_of(cause);
        EXPECT_EQ(std::tie(ready.passed, ready.failed, ready.moved), std::make_tuple(1UL, 0UL, 1UL));
    }
    const Tracks denied = with(anna, Cause::impersonation_denied, noon + 1h, all_good(noon + 1h));
    EXPECT_EQ(judged(moving, denied, noon + 1h).verdict, Verdict::no_go) << "a right lost is no progress";
}

TEST(BatchReadiness, of_a_done_batch_finds_nothing_and_keeps_the_counts) {
    const Plan done = plan(noon);
    const base::SystemTime now = noon + 31h;
    const Readiness ready = judged(done, with(anna, Cause::mailbox_moved, noon + 1h, {}), now);
    EXPECT_EQ(ready.verdict, Verdict::unknown);
    EXPECT_EQ(ready.blockers.size() + ready.unknowns.size() + ready.warnings.size(), 0U);
    EXPECT_EQ(std::tie(ready.moved, ready.unknown), std::make_tuple(1UL, 1UL));
    EXPECT_EQ(last_report(ready, done.batches[0]),
              "batch wave1 is done (its window is over): of 2 mailboxes 1 moved, 0 still open as before, 0 failed, 1 "
              "unknown, 0 excepted");
}

TEST(BatchReadiness, says_whose_window_lets_it_grow_old) {
    Plan two = plan(noon);
    Batch wave2 = two.batches[0];
    wave2.name = "wave2";
    wave2.window = Window{noon + 240h, noon + 246h, "UTC"};
    two.batches.insert(two.batches.begin(), wave2);
    const Readiness ready = judged(two, all_good(noon + 10h, noon - 30h), noon + 10h);
    EXPECT_EQ(ready.verdict, Verdict::unknown);
    EXPECT_EQ(ready.unknowns.front().why, "last definite look is older than 1d12h; sweeps wait while wave1 moves");
}

TEST(BatchReadiness, warns_of_a_list_that_waits_and_knows_nothing_of_what_it_adds) {
    Plan one = plan();
    one.batches[0].record.pending = PendingList{.digest = "b", .read_at = noon, .rows = 1, .dropped = 1};
    const Readiness ready = judged(one, all_good(), noon);
    EXPECT_EQ(ready.verdict, Verdict::go);
    ASSERT_EQ(ready.warnings.size(), 1U);
    EXPECT_EQ(ready.warnings[0].cause, Cause::list_unconfirmed);
    EXPECT_EQ(ready.warnings[0].why, "it drops 1 of 2 mailboxes and adds 0");
    EXPECT_NE(ready.warnings[0].remedy.find("batch confirm wave1"), std::string::npos);
    one.batches[0].record.pending->added = 3;
    EXPECT_EQ(judged(one, all_good(), noon).verdict, Verdict::unknown);
}

RC_GTEST_PROP(BatchReadinessProperty, no_sequence_gives_go_over_an_open_blocker_that_is_not_excepted, ()) {
    const base::SystemTime now = noon;
    Plan some = plan(*rc::gen::arbitrary<bool>() ? std::optional(now + std::chrono::hours(*rc::gen::inRange(-40, 100)))
                                                 : std::nullopt);
    Batch& batch = some.batches[0];
    std::vector<Observation> looks;
    for (const TrackKey& key : gates) {
        looks.push_back(look(key, now - 2min, Cause::ok));
    }
    const int count = *rc::gen::inRange(2, 14);
    for (int i = 0; i < count; ++i) {
        looks.push_back(look(*rc::gen::element(anna, bert),
                             now - std::chrono::minutes(*rc::gen::inRange(0, 60)),
                             *rc::gen::weightedElement<Cause>({{14, Cause::ok},
                                                               {2, Cause::impersonation_denied},
                                                               {2, Cause::mailbox_moved},
                                                               {1, Cause::mailbox_disabled},
                                                               {1, Cause::server_busy}})));
    }
    const int exceptions = *rc::gen::inRange(0, 4);
    for (int i = 0; i < exceptions; ++i) {
        const TrackKey whose = *rc::gen::element(anna, bert);
        Exception exception = except(whose.subject.name, now + std::chrono::minutes(*rc::gen::inRange(-60, 60)));
        if (*rc::gen::inRange(0, 3) == 0) {
            exception.withdrawn_at = now + std::chrono::minutes(*rc::gen::inRange(-60, 60));
        }
        batch.record.exceptions.push_back(exception);
    }
    if (*rc::gen::inRange(0, 6) == 0) {
        batch.record.pending = PendingList{.digest = "b", .read_at = now, .rows = 1, .dropped = 1, .added = 1};
    }
    const Tracks tracks = judge({}, looks, {}).tracks;
    const Readiness ready = judged(some, tracks, now);
    RC_CLASSIFY(ready.verdict == Verdict::go, "GO");
    RC_CLASSIFY(ready.verdict == Verdict::go && ready.excepted > 0, "GO with exceptions");
    if (ready.verdict != Verdict::go) {
        return;
    }
    RC_ASSERT(ready.blockers.empty());
    const bool begun = batch.window && now >= batch.window->start;
    for (const TrackKey& key : {anna, bert}) {
        const auto track = tracks.find(key);
        const bool blocks =
            track == tracks.end() || !track->second.confirmed || track->second.confirmed->state == State::fail;
        if (!blocks) {
            continue;
        }
        bool excepted = false; // the last word on the address, as an operator would read it
        for (const Exception& exception : batch.record.exceptions) {
            if (exception.address == key.subject.name) {
                excepted = now < exception.until && (!exception.withdrawn_at || now < *exception.withdrawn_at) &&
                           (!batch.window || now < batch.window->end);
            }
        }
        const bool progress =
            begun && track != tracks.end() && track->second.definite && is_progress(track->second.definite->cause);
        const bool believed_progress =
            begun && track != tracks.end() && track->second.confirmed && is_progress(track->second.confirmed->cause);
        RC_ASSERT((excepted || progress || believed_progress));
    }
}

} // namespace
} // namespace mailpreflight::core
