#include "notify/pagerduty.hpp"

#include "base/text.hpp"
#include "json/writer.hpp"
#include "notify/body.hpp"
#include "notify/words.hpp"

#include <stdexcept>

namespace mailpreflight::notify {

namespace {

using core::NoticeStatus;
using json::Value;
using json::Writer;

// Events API v2.
constexpr std::size_t longest_key = 255;
constexpr std::size_t longest_summary = 1024;
constexpr std::size_t longest_text = 8000;

std::vector<std::string_view> actions_of(const core::Notice& notice) {
    switch (notice.status) {
    case NoticeStatus::firing:
        return {"trigger"};
    case NoticeStatus::acknowledged:
        return {"acknowledge"};
    case NoticeStatus::resolved:
        return {"resolve"};
    case NoticeStatus::told:
        break;
    }
    return notice.notice_class == core::NoticeClass::trial ? std::vector<std::string_view>{"trigger", "resolve"}
                                                           : std::vector<std::string_view>{};
}

Value details_of(const core::Notice& notice) {
    Writer details;
    for (const Fact& fact : facts(notice)) {
        details.add(fact.label, base::shorten(fact.value, 1000));
    }
    details.add_unless_empty("Text", base::shorten(safe_lines(notice.text), longest_text))
        .add_unless_empty("What mends it", base::shorten(safe_lines(notice.remedy), longest_text));
    const std::vector<std::string> samples = sample_lines(notice);
    if (!samples.empty()) {
        details.add("Samples", samples);
    }
    return details.take();
}

Value payload_of(const core::Notice& notice, const Origin& origin) {
    std::string summary = headline(notice, longest_summary);
    Writer payload;
    payload.add("summary", summary.empty() ? std::string("mailpreflight") : summary)
        .add("source", notice.source.empty() ? origin.host : notice.source)
        .add("severity", core::name_of(notice.severity))
        .add("timestamp", notice.since.value_or(notice.at))
        .add("component", "mailpreflight")
        .add("group", notice.group)
        .add("class", notice.cause ? core::code_of(*notice.cause) : core::name_of(notice.notice_class))
        .add("custom_details", details_of(notice));
    return payload.take();
}

} // namespace

std::vector<Value> pagerduty_events(const core::Notice& notice, const Origin& origin, std::string_view link) {
    std::vector<Value> events;
    for (const std::string_view action : actions_of(notice)) {
        Writer event;
        event.add("event_action", action).add("dedup_key", base::shorten(dedup_key(notice, origin), longest_key));
        if (action == "trigger") {
            event.add("client", "mailpreflight").add_unless_empty("client_url", link);
        }
        event.add("payload", payload_of(notice, origin));
        events.push_back(event.take());
    }
    return events;
}

Pagerduty::Pagerduty(ServiceDoor door, PagerdutySettings settings, Origin origin, std::string link) :
    door_(std::move(door)),
    settings_(std::move(settings)),
    origin_(std::move(origin)),
    link_(std::move(link)) {}

Delivery Pagerduty::send(const core::Notice& notice, const base::Deadline& deadline) {
    Delivery delivery{DeliveryResult::delivered, "nothing of it is for PagerDuty", std::nullopt};
    for (const Value& event : pagerduty_events(notice, origin_, link_)) {
        std::string text = json::write(event);
        // Written by hand, as the first member: a JSON value would leave the key in memory.
        Post post{.body = settings_.routing_key.expose_to([&](std::string_view key) {
            std::string whole;
            whole.reserve(text.size() + key.size() + 32);
            return whole.append(R"({"routing_key":")").append(key).append("\",").append(text.substr(1));
        })};
        post.headers.add("Content-Type", "application/json");
        delivery = door_.send(std::move(post), deadline);
        if (delivery.result != DeliveryResult::delivered) {
            break;
        }
    }
    return delivery;
}

} // namespace mailpreflight::notify
