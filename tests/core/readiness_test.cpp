#include "core/readiness.hpp"

#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

const TrackKey anna = mailbox_key("anna@contoso.example");
const TrackKey bert = mailbox_key("bert@contoso.example");
const TrackKey boss = mailbox_key("boss@contoso.example");
const std::vector<TrackKey> gates{source_key(Check::source_dns),
                                  source_key(Check::source_tcp),
                                  source_key(Check::tls_certificate),
                                  source_key(Check::ews_login)};
const SourceNames names{.account = "migadmin", .upn = "", .host = "mail.contoso.example"};

/// anna and bert by impersonation; boss must not open.
Plan plan() {
    Plan plan;
    plan.sources = {{.name = "contoso", .must_not_open = {"boss@contoso.example"}}};
    Batch batch{.name = "wave1", .source = "contoso"};
    batch.list.mailboxes = {{.address = "anna@contoso.example"}, {.address = "bert@contoso.example"}};
    plan.batches = {batch};
    return plan;
}

/// Everything required was seen to be good at noon.
Tracks all_good() {
    Tracks tracks;
    for (const TrackKey& key : gates) {
        tracks[key] = believed(look(key, noon, Cause::ok));
    }
    const TrackKey password = source_key(Check::account_password);
    tracks[password] = believed(look(password, noon, Cause::ok));
    tracks[anna] = believed(look(anna, noon, Cause::ok));
    tracks[bert] = believed(look(bert, noon, Cause::ok));
    return tracks;
}

Tracks with(Track track, Tracks tracks = all_good()) {
    const TrackKey key = track.latest->key;
    tracks.insert_or_assign(key, std::move(track));
    return tracks;
}

Readiness judged(const Tracks& tracks, base::SystemTime now = noon, const Plan& of = plan()) {
    return readiness(of, of.batches.front(), tracks, names, now);
}

TEST(Readiness, is_go_when_all_that_is_required_passes) {
    EXPECT_EQ(judged(all_good()).verdict, Verdict::go);
    const Readiness ready = judged(all_good());
    EXPECT_EQ(std::tie(ready.mailboxes, ready.passed, ready.failed, ready.unknown),
              std::make_tuple(std::size_t{2}, std::size_t{2}, std::size_t{0}, std::size_t{0}));
    EXPECT_EQ(ready.oldest, noon);
    EXPECT_EQ(ready.not_tested, (std::vector<std::string>{"full_access", "owa"}));
}

TEST(Readiness, is_no_go_with_a_blocker_and_says_how_to_mend_it) {
    const Readiness ready = judged(with(believed(look(anna, noon, Cause::access_denied))));
    EXPECT_EQ(ready.verdict, Verdict::no_go);
    Finding denied{Check::mailbox_impersonation,
                   Cause::access_denied,
                   "",
                   1,
                   {"anna@contoso.example"},
                   "Add-MailboxPermission -Identity anna@contoso.example -User migadmin -AccessRights FullAccess "
                   "-AutoMapping $false"};
    denied.extent = "this mailbox alone";
    EXPECT_EQ(ready.blockers, std::vector<Finding>{denied});
}

TEST(Readiness, says_that_the_right_is_missing_altogether_where_no_mailbox_opens) {
    Tracks tracks = with(believed(look(anna, noon, Cause::impersonation_denied)));
    tracks[bert] = believed(look(bert, noon, Cause::impersonation_denied));
    const Readiness ready = judged(tracks);
    ASSERT_EQ(ready.blockers.size(), 1U);
    EXPECT_EQ(ready.blockers.front().extent, "no mailbox opens this way: the right is missing altogether");
    EXPECT_EQ(ready.blockers.front().remedy,
              "New-ManagementRoleAssignment -Role ApplicationImpersonation -User migadmin");
}

TEST(Readiness, is_no_go_with_a_blocker_beside_unknowns) {
    Tracks tracks = with(believed(look(anna, noon, Cause::access_denied)));
    tracks.erase(bert);
    EXPECT_EQ(judged(tracks).verdict, Verdict::no_go);
}

TEST(Readiness, is_unknown_with_a_mailbox_that_was_never_looked_at) {
    Tracks tracks = all_good();
    tracks.erase(bert);
    const Readiness ready = judged(tracks);
    EXPECT_EQ(ready.verdict, Verdict::unknown);
    EXPECT_EQ(ready.unknowns.front().examples, std::vector<std::string>{"bert@contoso.example"});
    EXPECT_EQ(ready.unknown, 1U);
}

TEST(Readiness, is_unknown_on_looks_that_are_older_than_max_age) {
    Tracks fresh_gates = all_good();
    const base::SystemTime now = noon + 36h;
    for (const TrackKey& key : gates) {
        fresh_gates[key] = believed(look(key, now, Cause::ok));
    }
    EXPECT_EQ(judged(fresh_gates, now).verdict, Verdict::go);
    EXPECT_EQ(judged(fresh_gates, now + 1us).verdict, Verdict::unknown);
}

TEST(Readiness, is_unknown_on_looks_from_before_the_clock_was_set_back) {
    EXPECT_EQ(judged(all_good(), noon - 24h * 365).verdict, Verdict::unknown);
    EXPECT_EQ(judged(all_good(), noon - 1s).verdict, Verdict::go) << "a slewed clock is no jump";
}

TEST(Readiness, lets_an_unknown_look_age_the_last_definite_one) {
    Track track = believed(look(anna, noon, Cause::ok));
    track.latest = look(anna, noon + 1h, Cause::server_busy);
    EXPECT_EQ(judged(with(track)).verdict, Verdict::go);
}

TEST(Readiness, is_unknown_while_a_failure_awaits_its_second_look) {
    Track track = believed(look(anna, noon - 1h, Cause::ok));
    track.latest = track.definite = look(anna, noon, Cause::impersonation_denied);
    const Readiness ready = judged(with(track));
    EXPECT_EQ(ready.verdict, Verdict::unknown);
    EXPECT_EQ(ready.unknowns.front().why, "seen once, the second look is awaited");
}

TEST(Readiness, stays_no_go_until_a_recovery_had_its_second_look) {
    Track track = believed(look(anna, noon - 1h, Cause::impersonation_denied));
    track.latest = track.definite = look(anna, noon, Cause::ok);
    const Readiness ready = judged(with(track));
    EXPECT_EQ(ready.verdict, Verdict::no_go);
    EXPECT_EQ(ready.blockers.front().why, "passed once, a second good look is awaited");
}

TEST(Readiness, shows_a_warning_and_goes) {
    const Readiness ready =
        judged(with(believed(look(anna, noon, Cause::address_is_alias, {{"primary_address", "a@c.example"}}))));
    EXPECT_EQ(ready.verdict, Verdict::go);
    EXPECT_EQ(ready.passed, 2U);
    EXPECT_EQ(ready.warnings.front().remedy, "Write a@c.example instead of anna@contoso.example into the list");
}

TEST(Readiness, warns_of_tls_versions_where_the_batch_s_own_destination_refuses_them) {
    const TrackKey floor = source_key(Check::tls_floor);
    const Tracks below = with(believed(look(floor, noon, Cause::tls_below_destination)));
    Plan to_imap = plan();
    to_imap.batches[0].destination = "imap";
    EXPECT_EQ(judged(below).verdict, Verdict::go);
    EXPECT_EQ(judged(below).warnings.front().cause, Cause::tls_below_destination);
    EXPECT_TRUE(judged(below, noon, to_imap).warnings.empty());
    const Tracks not_needed = with(believed(look(floor, noon, Cause::tls_legacy_not_needed)));
    EXPECT_EQ(judged(not_needed, noon, to_imap).warnings.front().cause, Cause::tls_legacy_not_needed);
}

TEST(Readiness, counts_on_no_look_at_the_tls_versions) {
    const TrackKey floor = source_key(Check::tls_floor);
    EXPECT_EQ(judged(with(believed(look(floor, noon - 10h, Cause::tls_below_destination)))).verdict, Verdict::go);
    EXPECT_TRUE(judged(with(believed(look(floor, noon - 10h, Cause::tls_below_destination)))).warnings.empty());
}

TEST(Readiness, blocks_on_a_bad_list_and_on_an_empty_one) {
    Plan bad = plan();
    bad.batches[0].list.problems = {{.line = 7, .text = "no address"}};
    EXPECT_EQ(judged(all_good(), noon, bad).verdict, Verdict::no_go);
    EXPECT_EQ(judged(all_good(), noon, bad).blockers.front().examples, std::vector<std::string>{"line 7: no address"});
    Plan empty = plan();
    empty.batches[0].list = {};
    EXPECT_EQ(judged(all_good(), noon, empty).verdict, Verdict::no_go);
}

TEST(Readiness, never_goes_where_no_way_is_required) {
    Plan nothing = plan();
    nothing.batches[0].prove.clear();
    EXPECT_EQ(judged(all_good(), noon, nothing).verdict, Verdict::unknown);
}

TEST(Readiness, blocks_on_an_unreachable_source_only_when_it_lasts) {
    const TrackKey tcp = source_key(Check::source_tcp);
    Track down = believed(look(tcp, noon, Cause::tcp_refused));
    down.confirmed_since = noon - 30min + 1us;
    EXPECT_EQ(judged(with(down)).verdict, Verdict::unknown);
    down.confirmed_since = noon - 30min;
    EXPECT_EQ(judged(with(down)).verdict, Verdict::no_go);
}

TEST(Readiness, blocks_on_a_refused_credential_behind_a_gate_that_is_unknown) {
    Tracks tracks = with(believed(look(source_key(Check::ews_login), noon, Cause::credential_refused)));
    tracks.erase(source_key(Check::source_dns));
    const Readiness ready = judged(tracks);
    ASSERT_EQ(ready.verdict, Verdict::no_go);
    EXPECT_EQ(ready.blockers.front().cause, Cause::credential_refused);
}

TEST(Readiness, names_only_the_first_gate_that_holds_the_others_back) {
    Tracks tracks = all_good();
    tracks.erase(source_key(Check::ews_login));
    tracks[source_key(Check::tls_certificate)] =
        believed(look(source_key(Check::tls_certificate), noon, Cause::certificate_expired));
    const Readiness ready = judged(tracks);
    EXPECT_EQ(ready.blockers.size(), 1U);
    EXPECT_EQ(ready.unknowns, std::vector<Finding>{});
}

TEST(Readiness, asks_for_the_owa_door_where_the_batch_is_proven_by_owa) {
    Plan by_owa = plan();
    by_owa.batches[0].prove = {Way::impersonation, Way::owa};
    EXPECT_EQ(judged(all_good(), noon, by_owa).verdict, Verdict::unknown);
}

TEST(Readiness, does_not_look_at_negative_canaries) {
    EXPECT_EQ(judged(with(believed(look(boss, noon, Cause::impersonation_denied)))), judged(all_good()));
    EXPECT_EQ(judged(with(believed(look(boss, noon, Cause::ok)))), judged(all_good()));
}

RC_GTEST_PROP(ReadinessProperty, goes_only_on_fresh_good_looks_at_everything_required, ()) {
    const base::SystemTime now = noon;
    const Schedule schedule;
    std::vector<Observation> looks;
    const auto drawn = *rc::gen::container<std::vector<std::tuple<int, int, Cause>>>(
        rc::gen::tuple(rc::gen::inRange(0, 7),
                       rc::gen::weightedOneOf<int>({{4, rc::gen::inRange(-4, 1)}, {1, rc::gen::inRange(-3000, 60)}}),
                       rc::gen::weightedElement<Cause>({{20, Cause::ok},
                                                        {2, Cause::address_is_alias},
                                                        {1, Cause::impersonation_denied},
                                                        {1, Cause::mailbox_disabled},
                                                        {1, Cause::server_busy}})));
    std::vector<TrackKey> keys = gates;
    keys.insert(keys.end(), {anna, bert, boss});
    for (const TrackKey& key : keys) { // half of the stories begin with everything seen
        if (*rc::gen::inRange(0, 8) != 0) {
            looks.push_back(look(key, now - 3min, Cause::ok));
        }
    }
    for (const auto& [which, minute, cause] : drawn) {
        looks.push_back(look(keys[static_cast<std::size_t>(which)], now + std::chrono::minutes(minute), cause));
    }
    const Tracks tracks = judge({}, looks, {}).tracks;
    const Readiness ready = judged(tracks, now);
    RC_CLASSIFY(ready.verdict == Verdict::go, "GO");
    RC_ASSERT(ready.passed + ready.failed + ready.unknown + ready.excepted + ready.moved == ready.mailboxes);
    if (ready.verdict != Verdict::go) {
        return;
    }
    RC_ASSERT(ready.blockers.empty());
    RC_ASSERT(ready.unknowns.empty());
    for (const TrackKey& key : keys) {
        if (key == boss) {
            continue;
        }
        const auto track = tracks.find(key);
        RC_ASSERT(track != tracks.end());
        RC_ASSERT(bool(track->second.definite));
        const Observation& seen = *track->second.definite;
        const base::Duration allowed = is_about_mailbox(key.check)     ? max_age(schedule, Batch{}, now)
                                       : key.check == Check::ews_login ? schedule.login_interval * 3 / 2
                                                                       : schedule.source_interval * 3 / 2;
        RC_ASSERT(seen.state != State::fail);
        RC_ASSERT(now - seen.at <= allowed);
        RC_ASSERT(seen.at - now <= base::Duration(1min));
        RC_ASSERT(track->second.confirmed->state != State::fail);
    }
}

} // namespace
} // namespace mailpreflight::core
