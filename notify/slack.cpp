#include "notify/slack.hpp"

#include "base/text.hpp"
#include "json/writer.hpp"
#include "notify/words.hpp"

#include <fmt/format.h>

namespace mailpreflight::notify {

namespace {

using json::Value;
using json::Writer;

// Slack refuses a message with a block beyond its limits.
constexpr std::size_t longest_header = 150;
constexpr std::size_t longest_section = 2900;
constexpr std::size_t longest_field = 400;
constexpr std::size_t most_fields = 10;

Value plain(std::string_view text) {
    return Writer().add("type", "plain_text").add("text", text).add("emoji", false).take();
}

Value marked(std::string_view text) {
    return Writer().add("type", "mrkdwn").add("text", text).take();
}

Value section(std::string_view text) {
    return Writer().add("type", "section").add("text", marked(text)).take();
}

Value fields_of(const core::Notice& notice) {
    std::vector<Value> fields;
    for (const Fact& fact : facts(notice)) {
        if (fields.size() < most_fields) {
            fields.push_back(
                marked(fmt::format("*{}*\n{}", mrkdwn(fact.label, 100), mrkdwn(fact.value, longest_field))));
        }
    }
    return Writer().add("type", "section").add("fields", Value::array(std::move(fields))).take();
}

std::string samples_text(const core::Notice& notice) {
    std::string text;
    for (const std::string& line : sample_lines(notice)) {
        text += "\u2022 " + line + "\n";
    }
    if (const std::size_t more = beyond_samples(notice); more > 0 && !text.empty()) {
        text += fmt::format("and {} more\n", more);
    }
    return text;
}

} // namespace

std::string mrkdwn(std::string_view text, std::size_t limit) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t length = 1;
        while (at + length < text.size() && (static_cast<unsigned char>(text[at + length]) & 0xC0U) == 0x80U) {
            ++length;
        }
        const std::string_view character = text.substr(at, length);
        const std::string_view written = character == "&"   ? "&amp;"
                                         : character == "<" ? "&lt;"
                                         : character == ">" ? "&gt;"
                                                            : character;
        if (out.size() + written.size() > limit) {
            break;
        }
        out += written;
        at += length;
    }
    return out;
}

Value slack_message(const core::Notice& notice, const Origin& origin, std::string_view link) {
    const std::string title = headline(notice);
    const std::string text = safe_lines(notice.text);
    std::vector<Value> blocks{
        Writer()
            .add("type", "header")
            .add("text", plain(base::shorten(title.empty() ? "mailpreflight" : title, longest_header)))
            .take()};
    if (!text.empty()) {
        blocks.push_back(section(mrkdwn(text, longest_section)));
    }
    blocks.push_back(fields_of(notice));
    if (const std::string samples = samples_text(notice); !samples.empty()) {
        blocks.push_back(section(mrkdwn(samples, longest_section)));
    }
    if (const std::string remedy = safe_lines(notice.remedy); !remedy.empty()) {
        blocks.push_back(section("*What mends it*\n```" + mrkdwn(remedy, longest_section - 100) + "```"));
    }
    std::string closing = mrkdwn(signature_line(notice, origin), longest_section);
    if (!link.empty()) {
        closing += " \u00b7 " + mrkdwn(link, longest_field);
    }
    blocks.push_back(
        Writer().add("type", "context").add("elements", Value::array(std::vector<Value>{marked(closing)})).take());
    return Writer()
        .add("text", mrkdwn(fmt::format("*{}*\n{}", title, text), longest_section))
        .add("blocks", Value::array(std::move(blocks)))
        .take();
}

Slack::Slack(ServiceDoor door, Origin origin, std::string link) :
    door_(std::move(door)),
    origin_(std::move(origin)),
    link_(std::move(link)) {}

Delivery Slack::send(const core::Notice& notice, const base::Deadline& deadline) {
    Post post{.body = json::write(slack_message(notice, origin_, link_))};
    post.headers.add("Content-Type", "application/json");
    return door_.send(std::move(post), deadline);
}

} // namespace mailpreflight::notify
