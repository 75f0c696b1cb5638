#include "notify/settings.hpp"

#include "base/prose.hpp"
#include "notify/email.hpp"
#include "notify/service_door.hpp"
#include "notify/webhook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::notify {

namespace {

using Problem = std::optional<std::string>;

bool is_in_one_field(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

Problem problem(const EmailSettings& settings) {
    return problem_of_email(settings);
}

Problem problem(const WebhookSettings& settings) {
    const Problem found = problem_of_service(settings.service);
    return found ? found : problem_of_webhook(settings);
}

Problem problem(const AlertmanagerSettings& settings) {
    if (const Problem found = problem_of_service(settings.service)) {
        return found;
    }
    if (!settings.bearer.empty() && !settings.username.empty()) {
        return "a user name and a bearer token exclude each other";
    }
    if (settings.username.empty() != settings.password.empty()) {
        return "username and password belong together";
    }
    if (!settings.bearer.expose_to(is_in_one_field)) {
        return "the bearer token holds a line end, or bytes beyond ASCII";
    }
    return settings.resend_every < std::chrono::seconds(1) ? Problem("resend_every is below 1s") : std::nullopt;
}

Problem problem(const CommandSettings& settings) {
    if (settings.argv.empty() || !settings.argv.front().starts_with('/')) {
        return "the program must be named by its absolute path";
    }
    for (const std::string& argument : settings.argv) {
        if (argument.find('\0') != std::string::npos) {
            return "an argument holds a zero byte";
        }
    }
    return settings.time_limit <= base::Duration::zero() ? Problem("time_limit is not positive") : std::nullopt;
}

Problem problem(const SlackSettings& settings) {
    return problem_of_service(settings.service);
}

Problem problem(const TeamsSettings& settings) {
    return problem_of_service(settings.service);
}

Problem problem(const PagerdutySettings& settings) {
    const bool is_key = settings.routing_key.expose_to([](std::string_view key) {
        return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
    });
    return is_key ? problem_of_service(settings.service)
                  : Problem("the routing key is missing, or holds other bytes than letters and digits");
}

} // namespace

std::string_view name_of(MailTls tls) {
    switch (tls) {
    case MailTls::starttls:
        return "starttls";
    case MailTls::implicit:
        return "implicit";
    case MailTls::none:
        return "none";
    }
    throw std::logic_error("no such TLS of mail");
}

std::optional<MailTls> mail_tls_named(std::string_view name) {
    for (const MailTls tls : {MailTls::starttls, MailTls::implicit, MailTls::none}) {
        if (name_of(tls) == name) {
            return tls;
        }
    }
    return std::nullopt;
}

std::optional<std::string> problem_of(const Settings& settings) {
    return std::visit([](const auto& of) { return problem(of); }, settings.of);
}

std::optional<std::string> problem_of(const HeartbeatSettings& settings) {
    return problem_of_service(settings.service);
}

} // namespace mailpreflight::notify
