#include "notify/pagerduty.hpp"

#include "values.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::notify {
namespace {

std::vector<std::string> actions(const core::Notice& notice) {
    std::vector<std::string> list;
    for (const json::Value& event : pagerduty_events(notice, origin)) {
        list.push_back(event.at("event_action").as_string());
    }
    return list;
}

TEST(PagerdutyEvents, of_rights_lost) {
    expect_golden("pagerduty-firing.json",
                  json::write(pagerduty_events(firing(), origin, "https://board.example/").at(0)) + "\n");
}

TEST(PagerdutyEvents, follow_the_status) {
    core::Notice acknowledged = firing();
    acknowledged.status = core::NoticeStatus::acknowledged;
    EXPECT_EQ(actions(firing()), std::vector<std::string>{"trigger"});
    EXPECT_EQ(actions(acknowledged), std::vector<std::string>{"acknowledge"});
    EXPECT_EQ(actions(resolved()), std::vector<std::string>{"resolve"});
    EXPECT_EQ(actions(trial()), (std::vector<std::string>{"trigger", "resolve"}));
    EXPECT_EQ(actions(verdict()), std::vector<std::string>{});
}

TEST(PagerdutyEvents, of_one_group_have_one_key) {
    const auto key = [](const core::Notice& notice) {
        return pagerduty_events(notice, origin).at(0).at("dedup_key").as_string();
    };
    EXPECT_EQ(key(firing()), "0123456789abcdef/I17");
    EXPECT_EQ(key(firing()), key(resolved()));
}

TEST(PagerdutyEvents, keep_to_its_limits) {
    for (core::Notice notice : {firing(), hostile(), huge(), trial()}) {
        notice.group += repeated("x", 400);
        for (const json::Value& event : pagerduty_events(notice, origin)) {
            EXPECT_LE(event.at("dedup_key").as_string().size(), 255U);
            EXPECT_LE(event.at("payload").at("summary").as_string().size(), 1024U);
            EXPECT_LE(json::write(event).size(), 512U * 1024U);
        }
    }
}

} // namespace
} // namespace mailpreflight::notify
