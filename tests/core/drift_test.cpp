#include "core/drift.hpp"

#include "tests/core/wave1.hpp"

#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

const TrackKey anna = mailbox_key("anna@contoso.example");
const TrackKey boss = mailbox_key("boss@contoso.example");
const TrackKey certificate = source_key(Check::tls_certificate);
const TrackKey version = source_key(Check::server_version);

TEST(PlannedKeys, are_the_source_checks_the_required_ways_and_the_negative_canaries) {
    EXPECT_EQ(planned_keys(plan()),
              (std::set<TrackKey>{source_key(Check::source_dns),
                                  source_key(Check::source_tcp),
                                  certificate,
                                  source_key(Check::tls_floor),
                                  source_key(Check::ews_login),
                                  source_key(Check::owa_login),
                                  source_key(Check::auth_extended_protection),
                                  source_key(Check::account_password),
                                  version,
                                  source_key(Check::source_address),
                                  source_key(Check::source_clock),
                                  source_key(Check::account_rights),
                                  source_key(Check::source_watch),
                                  anna,
                                  mailbox_key("bert@contoso.example"),
                                  boss}));
}

TEST(PlannedKeys, leave_out_the_doors_that_a_source_does_not_have) {
    Plan without = plan();
    without.batches.clear();
    without.sources = {{.name = "contoso", .has_ews = false, .has_owa = false}};
    EXPECT_EQ(planned_keys(without),
              (std::set<TrackKey>{source_key(Check::source_dns),
                                  source_key(Check::source_tcp),
                                  certificate,
                                  source_key(Check::tls_floor),
                                  source_key(Check::source_address),
                                  source_key(Check::source_clock),
                                  source_key(Check::account_rights),
                                  source_key(Check::source_watch)}));
}

TEST(PlannedKeys, compare_user_agents_only_where_the_migration_tool_s_is_configured) {
    Plan with = plan();
    EXPECT_FALSE(planned_keys(with).contains(source_key(Check::ews_user_agent)));
    with.sources[0].has_user_agent = true;
    EXPECT_TRUE(planned_keys(with).contains(source_key(Check::ews_user_agent)));
}

TEST(Adopt, takes_a_judged_fact_in_that_was_not_known_before_and_changes_none) {
    const TrackKey dns = source_key(Check::source_dns);
    BaselineEntry accepted = entry(Cause::ok);
    accepted.provisional = false;
    Tracks tracks{{dns, believed(look(dns, noon, Cause::ok, {{"address_set", "192.0.2.7"}}))}};
    Baseline baseline = adopt(plan(), {{dns, accepted}}, tracks);
    EXPECT_EQ(baseline.at(dns).facts.at("address_set"), "192.0.2.7");
    EXPECT_FALSE(baseline.at(dns).provisional);
    tracks[dns] = believed(look(dns, noon, Cause::ok, {{"address_set", "192.0.2.8"}}));
    baseline = adopt(plan(), baseline, tracks);
    EXPECT_EQ(baseline.at(dns).facts.at("address_set"), "192.0.2.7");
    ASSERT_EQ(compare(plan(), baseline, tracks).size(), 1U);
    EXPECT_EQ(compare(plan(), baseline, tracks)[0].cause, Cause::addresses_changed);
}

/// Facts of a certificate for one name.
std::map<std::string, std::string> shown(std::string sha256, std::string authority, const std::string& until) {
    return {{"sha256", std::move(sha256)},
            {"authority", std::move(authority)},
            {"names", "mail.contoso.example"},
            {"not_after", until + "T00:00:00.000Z"}};
}

struct Difference {
    std::string name;
    TrackKey key;
    std::optional<BaselineEntry> before;
    Observation now;
    std::optional<std::pair<Direction, Cause>> news;
};

class CompareToBaseline : public testing::TestWithParam<Difference> {};

TEST_P(CompareToBaseline, tells_what_is_news) {
    const Difference& row = GetParam();
    Baseline baseline;
    if (row.before) {
        baseline.emplace(row.key, *row.before);
    }
    std::vector<Drift> expected;
    if (row.news) {
        expected.push_back({row.key,
                            row.news->first,
                            row.news->second,
                            row.before.value_or(BaselineEntry{}),
                            row.now,
                            row.now.at,
                            believed(row.now).last_good});
    }
    EXPECT_EQ(compare(plan(), baseline, {{row.key, believed(row.now)}}), expected);
}

INSTANTIATE_TEST_SUITE_P(
    ,
    CompareToBaseline,
    testing::Values(
        Difference{"a_right_lost",
                   anna,
                   entry(Cause::ok),
                   look(anna, noon, Cause::impersonation_denied),
                   std::pair(Direction::lost, Cause::impersonation_denied)},
        Difference{"a_right_gained",
                   anna,
                   entry(Cause::impersonation_denied),
                   look(anna, noon, Cause::ok),
                   std::pair(Direction::gained, Cause::impersonation_denied)},
        Difference{"another_failure",
                   anna,
                   entry(Cause::impersonation_denied),
                   look(anna, noon, Cause::mailbox_moved),
                   std::pair(Direction::changed, Cause::mailbox_moved)},
        Difference{"the_same_failure", anna, entry(Cause::mailbox_moved), look(anna, noon, Cause::mailbox_moved), {}},
        Difference{"a_new_warning",
                   anna,
                   entry(Cause::ok),
                   look(anna, noon, Cause::address_is_alias),
                   std::pair(Direction::changed, Cause::address_is_alias)},
        Difference{"a_warning_gone", anna, entry(Cause::address_is_alias), look(anna, noon, Cause::ok), {}},
        Difference{"another_root",
                   anna,
                   entry(Cause::ok, {{"root_id", "A"}}),
                   look(anna, noon, Cause::ok, {{"root_id", "B"}}),
                   std::pair(Direction::changed, Cause::mailbox_recreated)},
        Difference{"a_root_not_seen", anna, entry(Cause::ok, {{"root_id", "A"}}), look(anna, noon, Cause::ok), {}},
        Difference{"another_certificate",
                   certificate,
                   entry(Cause::ok, {{"sha256", "A"}}),
                   look(certificate, noon, Cause::ok, {{"sha256", "B"}}),
                   std::pair(Direction::changed, Cause::certificate_changed)},
        Difference{"a_certificate_of_another_authority",
                   certificate,
                   entry(Cause::ok, shown("A", "O=Public", "2026-12-20")),
                   look(certificate, noon, Cause::ok, shown("B", "O=Other", "2027-03-20")),
                   std::pair(Direction::changed, Cause::certificate_changed)},
        Difference{"a_renewed_certificate",
                   certificate,
                   entry(Cause::ok, shown("A", "O=Public", "2026-12-20")),
                   look(certificate, noon, Cause::ok, shown("B", "O=Public", "2027-03-20")),
                   {}},
        Difference{"a_renewed_certificate_over_a_weaker_connection",
                   certificate,
                   entry(Cause::ok, shown("A", "O=Public", "2026-12-20")),
                   look(certificate, noon, Cause::tls_legacy_in_use, shown("B", "O=Public", "2027-03-20")),
                   std::pair(Direction::changed, Cause::tls_legacy_in_use)},
        Difference{"another_end_of_the_same_certificate_is_none",
                   certificate,
                   entry(Cause::ok, shown("A", "O=Public", "2026-12-20")),
                   look(certificate, noon, Cause::ok, shown("A", "O=Other", "2027-03-20")),
                   {}},
        Difference{"another_worst_tls_version",
                   source_key(Check::tls_floor),
                   entry(Cause::ok, {{"best", "TLSv1.2"}, {"worst", "TLSv1.0"}}),
                   look(source_key(Check::tls_floor), noon, Cause::ok, {{"best", "TLSv1.2"}, {"worst", "TLSv1.2"}}),
                   std::pair(Direction::changed, Cause::tls_floor_changed)},
        Difference{"a_weakness_no_longer_needed",
                   source_key(Check::tls_floor),
                   entry(Cause::ok, {{"best", "TLSv1.2"}, {"worst", "TLSv1.0"}}),
                   look(source_key(Check::tls_floor), noon, Cause::tls_legacy_not_needed, {{"best", "TLSv1.2"}}),
                   std::pair(Direction::changed, Cause::tls_legacy_not_needed)},
        Difference{"another_build",
                   version,
                   entry(Cause::ok, {{"build", "15.1"}}),
                   look(version, noon, Cause::ok, {{"build", "15.2"}}),
                   std::pair(Direction::changed, Cause::server_build_changed)},
        Difference{"a_source_check_without_entry_is_held_to_pass",
                   certificate,
                   {},
                   look(certificate, noon, Cause::certificate_expired),
                   std::pair(Direction::lost, Cause::certificate_expired)},
        Difference{"a_mailbox_without_entry_has_no_news", anna, {}, look(anna, noon, Cause::mailbox_moved), {}},
        Difference{"what_is_not_planned",
                   mailbox_key("gone@contoso.example"),
                   entry(Cause::ok),
                   look(mailbox_key("gone@contoso.example"), noon, Cause::mailbox_missing),
                   {}}),
    [](const auto& row) { return row.param.name; });

TEST(AdoptBaseline, a_renewal_is_followed_by_itself_whoever_accepted_the_certificate) {
    const auto renewed = shown("B", "O=Public", "2027-03-20");
    Baseline baseline{{certificate, entry(Cause::certificate_expires_soon, shown("A", "O=Public", "2026-12-20"))}};
    baseline[certificate].provisional = false;
    baseline[certificate].accepted_by = "anna";
    const Tracks tracks{{certificate, believed(look(certificate, noon, Cause::ok, renewed))}};
    const BaselineEntry followed = adopt(plan(), baseline, tracks).at(certificate);
    EXPECT_EQ(followed.facts, renewed);
    EXPECT_EQ(followed.cause, Cause::ok);
    EXPECT_EQ(followed.accepted_by, "anna");
    EXPECT_FALSE(followed.provisional);
    EXPECT_TRUE(compare(plan(), adopt(plan(), baseline, tracks), tracks).empty());
}

TEST(AdoptBaseline, a_replacement_waits_for_somebody_who_accepts_it) {
    const Baseline baseline{{certificate, entry(Cause::ok, shown("A", "O=Public", "2026-12-20"))}};
    for (const auto& replaced : {shown("B", "O=Other", "2027-03-20"), shown("B", "O=Public", "2026-12-19")}) {
        const Tracks tracks{{certificate, believed(look(certificate, noon, Cause::ok, replaced))}};
        EXPECT_EQ(adopt(plan(), baseline, tracks), baseline);
        EXPECT_EQ(compare(plan(), baseline, tracks).front().cause, Cause::certificate_changed);
    }
}

TEST(AdoptBaseline, keeps_what_tells_a_later_renewal) {
    auto facts = shown("A", "O=Public", "2026-12-20");
    facts["key"] = "RSA 2048";
    const Tracks tracks{{certificate, believed(look(certificate, noon, Cause::ok, facts))}};
    EXPECT_EQ(adopt(plan(), {}, tracks).at(certificate).facts, shown("A", "O=Public", "2026-12-20"));
}

TEST(WhatChanged, names_each_fact_that_is_otherwise_now) {
    const Observation now = look(certificate, noon, Cause::ok, shown("B", "O=Other", "2026-12-20"));
    EXPECT_EQ(what_changed(shown("A", "O=Public", "2026-12-20"), now),
              "authority was O=Public, is O=Other; sha256 was A, is B");
    EXPECT_EQ(what_changed(now.facts, now), "");
}

TEST(CompareNegativeCanary, opening_is_a_right_gained_whatever_the_baseline) {
    BaselineEntry closed;
    closed.state = State::fail;
    closed.cause = Cause::impersonation_denied;
    const Observation open = look(boss, noon, Cause::ok);
    const std::vector<Drift> gained{{boss, Direction::gained, Cause::right_gained, closed, open, noon, noon}};
    EXPECT_EQ(compare(plan(), {}, {{boss, believed(open)}}), gained);
    EXPECT_EQ(compare(plan(), {{boss, entry(Cause::ok)}}, {{boss, believed(open)}}), gained);
}

TEST(CompareNegativeCanary, staying_closed_is_no_news) {
    EXPECT_EQ(compare(plan(), {}, {{boss, believed(look(boss, noon, Cause::impersonation_denied))}}),
              std::vector<Drift>{});
}

TEST(Compare, waits_for_what_is_not_believed_yet) {
    Track track = believed(look(anna, noon, Cause::ok));
    track.definite = look(anna, noon + 1h, Cause::impersonation_denied);
    EXPECT_EQ(compare(plan(), {{anna, entry(Cause::ok)}}, {{anna, track}}), std::vector<Drift>{});
}

TEST(Compare, takes_moved_mailboxes_of_a_moving_batch_for_progress) {
    Plan moving = plan();
    moving.batches[0].window = Window{noon, noon + 6h, "UTC"};
    const Tracks moved{{anna, believed(look(anna, noon, Cause::mailbox_moved))}};
    const Tracks denied{{anna, believed(look(anna, noon, Cause::impersonation_denied))}};
    const Baseline baseline{{anna, entry(Cause::ok)}};
    EXPECT_EQ(compare(moving, baseline, moved, noon - 1us).size(), 1U);
    EXPECT_EQ(compare(moving, baseline, moved, noon).size(), 0U);
    EXPECT_EQ(compare(moving, baseline, moved, noon + 24h * 30).size(), 0U);
    EXPECT_EQ(compare(moving, baseline, denied, noon).size(), 1U) << "a right lost is no progress";
}

TEST(Adopt, takes_what_is_believed_first_as_provisional) {
    Track track = believed(look(anna, noon + 1h, Cause::ok, {{"root_id", "A"}, {"back_end", "EX1"}}));
    track.confirmed_since = noon;
    EXPECT_EQ(adopt(plan(), {}, {{anna, track}}), (Baseline{{anna, entry(Cause::ok, {{"root_id", "A"}})}}));
}

TEST(Adopt, takes_a_failing_mailbox_but_no_failing_source_check_and_no_negative_canary) {
    const Tracks tracks{{anna, believed(look(anna, noon, Cause::mailbox_moved))},
                        {certificate, believed(look(certificate, noon, Cause::certificate_expired))},
                        {boss, believed(look(boss, noon, Cause::impersonation_denied))}};
    EXPECT_EQ(adopt(plan(), {}, tracks), (Baseline{{anna, entry(Cause::mailbox_moved)}}));
}

TEST(Adopt, follows_an_improvement_of_a_provisional_entry_and_no_deterioration) {
    const Tracks good{{anna, believed(look(anna, noon, Cause::ok))}};
    const Tracks bad{{anna, believed(look(anna, noon, Cause::mailbox_moved))}};
    EXPECT_EQ(adopt(plan(), {{anna, entry(Cause::mailbox_moved)}}, good), (Baseline{{anna, entry(Cause::ok)}}));
    EXPECT_EQ(adopt(plan(), {{anna, entry(Cause::ok)}}, bad), (Baseline{{anna, entry(Cause::ok)}}));
}

TEST(Adopt, never_changes_an_accepted_entry) {
    BaselineEntry accepted = entry(Cause::mailbox_moved);
    accepted.provisional = false;
    EXPECT_EQ(adopt(plan(), {{anna, accepted}}, {{anna, believed(look(anna, noon, Cause::ok))}}),
              (Baseline{{anna, accepted}}));
}

RC_GTEST_PROP(FollowProperty, of_changed_keys_alone_comes_to_what_all_keys_come_to, ()) {
    Tracks tracks;
    Baseline all_baseline;
    Baseline baseline;
    std::vector<Drift> drift;
    for (int turn = 0; turn < 8; ++turn) {
        const Tracks changed = *any_tracks(plan());
        std::set<TrackKey> keys = planned_keys(plan());
        std::erase_if(keys, [](const TrackKey& key) { return is_about_mailbox(key.check); });
        for (const auto& [key, track] : changed) {
            tracks.insert_or_assign(key, track);
            keys.insert(key);
        }
        all_baseline = adopt(plan(), std::move(all_baseline), tracks);
        Followed followed = follow(plan(), keys, std::move(baseline), std::move(drift), tracks, noon);
        baseline = std::move(followed.baseline);
        drift = std::move(followed.drift);
        RC_ASSERT(baseline == all_baseline);
        RC_ASSERT(drift == compare(plan(), baseline, tracks, noon));
        for (const auto& [key, entry] : followed.adopted) {
            RC_ASSERT(keys.contains(key) && baseline.at(key) == entry);
        }
    }
}

} // namespace
} // namespace mailpreflight::core
