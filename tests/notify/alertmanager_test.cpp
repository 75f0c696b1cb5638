#include "notify/alertmanager.hpp"

#include "values.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::notify {
namespace {

json::Value alerts_of(const core::Notice& notice, base::SystemTime now = noon) {
    return alerts(notice, origin, 5min, "https://board.example/", now);
}

std::string text_of(const core::Notice& notice) {
    return json::write(alerts_of(notice));
}

/// The labels and the end of the alert with that severity.
json::Value alert_with(const json::Value& list, std::string_view severity) {
    for (const json::Value& alert : list.as_array()) {
        if (alert.at("labels").at("severity").as_string() == severity) {
            return alert;
        }
    }
    return {};
}

std::string end_of(const json::Value& list, std::string_view severity) {
    return alert_with(list, severity).at("endsAt").as_string();
}

TEST(Alerts, of_rights_lost) {
    expect_golden("alertmanager-firing.json", text_of(firing()) + "\n");
}

TEST(Alerts, of_what_is_resolved) {
    expect_golden("alertmanager-resolved.json", text_of(resolved()) + "\n");
}

TEST(Alerts, of_a_verdict) {
    expect_golden("alertmanager-verdict.json", text_of(verdict()) + "\n");
}

TEST(Alerts, that_fire_end_by_themselves_after_four_times_the_interval) {
    const json::Value list = alerts_of(firing(), noon + 30min);
    EXPECT_EQ(end_of(list, "critical"), "2026-12-01T12:50:00.000000Z");
    core::Notice acknowledged = firing();
    acknowledged.status = core::NoticeStatus::acknowledged;
    EXPECT_EQ(end_of(alerts_of(acknowledged, noon + 30min), "critical"), "2026-12-01T12:50:00.000000Z");
}

TEST(Alerts, fire_under_one_severity_alone_and_end_under_any) {
    const json::Value list = alerts_of(firing());
    EXPECT_EQ(list.size(), 4U);
    for (const char* const severity : {"info", "warning", "error"}) {
        EXPECT_EQ(end_of(list, severity), "2026-12-01T12:00:00.000000Z");
    }
    const json::Value ended = alerts_of(resolved(), noon + 2h);
    for (const char* const severity : {"info", "warning", "error", "critical"}) {
        EXPECT_EQ(end_of(ended, severity), "2026-12-01T13:00:00.000000Z");
        EXPECT_EQ(alert_with(ended, severity).at("labels"), alert_with(list, severity).at("labels"));
    }
}

TEST(Alerts, keep_their_labels_whatever_becomes_of_the_incident) {
    core::Notice grown = firing();
    grown.batches.push_back(grown.batches.front());
    grown.title = grown.text = grown.reason = grown.id = "otherwise";
    grown.subjects = 9;
    grown.at += 5h;
    EXPECT_EQ(alert_with(alerts_of(grown), "critical").at("labels"),
              alert_with(alerts_of(firing()), "critical").at("labels"));
    EXPECT_FALSE(alert_with(alerts_of(firing()), "critical").at("labels").has_field("batch"));
    EXPECT_EQ(alert_with(alerts_of(verdict()), "error").at("labels").at("batch").as_string(), "wave1");
}

TEST(Alerts, never_end_before_they_start) {
    core::Notice notice = resolved();
    notice.since = noon + 3h;
    const json::Value list = alerts_of(notice);
    for (const json::Value& alert : list.as_array()) {
        EXPECT_GE(alert.at("endsAt").as_string(), alert.at("startsAt").as_string());
    }
}

TEST(Alerts, are_made_of_verdicts_and_trials_for_a_while_and_of_no_other_news) {
    EXPECT_EQ(alerts_of(verdict()).size(), 1U);
    EXPECT_EQ(end_of(alerts_of(verdict()), "error"), "2026-12-01T12:20:00.000000Z");
    EXPECT_EQ(alerts_of(trial()).size(), 1U);
    for (const core::NoticeClass quiet :
         {core::NoticeClass::digest, core::NoticeClass::summary, core::NoticeClass::held}) {
        core::Notice notice = verdict();
        notice.notice_class = quiet;
        EXPECT_EQ(text_of(notice), "[]");
    }
}

RC_GTEST_PROP(Alerts, never_name_an_address, ()) {
    const auto name = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("abz09.-_'+%!")));
    const std::string address = "u" + name + "x@contoso.example";
    const auto before = *rc::gen::element<std::string>("", " ", "(", "\"", "<", "a:", "smtp:", "\n");
    core::Notice notice = firing();
    const std::string text = before + address + *rc::gen::element<std::string>("", ".", ")", ">", ",", "\n");
    notice.title = notice.text = notice.remedy = notice.reason = text;
    notice.source = notice.group = text;
    notice.batches.front().name = text;
    notice.samples.front().subject = address;
    const bool is_declared = *rc::gen::arbitrary<bool>();
    notice.mailboxes = is_declared ? std::vector<std::string>{address} : std::vector<std::string>{};
    const std::string written = text_of(notice);
    RC_ASSERT(written.find("@") == std::string::npos);
    RC_ASSERT(written.find("contoso.example") == std::string::npos);
}

TEST(Alerts, never_name_an_address_that_others_wrote) {
    for (const core::Notice& notice : {firing(), hostile(), huge(), resolved()}) {
        EXPECT_THAT(text_of(notice), ::testing::Not(::testing::HasSubstr("@"))) << text_of(notice);
    }
}

} // namespace
} // namespace mailpreflight::notify
