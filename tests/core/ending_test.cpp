#include "core/ending.hpp"

#include "core/incident.hpp"
#include "core/readiness.hpp"
#include "tests/core/values.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

const TrackKey password = source_key(Check::account_password);
const TrackKey certificate = source_key(Check::tls_certificate);
const TrackKey anna = mailbox_key("anna@contoso.example");

// The window of the tests: in ten days, for six hours.
const base::SystemTime opens = noon + 24h * 10;
const base::SystemTime closes = opens + 6h;

Plan plan(std::optional<Window> window = Window{opens, closes, "America/Chicago"}) {
    Plan plan;
    plan.sources = {{.name = "contoso"}};
    Batch batch{.name = "wave2", .source = "contoso"};
    batch.window = window;
    batch.list.mailboxes = {{.address = "anna@contoso.example"}};
    plan.batches = {batch};
    return plan;
}

Observation password_look(const std::string& end,
                          base::SystemTime at = noon,
                          Cause cause = Cause::ok,
                          const std::string& by = "ews") {
    return look(password, at, cause, {{"password_expires", end}, {"told_by", by}});
}

/// Everything passes at `at`; the password and the certificate end when they are told to.
Tracks good(const std::string& password_end,
            const std::string& not_after = "2030-01-01T00:00:00Z",
            base::SystemTime at = noon) {
    Tracks tracks;
    for (const Check check : {Check::source_dns, Check::source_tcp, Check::ews_login}) {
        tracks[source_key(check)] = believed(look(source_key(check), at, Cause::ok));
    }
    tracks[certificate] = believed(look(certificate, at, Cause::ok, {{"not_after", not_after}}));
    tracks[password] = believed(password_look(password_end, at));
    tracks[anna] = believed(look(anna, at, Cause::ok));
    return tracks;
}

Readiness judged(const Tracks& tracks, base::SystemTime now = noon, const Plan& of = plan()) {
    return readiness(of, of.batches.front(), tracks, {.account = "migadmin", .upn = {}, .host = "mail"}, now);
}

Cause blocker(const Readiness& ready) {
    return ready.blockers.size() == 1 ? ready.blockers.front().cause : Cause::ok;
}

std::string at(base::SystemTime time) {
    return base::to_rfc3339(time);
}

TEST(Ending, blocks_a_batch_whose_password_ends_before_its_window) {
    const Readiness ready = judged(good(at(opens - 24h * 3)));
    EXPECT_EQ(ready.verdict, Verdict::no_go);
    EXPECT_EQ(blocker(ready), Cause::password_ends_before_window);
    EXPECT_EQ(ready.blockers.front().why, "3 days before wave2's window");
    EXPECT_EQ(ready.blockers.front().ends_at, opens - 24h * 3);
    EXPECT_FALSE(ready.blockers.front().remedy.empty());
}

TEST(Ending, blocks_until_the_window_is_over) {
    EXPECT_EQ(judged(good(at(closes))).verdict, Verdict::go) << "it is good until then";
    const Readiness inside = judged(good(at(closes - 2h)));
    EXPECT_EQ(blocker(inside), Cause::password_ends_before_window);
    EXPECT_EQ(inside.blockers.front().why, "inside wave2's window, 2 hours before it is over");
    EXPECT_EQ(judged(good(at(closes - 1us), "2030-01-01T00:00:00Z", closes - 1h), closes - 1h).verdict, Verdict::no_go);
    EXPECT_EQ(judged(good(at(closes - 1us), "2030-01-01T00:00:00Z", closes), closes).verdict, Verdict::go)
        << "after the window nothing blocks";
}

TEST(Ending, blocks_nothing_without_a_window_or_an_end) {
    EXPECT_EQ(judged(good(at(noon + 1h)), noon, plan(std::nullopt)).verdict, Verdict::go);
    EXPECT_EQ(judged(good("never")).verdict, Verdict::go);
}

TEST(Ending, judges_each_batch_by_its_own_window) {
    Plan two = plan();
    two.batches.push_back(two.batches.front());
    two.batches[1].name = "wave1";
    two.batches[1].window = Window{noon + 24h, noon + 30h, "UTC"};
    const Tracks tracks = good(at(noon + 24h * 5));
    const SourceNames names;
    EXPECT_EQ(readiness(two, two.batches[0], tracks, names, noon).verdict, Verdict::no_go);
    EXPECT_EQ(readiness(two, two.batches[1], tracks, names, noon).verdict, Verdict::go);
}

TEST(Ending, says_that_a_declared_day_counts_from_its_first_moment) {
    Tracks tracks = good("never");
    tracks[password] = believed(password_look(at(noon), noon, Cause::password_expires_soon, "configuration"));
    EXPECT_EQ(judged(tracks).blockers.front().why,
              "10 days before wave2's window, and has passed already; a day that is declared counts from its first "
              "moment, UTC");
}

TEST(Ending, blocks_by_the_certificate_and_the_account_as_well) {
    EXPECT_EQ(blocker(judged(good("never", at(opens - 1h)))), Cause::certificate_ends_before_window);
    Tracks tracks = good("never");
    Observation told = password_look("never");
    told.facts["account_expires"] = at(opens - 24h);
    tracks[password] = believed(told);
    EXPECT_EQ(blocker(judged(tracks)), Cause::account_ends_before_window);
}

TEST(Ending, does_not_warn_beside_the_blocker) {
    Tracks tracks = good("never");
    tracks[password] = believed(password_look(at(opens - 1h), noon, Cause::password_expires_soon));
    EXPECT_EQ(judged(tracks).warnings, std::vector<Finding>{});
    tracks[password] = believed(password_look(at(closes + 1h), noon, Cause::password_expires_soon));
    ASSERT_EQ(judged(tracks).warnings.size(), 1U);
    EXPECT_EQ(judged(tracks).verdict, Verdict::go);
}

TEST(Ending, stays_known_when_nobody_tells_it_any_more) {
    Tracks tracks = good(at(opens - 24h * 3));
    for (const base::SystemTime when : {noon + 1h, noon + 2h}) {
        tracks = judge(tracks, {look(password, when, Cause::password_expiry_unknown)}, {}).tracks;
        EXPECT_EQ(judged(tracks, when).verdict, Verdict::no_go);
    }
    EXPECT_EQ(tracks[password].confirmed->cause, Cause::password_expiry_unknown);
    tracks = judge(tracks, {password_look(at(closes), noon + 3h)}, {}).tracks;
    EXPECT_EQ(known_endings(tracks, "contoso").front().at, closes);
}

TEST(Ending, of_the_directory_is_not_overruled_while_it_cannot_be_read) {
    const std::string early = at(opens - 24h);
    const std::string late = at(closes + 24h * 30);
    const auto unreadable = [&](base::SystemTime when, const std::string& fallback) {
        return look(
            password, when, Cause::directory_unreadable, {{"fallback_expires", fallback}, {"fallback_told_by", "ews"}});
    };
    Tracks tracks = good("never");
    tracks[password] = believed(password_look(early, noon, Cause::ok, "ldap"));
    for (const base::SystemTime when : {noon + 1h, noon + 2h, noon + 3h}) {
        tracks = judge(tracks, {unreadable(when, late)}, {}).tracks;
        EXPECT_EQ(known_endings(tracks, "contoso").front().at, opens - 24h);
    }
    // Where it never told anything, those who know less are better than nobody.
    tracks[password] = believed(unreadable(noon, early));
    EXPECT_EQ(blocker(judged(tracks)), Cause::password_ends_before_window);
    tracks[password] = believed(password_look("never", noon, Cause::ok, "ews"));
    tracks = judge(tracks, {unreadable(noon + 1h, early)}, {}).tracks;
    EXPECT_EQ(known_endings(tracks, "contoso").front().at, opens - 24h);
    // The directory is taken out of the configuration: the others decide again.
    tracks[password] = believed(password_look(early, noon, Cause::ok, "ldap"));
    tracks = judge(tracks, {password_look(late, noon + 1h)}, {}).tracks;
    EXPECT_EQ(known_endings(tracks, "contoso").front().at, closes + 24h * 30);
}

TEST(Ending, is_news_as_long_as_it_comes_before_the_window) {
    const Plan of = plan();
    const Tracks far = good(at(closes + 24h));
    const Baseline baseline = adopt(of, {}, far);
    EXPECT_EQ(compare(of, baseline, far, noon), std::vector<Drift>{});

    // A policy was changed: the end comes nearer, although the check says what it said.
    const Tracks nearer = judge(far, {password_look(at(opens - 24h), noon + 1h)}, {}).tracks;
    const std::vector<Drift> drift = compare(of, baseline, nearer, noon + 1h);
    ASSERT_EQ(drift.size(), 1U);
    EXPECT_EQ(drift[0].cause, Cause::password_ends_before_window);
    EXPECT_EQ(drift[0].direction, Direction::lost);
    EXPECT_EQ(drift[0].after.detail, "1 day before wave2's window");
    const Folded opened = fold(drift, {}, 1, noon + 1h);
    ASSERT_EQ(opened.incidents.size(), 1U);

    // The passing of time is no news, a renewed password ends it without any other.
    EXPECT_EQ(fold(compare(of, baseline, nearer, noon + 48h), opened.incidents, 2, noon + 48h).changes.size(), 0U);
    const Tracks renewed = judge(nearer, {password_look(at(closes + 24h * 90), noon + 2h)}, {}).tracks;
    const std::vector<IncidentChange> changes =
        fold(compare(of, baseline, renewed, noon + 2h), opened.incidents, 2, noon + 2h).changes;
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].kind, IncidentChangeKind::resolved);
    EXPECT_EQ(compare(of, baseline, nearer, closes), std::vector<Drift>{}) << "nor after the window";
}

TEST(Ending, is_one_piece_of_news_beside_what_ends_soon) {
    const Plan of = plan();
    const Baseline baseline = adopt(of, {}, good(at(closes + 24h)));
    Tracks tracks = good("never");
    tracks[password] = believed(password_look(at(opens - 24h), noon, Cause::password_expires_soon));
    ASSERT_EQ(compare(of, baseline, tracks, noon).size(), 1U);
}

TEST(Ending, keeps_other_news_of_the_certificate) {
    const Plan of = plan();
    Tracks before = good("never");
    before[certificate] = believed(look(certificate, noon, Cause::ok, {{"sha256", "aa"}, {"not_after", at(closes)}}));
    const Baseline baseline = adopt(of, {}, before);
    Tracks after = before;
    after[certificate] = believed(look(certificate, noon, Cause::ok, {{"sha256", "bb"}, {"not_after", at(opens)}}));
    EXPECT_EQ(compare(of, baseline, after, noon).size(), 2U);
}

TEST(Readiness, warns_in_every_report_that_nobody_knows_when_the_password_ends) {
    Tracks tracks = good("never");
    tracks[password] = believed(look(password, noon, Cause::password_expiry_unknown));
    ASSERT_EQ(judged(tracks).warnings.size(), 1U);
    EXPECT_EQ(judged(tracks).warnings.front().cause, Cause::password_expiry_unknown);
    EXPECT_EQ(judged(tracks).verdict, Verdict::go);
    tracks.erase(password);
    ASSERT_EQ(judged(tracks).warnings.size(), 1U);
    EXPECT_EQ(judged(tracks).warnings.front().why, "not asked yet");
}

TEST(Readiness, says_once_what_the_directory_and_the_login_agree_on) {
    Tracks tracks = good("never");
    for (const Check check : {Check::ews_login, Check::account_password}) {
        tracks[source_key(check)] = believed(look(source_key(check), noon, Cause::account_locked));
    }
    EXPECT_EQ(blocker(judged(tracks)), Cause::account_locked);
}

RC_GTEST_PROP(EndingProperty, never_goes_with_an_end_before_the_window_is_over, ()) {
    const auto hours = [] { return std::chrono::hours(*rc::gen::inRange(-24 * 40, 24 * 40)); };
    const base::SystemTime start = noon + hours();
    const base::SystemTime end = start + std::chrono::hours(*rc::gen::inRange(1, 72));
    const Plan of = plan(Window{start, end, "UTC"});
    const base::SystemTime password_end = noon + hours();
    const base::SystemTime not_after = noon + hours();
    const Readiness ready = judged(good(at(password_end), at(not_after)), noon, of);
    const bool too_early = std::min(password_end, not_after) < end && noon < end;
    const bool is_done = state_of(of.schedule, of.batches.front(), noon) == BatchState::done;
    RC_ASSERT((ready.verdict == Verdict::go) == (!too_early && !is_done));
    RC_ASSERT(compare(of, {}, good(at(password_end), at(not_after)), noon).empty() == !too_early);
}

TEST(Words, count_in_the_largest_unit_that_fits) {
    EXPECT_EQ(words_for(base::Duration(24h * 3 + 23h)), "3 days");
    EXPECT_EQ(words_for(base::Duration(24h)), "1 day");
    EXPECT_EQ(words_for(base::Duration(23h + 59min)), "23 hours");
    EXPECT_EQ(words_for(base::Duration(59min)), "59 minutes");
}

} // namespace
} // namespace mailpreflight::core
