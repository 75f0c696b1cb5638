#include "notify/webhook.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"
#include "notify/body.hpp"
#include "notify/body_template.hpp"
#include "notify/signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mailpreflight::notify {

namespace {

constexpr std::array ours{"Host",
                          "Content-Type",
                          "Content-Length",
                          "Transfer-Encoding",
                          "Connection",
                          "Expect",
                          "Accept-Encoding",
                          "Idempotency-Key",
                          "X-Mailpreflight-Signature",
                          "User-Agent"};

bool is_field_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

bool is_field_value(std::string_view value) {
    return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

} // namespace

Post webhook_post(const core::Notice& notice,
                  const Origin& origin,
                  const WebhookSettings& settings,
                  std::string_view link,
                  base::SystemTime now) {
    Post post;
    post.body = settings.body_template.empty() ? json::write(body(notice, origin, link))
                                               : filled(settings.body_template, notice, origin);
    post.headers.add("Content-Type", settings.content_type);
    post.headers.add("User-Agent", "mailpreflight/" + base::safe(origin.version));
    post.headers.add("Idempotency-Key", base::safe(notice.id));
    if (!settings.signing_key.empty()) {
        post.headers.add("X-Mailpreflight-Signature", signature(settings.signing_key, now, post.body));
    }
    for (const HeaderField& field : settings.headers) {
        field.value.expose_to([&](std::string_view value) { post.headers.add(field.name, std::string(value)); });
    }
    return post;
}

std::optional<std::string> problem_of_webhook(const WebhookSettings& settings) {
    for (const HeaderField& field : settings.headers) {
        const bool is_ours = std::any_of(
            ours.begin(), ours.end(), [&](const char* name) { return base::equals_ignoring_case(field.name, name); });
        if (!is_field_name(field.name) || is_ours) {
            return fmt::format("{} is no header field that can be added", base::safe(field.name));
        }
        if (!field.value.expose_to(is_field_value)) {
            return fmt::format("the value of {} holds a line end, or bytes beyond ASCII", field.name);
        }
    }
    if (!is_field_value(settings.content_type) || settings.content_type.empty()) {
        return "content_type is no media type";
    }
    return problem_of_template(settings.body_template, settings.content_type.find("json") != std::string::npos);
}

Webhook::Webhook(ServiceDoor door, WebhookSettings settings, Origin origin, std::string link) :
    door_(std::move(door)),
    settings_(std::move(settings)),
    origin_(std::move(origin)),
    link_(std::move(link)) {}

Delivery Webhook::send(const core::Notice& notice, const base::Deadline& deadline) {
    return door_.send(webhook_post(notice, origin_, settings_, link_, base::RealClock().now()), deadline);
}

} // namespace mailpreflight::notify
