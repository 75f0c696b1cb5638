#include "core/plan_notices.hpp"
#include "core/remedy.hpp"
#include "tests/core/wave1.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>
#include <stdexcept>

// The words of notices, as plan_notices() gives them.
namespace mailpreflight::core {
namespace {

struct Words {
    std::string title;
    std::string text;
    std::string remedy;

    bool operator==(const Words&) const = default;
};

void PrintTo(const Words& words, std::ostream* out) {
    *out << words.title << "\n" << words.text << words.remedy;
}

Words words_of(const Notice& notice) {
    return {notice.title, notice.text, notice.remedy};
}

/// Batch wave1 on contoso, its window 20 h ahead, and one receiver that has heard of nothing.
struct Story {
    Plan plan = core::plan();
    Tracks tracks;
    std::vector<Incident> incidents;
    std::map<std::string, Readiness> readiness{{"wave1",
                                                {.batch = "wave1",
                                                 .source = "contoso",
                                                 .verdict = Verdict::no_go,
                                                 .blockers = {{.check = Check::mailbox_impersonation,
                                                               .cause = Cause::impersonation_denied,
                                                               .count = 1,
                                                               .examples = {"anna@contoso.example"},
                                                               .remedy = "New-ManagementRoleAssignment"}},
                                                 .mailboxes = 2,
                                                 .passed = 1,
                                                 .failed = 1}}};
    std::map<std::string, SourceNames> names{{"contoso", {.account = "migadmin", .host = "mail.contoso.example"}}};
    NoticePolicy policy{.receiver = "ops", .kind = ReceiverKind::email};
    NoticeMemory memory;
    base::SystemTime now = noon;
    bool maintenance = false;

    Story() {
        window_in(20h);
    }

    void window_in(base::Duration away) {
        plan.batches[0].window = Window{now + away, now + away + 6h, "America/Chicago"};
    }

    Incident& open(Cause cause, const TrackKey& key = mailbox_key("anna@contoso.example")) {
        return incidents.emplace_back(Incident{.number = incidents.size() + 1,
                                               .source = "contoso",
                                               .cause = cause,
                                               .opened_at = now - 2min,
                                               .updated_at = now,
                                               .subjects = {key}});
    }

    std::vector<Notice> turn() {
        const NoticeMatter matter{
            plan,
            tracks,
            incidents,
            readiness,
            names,
            [this](const std::string&, base::SystemTime) { return maintenance; },
            [](base::SystemTime time, const std::string& zone) { return base::to_rfc3339(time) + " in " + zone; }};
        PlannedNotices planned = plan_notices(matter, memory, {policy}, now);
        memory = planned.memory;
        return planned.notices;
    }

    /// The one notice of a turn.
    Notice told() {
        std::vector<Notice> notices = turn();
        if (notices.size() != 1) {
            throw std::runtime_error(fmt::format("{} notices", notices.size()));
        }
        return notices.front();
    }
};

constexpr std::string_view denied =
    "The admin account may not impersonate this mailbox: the role is missing or its scope leaves it out.";

TEST(NoticeWords, say_of_rights_lost_what_for_whom_since_when_before_which_window_and_what_to_do) {
    Story story;
    story.open(Cause::impersonation_denied);
    const Notice notice = story.told();
    EXPECT_EQ(words_of(notice),
              (Words{"impersonation_denied lost on contoso, 1 mailbox",
                     fmt::format("I1 {}\n"
                                 "Source contoso, 1 mailbox since 2026-12-01T11:58:00.000Z; opened.\n"
                                 "Batch wave1 is NO-GO; its window opens in 20 hours, "
                                 "2026-12-02T08:00:00.000Z in America/Chicago.\n"
                                 "Who can mend it: source administrator. More: mailpreflight explain I1\n",
                                 denied),
                     remedy_for(Cause::impersonation_denied,
                                {.address = "anna@contoso.example",
                                 .source = "contoso",
                                 .account = "migadmin",
                                 .host = "mail.contoso.example"})}));
    EXPECT_NE(notice.remedy.find("-User migadmin"), std::string::npos) << notice.remedy;
    EXPECT_NE(notice.remedy.find("anna@contoso.example"), std::string::npos) << notice.remedy;
    EXPECT_EQ(notice.notice_class, NoticeClass::rights);
    EXPECT_EQ(notice.severity, Severity::critical);
    EXPECT_EQ(notice.source, "contoso");
    EXPECT_EQ(notice.cause, Cause::impersonation_denied);
    EXPECT_EQ(notice.since, noon - 2min);
    EXPECT_EQ(notice.ended, std::nullopt);
    EXPECT_EQ(notice.batches,
              (std::vector<NoticeBatch>{{"wave1", story.plan.batches[0].window, Verdict::no_go, 1, 2}}));
    EXPECT_EQ(notice.mailboxes, std::vector<std::string>{"anna@contoso.example"});
}

TEST(NoticeWords, say_that_it_is_over_and_offer_no_remedy_then) {
    Story story;
    story.open(Cause::impersonation_denied);
    story.told();
    story.now += 1h;
    story.incidents[0].state = IncidentState::resolved;
    story.incidents[0].resolved_at = story.now;
    story.readiness.at("wave1").verdict = Verdict::go;
    const Notice notice = story.told();
    EXPECT_EQ(words_of(notice),
              (Words{"Resolved: impersonation_denied lost on contoso, 1 mailbox",
                     fmt::format("I1 {}\n"
                                 "Source contoso, 1 mailbox since 2026-12-01T11:58:00.000Z; it is over.\n"
                                 "Batch wave1 is GO; its window opens in 19 hours, "
                                 "2026-12-02T08:00:00.000Z in America/Chicago.\n",
                                 denied),
                     ""}));
    EXPECT_EQ(notice.ended, noon + 1h);
    EXPECT_EQ(notice.subjects_before, 1U);
}

TEST(NoticeWords, say_of_what_is_over_how_far_it_went_and_not_what_was_left_of_it_in_the_end) {
    Story story;
    story.open(Cause::impersonation_denied);
    story.told();
    story.incidents[0].state = IncidentState::resolved;
    story.incidents[0].peak = 10'000;
    const Notice notice = story.told();
    EXPECT_EQ(notice.title, "Resolved: impersonation_denied lost on contoso, 10000 mailboxes at most");
    EXPECT_EQ(notice.subjects, 10'000U);
}

TEST(NoticeWords, say_to_machines_who_acknowledged_and_why) {
    Story story;
    story.policy.kind = ReceiverKind::pagerduty;
    story.open(Cause::impersonation_denied);
    story.told();
    story.incidents[0] = acknowledged(story.incidents[0], "uid 1000 (anna)", "on it", std::nullopt, story.now);
    const Notice notice = story.told();
    EXPECT_EQ(notice.title, "Acknowledged: impersonation_denied lost on contoso, 1 mailbox");
    EXPECT_TRUE(notice.text.ends_with("Acknowledged by uid 1000 (anna): on it\n")) << notice.text;
    EXPECT_EQ(notice.remedy, "");
}

TEST(NoticeWords, say_of_a_verdict_what_blocks_and_what_to_do) {
    Story story;
    story.now = noon - 1min;
    story.turn();
    story.now = noon;
    const Notice notice = story.told();
    EXPECT_EQ(words_of(notice),
              (Words{"Batch wave1 is NO-GO",
                     fmt::format("Batch wave1 is NO-GO; its window opens in 20 hours, "
                                 "2026-12-02T08:00:00.000Z in America/Chicago.\n"
                                 "1 of 2 mailboxes passed, 1 failed, 0 unknown.\n"
                                 "Blocks 1 mailbox: {}\n"
                                 "More: mailpreflight report wave1\n",
                                 denied),
                     "New-ManagementRoleAssignment"}));
    EXPECT_EQ(notice.reason, "it was UNKNOWN");
    EXPECT_EQ(notice.group, "verdict.wave1");
    EXPECT_EQ(notice.severity, Severity::critical);
    EXPECT_EQ(notice.subjects, 1U);
    EXPECT_EQ(notice.cause, std::nullopt);
}

TEST(NoticeWords, sum_up_in_a_digest_the_batches_and_what_is_open) {
    Story story;
    story.plan.batches[0].window.reset();
    story.policy.classes = {NoticeClass::digest, NoticeClass::incident};
    story.policy.last_digest = [](base::SystemTime now) { return std::chrono::floor<std::chrono::days>(now); };
    story.open(Cause::mailbox_disabled);
    story.turn();
    story.incidents[0] = acknowledged(story.incidents[0], "uid 1000 (anna)", "on it", std::nullopt, story.now);
    story.turn();
    story.now += 24h * 7;
    const Notice notice = story.told();
    EXPECT_EQ(words_of(notice),
              (Words{"0 of 1 batches are GO, 1 incidents are open",
                     "Batch wave1 is NO-GO; no window is set.\n"
                     "I1 mailbox_disabled lost on contoso, 1 mailbox, acknowledged by uid 1000 (anna)\n",
                     ""}));
    EXPECT_EQ(notice.severity, Severity::info);
    EXPECT_EQ(notice.subjects, 1U);
}

TEST(NoticeWords, sum_up_after_maintenance_what_changed) {
    Story story;
    story.readiness.at("wave1").verdict = Verdict::unknown;
    story.turn();
    story.maintenance = true;
    story.turn();
    story.open(Cause::mailbox_disabled);
    story.readiness.at("wave1").verdict = Verdict::no_go;
    story.now += 1h;
    story.turn();
    story.maintenance = false;
    const Notice notice = story.told();
    EXPECT_EQ(words_of(notice),
              (Words{"After the maintenance of contoso: 2 changes",
                     "Opened: I1 mailbox_disabled lost on contoso, 1 mailbox\n"
                     "Batch wave1 was UNKNOWN, is NO-GO\n",
                     ""}));
    EXPECT_EQ(notice.since, noon);
}

TEST(NoticeWords, say_where_the_window_is_open_or_was) {
    Story story;
    story.window_in(-1h);
    story.open(Cause::impersonation_denied);
    const std::string open = story.told().text;
    EXPECT_NE(open.find("its window is open since 2026-12-01T11:00:00.000Z in America/Chicago.\n"), std::string::npos)
        << open;
}

TEST(NoticeWords, name_up_to_10_samples_with_when_they_were_last_good_and_all_mailboxes) {
    Story story;
    Incident& incident = story.open(Cause::impersonation_denied, mailbox_key("user00@contoso.example"));
    for (int i = 1; i < 12; ++i) {
        incident.subjects.insert(mailbox_key(fmt::format("user{:02}@contoso.example", i)));
    }
    const TrackKey first = mailbox_key("user00@contoso.example");
    story.tracks[first] = believed(look(first, noon - 3h, Cause::ok));
    const Notice notice = story.told();
    ASSERT_EQ(notice.samples.size(), 10U);
    EXPECT_EQ(notice.samples[0], (NoticeSample{"user00@contoso.example", Check::mailbox_impersonation, noon - 3h}));
    EXPECT_EQ(notice.samples[9], (NoticeSample{"user09@contoso.example", Check::mailbox_impersonation, std::nullopt}));
    EXPECT_EQ(notice.mailboxes.size(), 12U);
    EXPECT_EQ(notice.title, "impersonation_denied lost on contoso, 12 mailboxes");
}

TEST(NoticeWords, call_an_incident_as_bad_as_what_it_is_about_and_how_near_the_window_is) {
    struct Row {
        const char* name;
        Cause cause;
        Direction direction;
        base::Duration window;
        Severity severity;
    };
    for (const Row& row : {
             Row{"rights lost, far away", Cause::impersonation_denied, Direction::lost, 24h * 30, Severity::critical},
             Row{"rights gained, far away", Cause::right_gained, Direction::gained, 24h * 30, Severity::critical},
             Row{"a mailbox, far away", Cause::mailbox_disabled, Direction::lost, 24h * 30, Severity::error},
             Row{"a mailbox, frozen", Cause::mailbox_disabled, Direction::lost, 1h, Severity::critical},
             Row{"a mailbox, moving", Cause::mailbox_disabled, Direction::lost, -1h, Severity::critical},
             Row{"a change, far away", Cause::mailbox_moved, Direction::changed, 24h * 30, Severity::warning},
         }) {
        Story story;
        story.window_in(row.window);
        Incident& incident = story.open(row.cause);
        incident.direction = row.direction;
        EXPECT_EQ(name_of(story.told().severity), name_of(row.severity)) << row.name;
    }
}

TEST(NoticeWords, call_a_verdict_as_bad_as_it_is_and_worse_inside_the_freeze) {
    struct Row {
        Verdict verdict;
        Severity far;
        Severity near;
    };
    for (const Row& row : {Row{Verdict::go, Severity::info, Severity::info},
                           Row{Verdict::no_go, Severity::error, Severity::critical},
                           Row{Verdict::unknown, Severity::warning, Severity::error}}) {
        for (const bool near : {false, true}) {
            Story story;
            const base::Duration freeze = story.plan.schedule.freeze;
            story.policy.pace.wait = story.policy.urgent.wait = 0s;
            story.window_in(near ? freeze : freeze + 1us);
            story.memory["ops"].verdicts["wave1"].verdict = row.verdict == Verdict::go ? Verdict::no_go : Verdict::go;
            story.readiness.at("wave1").verdict = row.verdict;
            EXPECT_EQ(name_of(story.told().severity), name_of(near ? row.near : row.far))
                << name_of(row.verdict) << (near ? " inside" : " outside");
        }
    }
}

TEST(NoticeWords, tell_a_trial_from_an_alarm) {
    const Notice trial = trial_notice("ops", 7, "uid 0 (root)", noon);
    EXPECT_EQ(trial.id, "trial.7.ops");
    EXPECT_EQ(trial.notice_class, NoticeClass::trial);
    EXPECT_EQ(trial.status, NoticeStatus::told);
    EXPECT_EQ(words_of(trial),
              (Words{"TRIAL: mailpreflight can reach you",
                     "This is a trial that uid 0 (root) asked for. Nothing is wrong, and there is nothing to do.\n",
                     ""}));
}

} // namespace
} // namespace mailpreflight::core
