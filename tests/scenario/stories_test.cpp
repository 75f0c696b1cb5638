// Each story is what happens to a migration team: what the service says of it, in the very words of its report.
#include "report/text.hpp"
#include "tests/scenario/batch_world.hpp"

#include <gmock/gmock.h>

#include <sstream>

using namespace mailpreflight;
using namespace mailpreflight::scenario;
using core::Cause;
using core::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

class StoryWorld : public BatchWorld {
public:
    using BatchWorld::BatchWorld;

    /// The text report with its lines joined, so that a sentence can be looked for.
    std::string report(const std::string& batch = "wave1") {
        api::ReportPage page = service().report(caller, {.batch = batch, .after = {}, .limit = 1000}).value();
        std::istringstream words(report::text({std::move(page.head), std::move(page.rows)}));
        std::string text;
        for (std::string word; words >> word;) {
            text += (text.empty() ? "" : " ") + word;
        }
        return text;
    }

    /// Looks at everything twice, far enough apart to be believed.
    void look_twice() {
        for (int look = 0; look < 2; ++look) {
            check("wave1");
            pass(16min, 16min);
        }
        check("wave1");
    }

    std::vector<Cause> open_causes() {
        std::vector<Cause> causes;
        for (const core::Incident& incident : open_incidents()) {
            causes.push_back(incident.cause);
        }
        return causes;
    }

    /// The texts of a timeline, oldest first, of one kind.
    std::vector<std::string> told(const std::string& of, const std::string& kind) {
        std::vector<std::string> texts;
        const auto page = service().timeline(caller, {.of = of, .before = {}, .limit = 1000}).value();
        for (auto row = page.timeline.rbegin(); row != page.timeline.rend(); ++row) {
            if (row->kind == kind) {
                texts.push_back(row->text + (row->by.empty() ? "" : " by " + row->by));
            }
        }
        return texts;
    }

    void exclude(const std::vector<std::string>& addresses) {
        exchange->with_state([&](simulator::State& state) {
            for (simulator::ImpersonationGrant& grant : state.organisation.impersonation) {
                grant.excluded_addresses = addresses;
            }
        });
    }
};

} // namespace

TEST(Story, a_scope_that_was_narrowed_names_how_many_still_open_and_the_scope) {
    StoryWorld world;
    const auto all = world.addresses();
    world.exclude({all[0], all[5], all[9]});
    world.look_twice();
    EXPECT_EQ(world.readiness().verdict, Verdict::no_go);
    EXPECT_THAT(world.open_causes(), ElementsAre(Cause::impersonation_denied));
    const std::string report = world.report();
    EXPECT_THAT(report, HasSubstr("wave1: NO-GO"));
    EXPECT_THAT(report, HasSubstr("24 mailboxes on contoso"));
    EXPECT_THAT(report, HasSubstr("21 passed, 3 failed, 0 unknown."));
    EXPECT_THAT(report,
                HasSubstr("[blocker] impersonation_denied 3 mailboxes: The admin account may not impersonate this "
                          "mailbox: the role is missing or its scope leaves it out. (21 others open: not the right as "
                          "such, but how far it goes"));
    EXPECT_THAT(report, HasSubstr("CustomRecipientWriteScope"));
    EXPECT_THAT(report, HasSubstr("[pass] source.watch"));
}

TEST(Story, a_password_that_ends_before_the_window_is_no_go_days_before_and_go_again_once_it_is_new) {
    StoryWorld world;
    const auto expires = [&](const std::string& when) {
        world.exchange->with_state(
            [&](simulator::State& state) { state.directory.find("CONTOSO\\migadmin")->password_expires = when; });
        world.pass(16min, 16min);
        world.pass(16min, 16min);
        world.pass(16min, 16min);
    };
    expires("2026-12-02T12:00:00Z");
    EXPECT_EQ(world.readiness().verdict, Verdict::no_go);
    EXPECT_THAT(world.open_causes(), ElementsAre(Cause::password_ends_before_window));
    EXPECT_THAT(world.report(),
                HasSubstr("[blocker] password_ends_before_window 1 source: The admin account's password ends before "
                          "the window is over. (6 hours before wave1's window: 2026-12-02 12:00 UTC)"));
    expires("2027-01-31T12:00:00Z");
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
    EXPECT_THAT(world.open_causes(), IsEmpty());
    EXPECT_THAT(world.report(), HasSubstr("[ends] account.password: ends 2027-01-31 12:00 UTC"));
}

TEST(Story, a_certificate_replaced_badly_stops_every_login_and_is_one_incident_of_the_source) {
    StoryWorld world;
    const std::uint64_t presentations = world.exchange->presentations();
    world.exchange->with_state(
        [](simulator::State& state) { state.server.certificate = simulator::CertificateChoice::expired; });
    world.pass(30min, 5min);
    EXPECT_EQ(world.readiness().verdict, Verdict::no_go);
    EXPECT_THAT(world.open_causes(), ElementsAre(Cause::certificate_expired));
    EXPECT_THAT(world.report(), HasSubstr("[blocker] certificate_expired 1 source: The certificate has expired."));
    EXPECT_EQ(world.exchange->refused_presentations(), 0U);
    EXPECT_LE(world.exchange->presentations() - presentations, 3U) << "only what went on connections that were open";
}

TEST(Story, a_source_that_is_down_for_an_hour_hides_its_mailboxes_and_loses_none) {
    StoryWorld world;
    world.exchange->with_state([](simulator::State& state) {
        state.faults.add({.kind = simulator::FaultKind::status, .value = 503, .before_auth = true});
    });
    world.pass(1h, 5min);
    EXPECT_NE(world.readiness().verdict, Verdict::go);
    for (const core::Incident& incident : world.open_incidents()) {
        for (const core::TrackKey& key : incident.subjects) {
            EXPECT_EQ(key.subject.kind, core::SubjectKind::source) << "no mailbox was lost, the server is down";
        }
    }
    EXPECT_FALSE(world.open_incidents().empty());
    EXPECT_EQ(world.readiness().failed, 0U);
    world.exchange->with_state([](simulator::State& state) { state.faults.clear(); });
    world.pass(1h, 5min);
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
    EXPECT_THAT(world.open_causes(), IsEmpty());
}

TEST(Story, mailboxes_that_moved_went_missing_or_were_disabled_are_three_incidents_with_three_remedies) {
    StoryWorld world;
    const auto all = world.addresses();
    world.set_state(all[1], simulator::MailboxState::moved);
    world.set_state(all[2], simulator::MailboxState::missing);
    world.set_state(all[3], simulator::MailboxState::disabled);
    world.look_twice();
    EXPECT_EQ(world.readiness().verdict, Verdict::no_go);
    EXPECT_EQ(world.open_incidents().size(), 3U);
    EXPECT_EQ(world.readiness().failed, 3U);
    const std::string report = world.report();
    EXPECT_THAT(
        report,
        HasSubstr(
            "[blocker] mailbox_moved 1 mailbox: The mailbox has moved to another organisation (remote mailbox)."));
    EXPECT_THAT(report, HasSubstr("[blocker] mailbox_disabled 1 mailbox:"));
    EXPECT_THAT(report, HasSubstr("[blocker] mailbox_missing 1 mailbox:"));
    EXPECT_THAT(report, HasSubstr("By the source administrator: 1. mailbox_disabled blocker, 1 mailbox"));
    EXPECT_THAT(report, HasSubstr("By the migration engineer: 2. mailbox_missing blocker, 1 mailbox"));
    for (std::size_t i = 1; i <= 3; ++i) {
        EXPECT_THAT(report, HasSubstr(all[i]));
    }
}

TEST(Story, a_recreated_mailbox_is_a_warning_until_somebody_accepts_it_and_that_is_remembered) {
    StoryWorld world;
    const std::string address = world.addresses()[4];
    world.exchange->with_state([&](simulator::State& state) { state.organisation.recreate(address); });
    world.look_twice();
    EXPECT_THAT(world.open_causes(), ElementsAre(Cause::mailbox_recreated));

    auto service = world.service();
    const auto diff = service.diff_baseline(world.caller, {.source = "contoso", .cause = Cause::mailbox_recreated});
    ASSERT_TRUE(diff.has_value());
    EXPECT_EQ(diff->differ, 1U);
    EXPECT_EQ(diff->differences[0].subject, address);
    EXPECT_THAT(diff->differences[0].facts, HasSubstr("root_id was "));
    const auto accepted = service.accept_baseline(
        world.caller,
        {.source = "contoso", .batch = "wave1", .cause = Cause::mailbox_recreated, .reason = "restored, ticket 4711"});
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(accepted->accepted, 1U);
    EXPECT_EQ(accepted->changed, 1U);
    world.pass(1min);
    EXPECT_THAT(world.open_causes(), IsEmpty());
    world.restart();
    world.settle();
    EXPECT_THAT(world.open_causes(), IsEmpty());
    const auto history = world.service().baseline_history(world.caller, {.source = "contoso"}).value();
    ASSERT_EQ(history.history.size(), 1U);
    EXPECT_EQ(history.history[0].scope, "batch wave1, cause mailbox_recreated");
    EXPECT_EQ(history.history[0].by, "uid 1000 (anna)");
    EXPECT_EQ(history.history[0].changes[0].subject, address);
    EXPECT_THAT(world.told(address, "incident"),
                ElementsAre("I1 opened: mailbox_recreated changed on contoso, 1 subject",
                            "I1 resolved: mailbox_recreated changed on contoso, 1 subject"));
    EXPECT_THAT(
        world.told("contoso", "baseline"),
        ElementsAre("accepted as how it should be (batch wave1, cause mailbox_recreated): 1 checks, 1 otherwise "
                    "than before: restored, ticket 4711 by uid 1000 (anna)"));
}

TEST(Story, new_hires_on_the_list_make_it_unknown_until_they_were_looked_at) {
    StoryWorld world;
    auto all = world.addresses();
    const std::vector<std::string> hired{"new.one@contoso.example", "new.two@contoso.example"};
    world.exchange->with_state([&](simulator::State& state) {
        for (const std::string& address : hired) {
            simulator::Mailbox mailbox;
            mailbox.address = address;
            mailbox.database = "DB01";
            state.organisation.add(mailbox);
        }
    });
    all.insert(all.end(), hired.begin(), hired.end());
    world.write_list("list.csv", all);
    std::vector<std::string> problems;
    ASSERT_TRUE(world.app->reload(problems)) << problems.size();
    static_cast<void>(world.app->judge().call([](daemon::State&, store::Store::Commit&) {}));
    EXPECT_EQ(world.readiness().verdict, Verdict::unknown);
    EXPECT_THAT(world.report(), HasSubstr("[unknown] never_looked_at 2 mailboxes:"));
    world.settle();
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
    EXPECT_THAT(world.report(), HasSubstr("26 mailboxes on contoso"));
    EXPECT_THAT(world.open_causes(), IsEmpty());
    EXPECT_THAT(world.told("wave1", "verdict").back(),
                HasSubstr("batch wave1 is GO: 26 of 26 mailboxes passed, 0 failed, 0 unknown"));
}

TEST(Story, an_acknowledged_incident_that_grows_speaks_again_and_its_timeline_tells_all_of_it) {
    StoryWorld world;
    const auto all = world.addresses();
    world.exclude({all[0]});
    world.look_twice();
    ASSERT_EQ(world.open_incidents().size(), 1U);
    ASSERT_TRUE(
        world.service().acknowledge(world.caller, {.id = "I1", .comment = "ticket 4711", .until = {}}).has_value());
    EXPECT_EQ(world.open_incidents()[0].state, core::IncidentState::acknowledged);
    world.exclude({all.begin(), all.begin() + 8});
    world.look_twice();
    ASSERT_EQ(world.open_incidents().size(), 1U);
    EXPECT_EQ(world.open_incidents()[0].state, core::IncidentState::open);
    EXPECT_EQ(world.open_incidents()[0].subjects.size(), 8U);
    world.exclude({});
    world.look_twice();
    EXPECT_THAT(world.open_causes(), IsEmpty());
    const auto told = world.told("I1", "incident");
    ASSERT_GE(told.size(), 5U);
    EXPECT_EQ(told[0], "I1 opened: impersonation_denied lost on contoso, 1 subject");
    EXPECT_EQ(told[1], "I1 acknowledged: ticket 4711 by uid 1000 (anna)");
    EXPECT_THAT(told[2], HasSubstr("I1 grew: impersonation_denied lost on contoso"));
    EXPECT_THAT(told, testing::Contains(HasSubstr("I1 speaks again: impersonation_denied lost on contoso")));
    EXPECT_THAT(told.back(), HasSubstr("I1 resolved: impersonation_denied lost on contoso"));
    EXPECT_THAT(world.told("wave1", "verdict").back(), HasSubstr("batch wave1 is GO"));
}

TEST(Story, an_incident_that_grows_step_by_step_is_told_as_one_growth) {
    StoryWorld world;
    const auto all = world.addresses();
    for (std::ptrdiff_t refused = 1; refused <= 4; ++refused) {
        world.exclude({all.begin(), all.begin() + refused});
        world.look_twice();
    }
    const auto told = world.told("I1", "incident");
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0], "I1 opened: impersonation_denied lost on contoso, 1 subject");
    EXPECT_THAT(told[1],
                HasSubstr("I1 grew: impersonation_denied lost on contoso, 4 subjects (in 3 steps since 2026-12-01"));
}

TEST(Story, a_right_that_reaches_too_far_is_an_incident_until_it_is_taken_back) {
    StoryWorld world("must_not_open = [\"the.boss@contoso.example\"]\n");
    world.exchange->with_state([](simulator::State& state) {
        simulator::Mailbox boss;
        boss.address = "the.boss@contoso.example";
        boss.database = "DB01";
        state.organisation.add(boss);
    });
    world.look_twice();
    world.pass(32min, 16min);
    ASSERT_THAT(world.open_causes(), ElementsAre(Cause::right_gained));
    EXPECT_EQ(world.open_incidents()[0].direction, core::Direction::gained);
    world.exclude({"the.boss@contoso.example"});
    world.pass(64min, 16min);
    EXPECT_THAT(world.open_causes(), IsEmpty());
    EXPECT_EQ(world.readiness().verdict, Verdict::go);
}

TEST(Story, an_updated_server_is_told_once_and_accepted_for_the_source_alone) {
    StoryWorld world;
    world.exchange->with_state(
        [](simulator::State& state) { state.server.version = *simulator::find_version_profile("2016"); });
    world.pass(64min, 16min);
    EXPECT_THAT(world.open_causes(), testing::Contains(Cause::server_build_changed));
    EXPECT_EQ(world.readiness().verdict, Verdict::go) << "a build is no requirement";
    const auto accepted = world.service().accept_baseline(
        world.caller, {.source = "contoso", .subjects = {"contoso"}, .reason = "the June update"});
    ASSERT_TRUE(accepted.has_value());
    world.pass(1min);
    EXPECT_THAT(world.open_causes(), Not(testing::Contains(Cause::server_build_changed)));
}

TEST(Story, mailboxes_that_open_by_impersonation_and_not_by_full_access_say_so) {
    StoryWorld world;
    world.replace("mailboxes = \"list.csv\"\n",
                  "mailboxes = \"list.csv\"\nprove = [\"impersonation\", \"full_access\"]\n");
    world.reload();
    world.look_twice();
    EXPECT_EQ(world.readiness().verdict, Verdict::no_go);
    EXPECT_THAT(world.report(), HasSubstr("24 of them open by impersonation"));
}
