// How judgement and schedule take mailboxes that are opened by their own passwords.

#include "core/drift.hpp"
#include "core/due.hpp"
#include "core/leftover_rights.hpp"
#include "core/org_wide.hpp"
#include "core/readiness.hpp"
#include "core/watch.hpp"
#include "tests/core/values.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mailpreflight::core {
namespace {

const TrackKey brake = source_key(Check::account_spray_brake);
const TrackKey anna = mailbox_key("anna@contoso.example", Check::mailbox_own_login);
const TrackKey bert = mailbox_key("bert@contoso.example", Check::mailbox_own_login);
const SourceNames names{.account = "migadmin", .upn = "", .host = "mail.contoso.example"};

Plan plan(std::vector<Way> prove = {Way::own_login}) {
    Plan plan;
    plan.sources = {{.name = "contoso", .has_own_logins = true}};
    Batch batch{.name = "wave1", .source = "contoso", .prove = std::move(prove)};
    batch.list.mailboxes = {{.address = "anna@contoso.example"}, {.address = "bert@contoso.example"}};
    plan.batches = {batch};
    return plan;
}

Tracks all_good() {
    Tracks tracks;
    for (const Check check : {Check::source_dns,
                              Check::source_tcp,
                              Check::tls_certificate,
                              Check::ews_login,
                              Check::owa_login,
                              Check::account_password,
                              Check::account_spray_brake}) {
        tracks[source_key(check)] = believed(look(source_key(check), noon, Cause::ok));
    }
    tracks[anna] = believed(look(anna, noon, Cause::ok));
    tracks[bert] = believed(look(bert, noon, Cause::ok));
    return tracks;
}

Tracks stopped(Tracks tracks = all_good()) {
    tracks[brake] = believed(look(brake, noon, Cause::spray_brake));
    return tracks;
}

std::size_t asked(const Plan& plan, const Tracks& tracks, Check check, base::SystemTime now) {
    const std::vector<CheckRequest> requests = due(plan, tracks, {}, now);
    return static_cast<std::size_t>(std::count_if(
        requests.begin(), requests.end(), [&](const CheckRequest& request) { return request.key.check == check; }));
}

bool blocks(const Readiness& ready, Cause cause) {
    return std::any_of(
        ready.blockers.begin(), ready.blockers.end(), [&](const Finding& finding) { return finding.cause == cause; });
}

TEST(OwnLogin, is_looked_at_by_sweeps_and_never_as_a_canary) {
    EXPECT_EQ(asked(plan(), all_good(), Check::mailbox_own_login, noon + 23h), 0U);
    EXPECT_EQ(asked(plan(), all_good(), Check::mailbox_own_login, noon + 24h), 2U);
}

TEST(OwnLogin, waits_while_the_spray_brake_is_on_and_holds_no_other_way_back) {
    const Plan both = plan({Way::own_login, Way::impersonation});
    EXPECT_EQ(asked(both, stopped(), Check::mailbox_own_login, noon + 24h), 0U);
    EXPECT_EQ(asked(both, stopped(), Check::mailbox_impersonation, noon + 24h), 2U);
}

TEST(OwnLogin, waits_behind_the_login_that_is_known_to_work) {
    Tracks tracks = all_good();
    tracks[source_key(Check::ews_login)] =
        believed(look(source_key(Check::ews_login), noon, Cause::credential_refused));
    EXPECT_EQ(asked(plan(), tracks, Check::mailbox_own_login, noon + 24h), 0U);
}

TEST(OwnLogin, is_not_hurried_by_a_loss_of_the_whole_source) {
    Tracks tracks = all_good();
    for (const char* const name : {"bert", "carl", "dora"}) {
        const TrackKey key = mailbox_key(std::string(name) + "@contoso.example", Check::mailbox_own_login);
        tracks[key] = believed(look(key, noon + 1h, Cause::own_login_refused));
    }
    ASSERT_TRUE(loss_of(tracks, "contoso", Check::mailbox_own_login));
    EXPECT_EQ(asked(plan(), tracks, Check::mailbox_own_login, noon + 23h), 0U);
}

TEST(OwnLogin, is_no_go_as_long_as_the_spray_brake_is_on_though_all_mailboxes_opened) {
    const Plan own = plan();
    EXPECT_EQ(readiness(own, own.batches.front(), all_good(), names, noon).verdict, Verdict::go);
    const Readiness ready = readiness(own, own.batches.front(), stopped(), names, noon);
    EXPECT_EQ(ready.verdict, Verdict::no_go);
    EXPECT_TRUE(blocks(ready, Cause::spray_brake));
    EXPECT_TRUE(blocks(readiness(own, own.batches.front(), stopped(), names, noon + 24h * 30), Cause::spray_brake))
        << "nobody looks while it is on, so it does not grow old";
    ASSERT_FALSE(ready.blockers.empty());
    EXPECT_NE(ready.blockers.front().remedy.find("mailpreflight credential release contoso"), std::string::npos);
}

TEST(OwnLogin, is_nothing_to_a_batch_that_does_not_need_it) {
    Plan two = plan();
    two.batches.push_back(Batch{.name = "wave2", .source = "contoso"});
    two.batches.back().list.mailboxes = {{.address = "carl@contoso.example"}};
    EXPECT_FALSE(blocks(readiness(two, two.batches.back(), stopped(), names, noon), Cause::spray_brake));
}

TEST(OwnLogin, makes_the_spray_brake_an_incident_of_its_own_at_once) {
    Judged judged = judge(all_good(), {look(brake, noon + 1min, Cause::spray_brake)}, {});
    const std::vector<Drift> drift = compare(plan(), {}, judged.tracks);
    ASSERT_EQ(drift.size(), 1U);
    EXPECT_EQ(drift.front().cause, Cause::spray_brake);
    judged = judge(judged.tracks, {look(brake, noon + 2min, Cause::ok)}, {});
    EXPECT_TRUE(compare(plan(), {}, judged.tracks).empty()) << "it is our own: there is no second look";
    Plan without = plan({Way::impersonation});
    without.sources.front().has_own_logins = false;
    EXPECT_TRUE(compare(without, {}, stopped()).empty()) << "nobody asks for it any more";
}

TEST(OwnLogin, that_is_held_back_is_no_blindness) {
    Tracks tracks{
        {source_key(Check::ews_login), believed(look(source_key(Check::ews_login), noon + 40min, Cause::ok))}};
    Track held;
    held.latest = look(anna, noon + 40min, Cause::presentation_withheld);
    tracks[anna] = held;
    const auto looks = watch(plan(), tracks, {{"contoso", noon}}, noon + 41min);
    ASSERT_EQ(looks.size(), 1U);
    EXPECT_EQ(looks.front().cause, Cause::ok);
}

TEST(OwnLogin, is_no_right_of_the_admin_that_is_left_over) {
    Plan own = plan({Way::own_login, Way::impersonation});
    own.batches.front().window = Window{noon, noon + 5h, "UTC"};
    own.batches.front().record.done_at = noon + 6h;
    for (const TrackKey& key : leftover_looks(own, all_good(), noon + 6h)) {
        EXPECT_EQ(key.check, Check::mailbox_impersonation);
    }
    EXPECT_EQ(leftover_looks(own, all_good(), noon + 6h).size(), 2U);
}

} // namespace
} // namespace mailpreflight::core
