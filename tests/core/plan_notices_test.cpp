#include "core/plan_notices.hpp"

#include "tests/core/wave1.hpp"

#include <rapidcheck/gtest.h>

#include <algorithm>

namespace mailpreflight::core {
namespace {

/// A source with one batch and one receiver, told of whatever a test puts there.
struct Story {
    Plan plan = core::plan();
    Tracks tracks;
    std::vector<Incident> incidents;
    std::map<std::string, Readiness> readiness{{"wave1", {.batch = "wave1", .source = "contoso"}}};
    std::map<std::string, SourceNames> names{{"contoso", {.account = "CONTOSO\\migadmin", .host = "mail"}}};
    NoticePolicy policy{.receiver = "ops", .kind = ReceiverKind::email};
    NoticeMemory memory;
    base::SystemTime now = noon;
    bool maintenance = false;

    std::vector<Notice> turn() {
        const NoticeMatter matter{plan,
                                  tracks,
                                  incidents,
                                  readiness,
                                  names,
                                  [&](const std::string&, base::SystemTime) { return maintenance; },
                                  {}};
        PlannedNotices planned = plan_notices(matter, memory, {policy}, now);
        memory = planned.memory;
        return planned.notices;
    }

    /// All that is told while this much time passes, a turn a second.
    std::vector<Notice> pass(base::Duration duration, base::Duration step = 1s) {
        std::vector<Notice> told;
        for (const base::SystemTime end = now + duration; now < end; now += step) {
            std::vector<Notice> more = turn();
            told.insert(told.end(), more.begin(), more.end());
        }
        return told;
    }

    Incident& open(Cause cause, std::vector<std::string> addresses) {
        Incident incident{
            .number = incidents.size() + 1, .source = "contoso", .cause = cause, .opened_at = now, .updated_at = now};
        incidents.push_back(incident);
        grow(incidents.back(), std::move(addresses));
        return incidents.back();
    }

    static void grow(Incident& incident, std::vector<std::string> addresses) {
        for (std::string& address : addresses) {
            incident.subjects.insert(mailbox_key(std::move(address)));
        }
    }

    void resolve(Incident& incident) const {
        incident.state = IncidentState::resolved;
        incident.resolved_at = now;
    }

    void window_in(base::Duration away) {
        plan.batches[0].window = Window{now + away, now + away + 6h, "UTC"};
    }
};

std::vector<std::string> words(const std::vector<Notice>& notices) {
    std::vector<std::string> all;
    for (const Notice& notice : notices) {
        all.push_back(std::string(name_of(notice.notice_class)) + " " + std::string(name_of(notice.status)));
    }
    return all;
}

using Words = std::vector<std::string>;

TEST(PlanNotices, tells_an_incident_once_it_has_held_for_the_wait) {
    Story story;
    story.open(Cause::mailbox_disabled, {"anna@contoso.example"});
    EXPECT_EQ(story.pass(60s), std::vector<Notice>{});
    const std::vector<Notice> told = story.pass(1h);
    ASSERT_EQ(words(told), Words{"incident firing"});
    EXPECT_EQ(told[0].at, noon + 60s);
    EXPECT_EQ(told[0].reason, "opened");
    EXPECT_EQ(told[0].group, "I1");
    EXPECT_EQ(told[0].mailboxes, std::vector<std::string>{"anna@contoso.example"});
    EXPECT_EQ(told[0].batches.at(0).affected, 1U);
}

TEST(PlanNotices, does_not_tell_what_was_over_before_it_was_told) {
    Story story;
    story.open(Cause::mailbox_disabled, {"anna@contoso.example"});
    story.pass(30s);
    story.resolve(story.incidents[0]);
    EXPECT_EQ(story.pass(2h), std::vector<Notice>{});
}

TEST(PlanNotices, tells_of_admin_rights_at_once_and_again_every_hour_until_acknowledged) {
    Story story;
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    const std::vector<Notice> told = story.pass(2h + 1s);
    ASSERT_EQ(words(told), (Words{"rights firing", "rights firing", "rights firing"}));
    EXPECT_EQ(told[0].at, noon);
    EXPECT_EQ(told[0].severity, Severity::critical);
    EXPECT_EQ(told[1].at, noon + 1h);
    EXPECT_FALSE(told[0].remedy.empty());
    story.incidents[0] = acknowledged(story.incidents[0], "anna", "on it", std::nullopt, story.now);
    EXPECT_EQ(story.pass(24h, 1min), std::vector<Notice>{});
}

TEST(PlanNotices, says_once_an_interval_that_an_incident_grows) {
    Story story;
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    story.turn();
    for (int i = 0; i < 100; ++i) {
        Story::grow(story.incidents[0], {std::to_string(i) + "@contoso.example"});
        story.now += 1s;
        EXPECT_EQ(story.turn(), std::vector<Notice>{}) << i;
    }
    const std::vector<Notice> told = story.pass(20min);
    ASSERT_EQ(words(told), Words{"rights firing"});
    EXPECT_EQ(told[0].at, noon + 10min);
    EXPECT_EQ(told[0].subjects, 101U);
    EXPECT_EQ(told[0].subjects_before, 1U);
    EXPECT_EQ(told[0].reason, "100 more than was told");
}

TEST(PlanNotices, is_denser_where_a_batch_that_it_touches_is_inside_24_hours) {
    Story story;
    story.window_in(23h);
    story.open(Cause::mailbox_disabled, {"anna@contoso.example"});
    const std::vector<Notice> told = story.pass(1h + 31s);
    ASSERT_EQ(words(told), (Words{"incident firing", "incident firing"}));
    EXPECT_EQ(told[0].at, noon + 30s);
    EXPECT_EQ(told[1].at, noon + 1h + 30s);
    EXPECT_EQ(told[0].severity, Severity::critical) << "the batch is frozen";
}

TEST(PlanNotices, tells_that_an_incident_is_over_to_whoever_was_told_that_it_began) {
    Story story;
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    story.turn();
    story.now += 5min;
    story.resolve(story.incidents[0]);
    const std::vector<Notice> told = story.pass(1h);
    ASSERT_EQ(words(told), Words{"rights resolved"});
    EXPECT_EQ(told[0].group, "I1");
    EXPECT_EQ(told[0].ended, noon + 5min);
    EXPECT_TRUE(story.memory.at("ops").incidents.empty());
}

TEST(PlanNotices, leaves_out_what_is_over_where_nobody_wants_to_hear_it) {
    Story story;
    story.policy.resolved = false;
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    story.turn();
    story.resolve(story.incidents[0]);
    EXPECT_EQ(story.pass(1h), std::vector<Notice>{});
    EXPECT_TRUE(story.memory.at("ops").incidents.empty());
}

TEST(PlanNotices, speaks_again_at_once_when_an_acknowledgement_no_longer_covers_it) {
    Story story;
    story.open(Cause::impersonation_denied, {"a@contoso.example", "b@contoso.example", "c@contoso.example"});
    story.turn();
    story.now += 1min;
    story.incidents[0] = acknowledged(story.incidents[0], "anna", "laggards", std::nullopt, story.now);
    story.turn();
    story.now += 1min;
    for (int i = 0; i < 400; ++i) {
        Story::grow(story.incidents[0], {std::to_string(i) + "@contoso.example"});
    }
    story.incidents[0].state = IncidentState::open; // as fold() has it
    const std::vector<Notice> told = story.turn();
    ASSERT_EQ(words(told), Words{"rights firing"});
    EXPECT_EQ(told[0].reason, "the acknowledgement no longer covers it");
    EXPECT_EQ(told[0].subjects, 403U);
    EXPECT_EQ(told[0].subjects_before, 3U);
}

TEST(PlanNotices, tells_machines_alone_that_somebody_acknowledged) {
    for (const ReceiverKind kind : {ReceiverKind::pagerduty, ReceiverKind::alertmanager, ReceiverKind::email}) {
        Story story;
        story.policy.kind = kind;
        story.open(Cause::impersonation_denied, {"anna@contoso.example"});
        story.turn();
        story.incidents[0] = acknowledged(story.incidents[0], "anna", "on it", std::nullopt, story.now);
        EXPECT_EQ(words(story.turn()), kind == ReceiverKind::email ? Words{} : Words{"rights acknowledged"});
        EXPECT_EQ(words(story.turn()), Words{});
    }
}

TEST(PlanNotices, tells_a_verdict_that_stays_what_it_became) {
    Story story;
    story.turn();
    story.readiness.at("wave1").verdict = Verdict::no_go;
    story.now += 1s;
    EXPECT_EQ(story.pass(59s), std::vector<Notice>{});
    story.readiness.at("wave1").verdict = Verdict::unknown; // as it was told
    story.pass(5s);
    story.readiness.at("wave1").verdict = Verdict::no_go;
    const base::SystemTime since = story.now;
    const std::vector<Notice> told = story.pass(24h, 10s);
    ASSERT_EQ(words(told), Words{"verdict told"});
    EXPECT_EQ(told[0].at, since + 60s);
    EXPECT_EQ(told[0].severity, Severity::error);
    EXPECT_EQ(told[0].batches.at(0).verdict, Verdict::no_go);
}

TEST(PlanNotices, does_not_say_by_itself_a_verdict_that_an_incident_said) {
    Story story;
    story.turn();
    story.readiness.at("wave1").verdict = Verdict::no_go;
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    const std::vector<Notice> told = story.pass(30min);
    ASSERT_EQ(words(told), Words{"rights firing"});
    EXPECT_EQ(told[0].batches.at(0).verdict, Verdict::no_go);
}

TEST(PlanNotices, tells_the_last_report_of_a_batch_that_is_done_once) {
    Story story;
    story.window_in(-1h); // a batch may be called done from its start on
    story.turn();
    story.plan.batches[0].record.done_at = story.now;
    const std::vector<Notice> told = story.pass(1h);
    ASSERT_EQ(words(told), Words{"verdict told"});
    EXPECT_EQ(told[0].title, "Batch wave1 is done");
}

TEST(PlanNotices, caps_the_hour_says_how_many_are_held_and_lets_them_go_later) {
    Story story;
    story.policy.most_an_hour = 3;
    story.policy.pace.repeat = 1000h;
    for (int i = 0; i < 8; ++i) {
        story.open(Cause::mailbox_disabled, {std::to_string(i) + "@contoso.example"});
    }
    const std::vector<Notice> told = story.pass(2h);
    EXPECT_EQ(std::count_if(told.begin(), told.end(), [](const Notice& n) { return n.at < noon + 1h; }), 4);
    const auto held =
        std::find_if(told.begin(), told.end(), [](const Notice& n) { return n.notice_class == NoticeClass::held; });
    ASSERT_NE(held, told.end());
    EXPECT_EQ(held->subjects, 5U);
    std::vector<Notice> all = told;
    const std::vector<Notice> later = story.pass(3h, 10s);
    all.insert(all.end(), later.begin(), later.end());
    std::set<std::string> groups;
    for (const Notice& notice : all) {
        groups.insert(notice.group);
    }
    EXPECT_EQ(groups.size(), 9U) << "each incident, and the word of what is held";
}

TEST(PlanNotices, caps_no_admin_rights) {
    Story story;
    story.policy.most_an_hour = 1;
    for (int i = 0; i < 5; ++i) {
        story.open(Cause::impersonation_denied, {std::to_string(i) + "@contoso.example"});
    }
    EXPECT_EQ(story.turn().size(), 5U);
}

TEST(PlanNotices, holds_all_in_maintenance_and_sums_up_once_what_changed) {
    Story story;
    story.open(Cause::mailbox_disabled, {"before@contoso.example"});
    ASSERT_EQ(story.pass(2min).size(), 1U);
    story.maintenance = true;
    story.pass(10s);
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    story.open(Cause::mailbox_moved, {"bert@contoso.example"});
    EXPECT_EQ(story.pass(1h), std::vector<Notice>{});
    story.resolve(story.incidents[2]); // opened and over inside: nobody hears of it
    story.maintenance = false;
    const std::vector<Notice> told = story.pass(30min);
    ASSERT_EQ(words(told), Words{"summary told"});
    EXPECT_EQ(told[0].subjects, 1U);
    EXPECT_NE(told[0].text.find("Opened: I2"), std::string::npos) << told[0].text;
    EXPECT_EQ(told[0].text.find("I1 "), std::string::npos) << "it was told before the maintenance, and is as it was";
    EXPECT_EQ(told[0].severity, Severity::critical);
}

TEST(PlanNotices, tells_machines_one_by_one_what_a_maintenance_held) {
    Story story;
    story.policy.kind = ReceiverKind::pagerduty;
    story.maintenance = true;
    story.turn();
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    story.pass(1min);
    story.maintenance = false;
    EXPECT_EQ(words(story.pass(1min)), Words{"rights firing"});
}

TEST(PlanNotices, gives_each_receiver_what_it_asked_for) {
    Story story;
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    story.policy.sources = {"fabrikam"};
    EXPECT_TRUE(story.pass(1h).empty());
    story.policy.sources = {"contoso"};
    story.policy.batches = {"wave2"};
    EXPECT_TRUE(story.pass(1h).empty());
    story.policy.batches = {"wave1"};
    story.policy.classes = {NoticeClass::blind};
    EXPECT_TRUE(story.pass(1h).empty());
    story.policy.classes = {NoticeClass::rights};
    story.policy.at_least = Severity::critical;
    EXPECT_EQ(story.turn().size(), 1U);
}

TEST(PlanNotices, sends_a_digest_at_its_time_and_not_at_the_first_start) {
    Story story;
    story.window_in(240h);
    story.policy.last_digest = [](base::SystemTime now) {
        return std::chrono::floor<std::chrono::days>(now - 7h) + 7h;
    };
    EXPECT_TRUE(story.pass(12h, 1min).empty());
    const std::vector<Notice> told = story.pass(24h, 1min);
    ASSERT_EQ(words(told), Words{"digest told"});
    EXPECT_EQ(told[0].at, noon + 19h);
    EXPECT_NE(told[0].text.find("wave1"), std::string::npos);
}

TEST(PlanNotices, sends_a_digest_weekly_where_no_window_is_ahead) {
    Story story;
    story.policy.last_digest = [](base::SystemTime now) {
        return std::chrono::floor<std::chrono::days>(now - 7h) + 7h;
    };
    EXPECT_EQ(story.pass(24h * 20, 10min).size(), 2U);
}

TEST(PlanNotices, says_it_again_rather_than_never_when_the_clock_was_set_back) {
    Story story;
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    story.turn();
    story.now -= 24h * 365;
    EXPECT_EQ(story.turn().size(), 1U);
    EXPECT_EQ(story.turn().size(), 0U);
}

TEST(PlanNotices, tells_of_blindness_by_itself_only_where_no_incident_of_the_source_explains_it) {
    Story story;
    story.open(Cause::blind, {}).subjects = {source_key(Check::source_watch)};
    story.open(Cause::server_unavailable, {}).subjects = {source_key(Check::ews_login)};
    const std::vector<Notice> told = story.pass(1h);
    ASSERT_EQ(words(told), Words{"incident firing"});
    EXPECT_EQ(told[0].cause, Cause::server_unavailable);
    story.resolve(story.incidents[1]);
    EXPECT_EQ(words(story.pass(1h)), (Words{"blind firing", "incident resolved"})) << "we see nothing still";
}

TEST(PlanNotices, tells_of_blindness_beside_incidents_of_mailboxes) {
    Story story;
    story.open(Cause::blind, {}).subjects = {source_key(Check::source_watch)};
    story.open(Cause::mailbox_disabled, {"anna@contoso.example"});
    EXPECT_EQ(words(story.pass(1h)), (Words{"blind firing", "incident firing"}));
}

TEST(PlanNotices, tells_a_heartbeat_nothing) {
    Story story;
    story.policy.kind = ReceiverKind::heartbeat;
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    EXPECT_TRUE(story.turn().empty());
}

TEST(PlanNotices, forgets_what_a_receiver_was_told_that_is_gone_but_gives_no_id_twice_should_it_come_back) {
    Story story;
    story.open(Cause::impersonation_denied, {"anna@contoso.example"});
    const std::string before = story.turn().at(0).id;
    story.policy.receiver = "other";
    story.turn();
    EXPECT_EQ(story.memory.at("ops"), ReceiverMemory{.last = 1});
    story.turn();
    story.policy.receiver = "ops";
    const std::string after = story.turn().at(0).id;
    EXPECT_NE(after, before) << "who knows the id would drop it";
    EXPECT_EQ(after, "I1.2.ops");
}

/// Incidents that open, grow, are acknowledged and end at random, told to one receiver.
RC_GTEST_PROP(NoticesProperty, tell_each_incident_in_order_with_ids_of_their_own_and_leave_none_untold, ()) {
    Story story;
    story.policy.most_an_hour = *rc::gen::inRange<std::size_t>(0, 5);
    std::vector<Notice> told;
    const auto steps = *rc::gen::container<std::vector<int>>(60, rc::gen::inRange(0, 9));
    for (const int step : steps) {
        Incident* const one = story.incidents.empty()
                                  ? nullptr
                                  : &story.incidents[static_cast<std::size_t>(step) % story.incidents.size()];
        if (step == 0 || one == nullptr) {
            story.open(step % 2 == 0 ? Cause::impersonation_denied : Cause::mailbox_disabled, {"a@contoso.example"});
        } else if (one->state != IncidentState::resolved && step == 1) {
            story.resolve(*one);
        } else if (one->state == IncidentState::open && step == 2) {
            *one = acknowledged(*one, "anna", "why", std::nullopt, story.now);
        } else if (one->state != IncidentState::resolved && step == 3) {
            Story::grow(*one, {std::to_string(one->subjects.size()) + "@contoso.example"});
            one->state = IncidentState::open;
        }
        const std::vector<Notice> more = story.pass(20min, 10s);
        told.insert(told.end(), more.begin(), more.end());
    }
    for (Incident& incident : story.incidents) {
        if (incident.state != IncidentState::resolved) {
            story.resolve(incident);
        }
    }
    const std::vector<Notice> rest = story.pass(24h, 1min);
    told.insert(told.end(), rest.begin(), rest.end());
    std::set<std::string> ids;
    std::map<std::string, int> open;
    for (const Notice& notice : told) {
        RC_ASSERT(ids.insert(notice.id).second);
        if (notice.status == NoticeStatus::firing) {
            open[notice.group] = 1;
        } else if (notice.status == NoticeStatus::resolved) {
            RC_ASSERT(open[notice.group] == 1);
            open[notice.group] = 0;
        }
    }
    for (const auto& [group, is_open] : open) {
        RC_ASSERT(is_open == 0);
    }
    RC_ASSERT(story.memory.at("ops").incidents.empty());
    if (story.policy.most_an_hour > 0) {
        for (const Notice& first : told) {
            const auto within = std::count_if(told.begin(), told.end(), [&](const Notice& one) {
                return one.at >= first.at && one.at < first.at + 1h && one.notice_class != NoticeClass::rights &&
                       one.notice_class != NoticeClass::held;
            });
            RC_ASSERT(static_cast<std::size_t>(within) <= story.policy.most_an_hour);
        }
    }
}

} // namespace
} // namespace mailpreflight::core
