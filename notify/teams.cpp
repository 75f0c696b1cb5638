#include "notify/teams.hpp"

#include "base/text.hpp"
#include "json/writer.hpp"
#include "notify/words.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace mailpreflight::notify {

namespace {

using json::Value;
using json::Writer;

std::string_view colour_of(const core::Notice& notice) {
    if (notice.status == core::NoticeStatus::resolved) {
        return "good";
    }
    switch (notice.severity) {
    case core::Severity::info:
        return "default";
    case core::Severity::warning:
        return "warning";
    case core::Severity::error:
    case core::Severity::critical:
        return "attention";
    }
    throw std::logic_error("no such severity");
}

Writer block(std::string_view text) {
    Writer writer;
    writer.add("type", "TextBlock").add("text", text).add("wrap", true);
    return writer;
}

/// One block a line: in one TextBlock Teams joins them.
void add_lines(std::vector<Value>& to, std::string_view text, std::size_t limit, bool is_code) {
    const std::string cut = base::shorten(safe_lines(text), limit);
    for (const std::string& line : base::split(base::trim(cut), '\n')) {
        if (!line.empty()) {
            Writer writer = block(card_text(line));
            writer.add("spacing", "small");
            if (is_code) {
                writer.add("fontType", "monospace");
            }
            to.push_back(writer.take());
        }
    }
}

Value facts_of(const core::Notice& notice, std::size_t limit) {
    std::vector<Value> list;
    for (const Fact& fact : facts(notice)) {
        if (list.size() == 12) {
            break; // Teams shows no more anyway
        }
        list.push_back(Writer()
                           .add("title", card_text(base::shorten(fact.label, limit / 4)))
                           .add("value", card_text(base::shorten(fact.value, limit / 4)))
                           .take());
    }
    return Writer().add("type", "FactSet").add("facts", Value::array(std::move(list))).take();
}

std::string message_of(const core::Notice& notice, const Origin& origin, std::string_view link, std::size_t limit) {
    std::vector<Value> content{block(card_text(headline(notice, std::min<std::size_t>(limit, 250))))
                                   .add("size", "large")
                                   .add("weight", "bolder")
                                   .add("color", colour_of(notice))
                                   .take()};
    add_lines(content, notice.text, limit, false);
    content.push_back(facts_of(notice, limit));
    std::string samples = base::join(sample_lines(notice), "\n");
    if (const std::size_t more = beyond_samples(notice); more > 0 && !samples.empty()) {
        samples += fmt::format("\nand {} more", more);
    }
    add_lines(content, samples, limit, false);
    if (!notice.remedy.empty()) {
        content.push_back(block("What mends it").add("weight", "bolder").take());
        add_lines(content, notice.remedy, limit, true);
    }
    content.push_back(block(card_text(base::shorten(signature_line(notice, origin), limit)))
                          .add("isSubtle", true)
                          .add("size", "small")
                          .take());
    Writer card;
    card.add("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
        .add("type", "AdaptiveCard")
        .add("version", "1.4")
        .add("body", Value::array(std::move(content)))
        .add("msteams", Writer().add("width", "Full").take());
    if (!link.empty()) {
        std::vector<Value> actions{
            Writer().add("type", "Action.OpenUrl").add("title", "Open the board").add("url", link).take()};
        card.add("actions", Value::array(std::move(actions)));
    }
    std::vector<Value> attachments{
        Writer().add("contentType", "application/vnd.microsoft.card.adaptive").add("content", card.take()).take()};
    return json::write(Writer().add("type", "message").add("attachments", Value::array(std::move(attachments))).take());
}

} // namespace

std::string card_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view("\\`*_[]#~|<>").find(c) != std::string_view::npos) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

std::string teams_message(const core::Notice& notice, const Origin& origin, std::string_view link) {
    std::string message;
    for (std::size_t limit = 6000; limit > 50; limit /= 2) {
        message = message_of(notice, origin, link, limit);
        if (message.size() <= largest_teams_message) {
            break;
        }
    }
    return message;
}

Teams::Teams(ServiceDoor door, Origin origin, std::string link) :
    door_(std::move(door)),
    origin_(std::move(origin)),
    link_(std::move(link)) {}

Delivery Teams::send(const core::Notice& notice, const base::Deadline& deadline) {
    Post post{.body = teams_message(notice, origin_, link_)};
    post.headers.add("Content-Type", "application/json");
    return door_.send(std::move(post), deadline);
}

} // namespace mailpreflight::notify
