#include "notify/slack.hpp"
#include "notify/teams.hpp"
#include "values.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

/// Slack and Teams: what their services refuse or misread.
namespace mailpreflight::notify {
namespace {

TEST(SlackMessage, of_rights_lost) {
    expect_golden("slack-firing.json", json::write(slack_message(firing(), origin, "https://board.example/")) + "\n");
}

TEST(SlackMessage, of_what_others_wrote_into_it) {
    expect_golden("slack-hostile.json", json::write(slack_message(hostile(), origin)) + "\n");
}

TEST(SlackMessage, calls_no_channel_and_makes_no_link) {
    const json::Value message = slack_message(hostile(), origin);
    EXPECT_THAT(message.at("text").as_string(), ::testing::HasSubstr("&lt;!channel&gt; &amp;"));
    EXPECT_THAT(message.at("text").as_string(), ::testing::Not(::testing::HasSubstr("<")));
}

TEST(SlackMessage, keeps_to_the_limits_of_its_blocks) {
    for (const core::Notice& notice : {firing(), hostile(), huge(), trial(), core::Notice{}}) {
        const json::Value message = slack_message(notice, origin);
        EXPECT_LE(message.at("text").as_string().size(), 3000U);
        EXPECT_LE(message.at("blocks").size(), 50U);
        for (const json::Value& block : message.at("blocks").as_array()) {
            const std::string& type = block.at("type").as_string();
            if (block.has_field("text")) {
                const std::size_t size = block.at("text").at("text").as_string().size();
                EXPECT_GT(size, 0U);
                EXPECT_LE(size, type == "header" ? 150U : 3000U);
            }
            if (block.has_field("fields")) {
                EXPECT_LE(block.at("fields").size(), 10U);
                for (const json::Value& field : block.at("fields").as_array()) {
                    EXPECT_LE(field.at("text").as_string().size(), 2000U);
                }
            }
        }
    }
}

TEST(Mrkdwn, is_never_cut_inside_of_an_entity_or_a_character) {
    EXPECT_EQ(mrkdwn("a<b", 4), "a");
    EXPECT_EQ(mrkdwn("a<b", 5), "a&lt;");
    EXPECT_EQ(mrkdwn("\u00e4\u00e4", 3), "\u00e4");
    EXPECT_EQ(mrkdwn("a<b>&c", 100), "a&lt;b&gt;&amp;c");
}

TEST(TeamsMessage, of_rights_lost) {
    expect_golden("teams-firing.json", teams_message(firing(), origin, "https://board.example/") + "\n");
}

TEST(TeamsMessage, of_what_others_wrote_into_it) {
    expect_golden("teams-hostile.json", teams_message(hostile(), origin) + "\n");
}

TEST(TeamsMessage, is_one_adaptive_card_of_at_most_28_kb) {
    for (const core::Notice& notice : {firing(), hostile(), huge(), trial(), resolved(), verdict(), core::Notice{}}) {
        const std::string text = teams_message(notice, origin);
        EXPECT_LE(text.size(), 28U * 1024U);
        const auto message = json::parse(text);
        ASSERT_TRUE(message);
        ASSERT_EQ(message->at("attachments").size(), 1U);
        const json::Value& attachment = message->at("attachments").at(0);
        EXPECT_EQ(attachment.at("contentType").as_string(), "application/vnd.microsoft.card.adaptive");
        EXPECT_EQ(attachment.at("content").at("version").as_string(), "1.4");
    }
}

TEST(TeamsMessage, fits_also_where_every_byte_takes_three) {
    core::Notice notice = huge();
    notice.title = repeated("\\", 10'000);
    notice.text = repeated("\"\\\n", 100'000);
    notice.remedy = repeated("\"\n", 100'000);
    EXPECT_LE(teams_message(notice, origin).size(), 28U * 1024U);
}

TEST(CardText, shows_the_marks_of_markdown) {
    EXPECT_EQ(card_text("a_b *c* [d](e) `f`"), "a\\_b \\*c\\* \\[d\\](e) \\`f\\`");
}

RC_GTEST_PROP(ChatMessages, are_json_whatever_a_notice_says, (std::string title, std::string text)) {
    core::Notice notice = firing();
    notice.title = title;
    notice.text = notice.remedy = text;
    RC_ASSERT(json::parse(json::write(slack_message(notice, origin))).has_value());
    const std::string card = teams_message(notice, origin);
    RC_ASSERT(json::parse(card).has_value());
    RC_ASSERT(card.size() <= largest_teams_message);
}

} // namespace
} // namespace mailpreflight::notify
