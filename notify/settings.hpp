#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "core/receiver.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailpreflight::notify {

/// Where a receiver is spoken to by HTTP. The URL of a chat or a heartbeat is a secret: whoever knows it may write
/// there; so any URL is kept as one, and of none more than scheme, host and port is ever shown.
struct Service {
    base::Secret url;
    std::string ca_file;          ///< PEM; empty: the system's authorities
    bool allow_plaintext = false; ///< http:// also to other hosts than this one
};

enum class MailTls { starttls, implicit, none };
std::string_view name_of(MailTls tls);
std::optional<MailTls> mail_tls_named(std::string_view name);

struct EmailSettings {
    std::string server;
    std::optional<unsigned short> port; ///< else 587, implicit 465, none 25
    MailTls tls =
        MailTls::starttls; ///< starttls: required, never given up; none: never with a password but to this host
    std::string ca_file;
    std::string username; ///< empty: without a login
    base::Secret password;
    std::string from;
    std::vector<std::string> to;
};

struct HeaderField {
    std::string name;
    base::Secret value;
};

struct WebhookSettings {
    Service service;
    base::Secret signing_key;         ///< empty: unsigned
    std::vector<HeaderField> headers; ///< sent as they are, Authorization among them
    std::string body_template;        ///< empty: the body of docs/webhook.schema.json
    std::string content_type = "application/json";
};

struct AlertmanagerSettings {
    Service service;      ///< with or without /api/v2/alerts
    std::string username; ///< with a password: Basic
    base::Secret password;
    base::Secret bearer; ///< instead of a user name
    base::Duration resend_every = std::chrono::minutes(5);
};

struct CommandSettings {
    std::vector<std::string> argv; ///< argv[0] is absolute
    base::Duration time_limit = std::chrono::seconds(30);
};

struct SlackSettings {
    Service service;
};

struct TeamsSettings {
    Service service;
};

struct PagerdutySettings {
    base::Secret routing_key;
    Service service{base::Secret("https://events.pagerduty.com/v2/enqueue"), {}, false};
};

struct HeartbeatSettings {
    Service service;
};

using ReceiverSettings = std::variant<EmailSettings,
                                      WebhookSettings,
                                      AlertmanagerSettings,
                                      CommandSettings,
                                      SlackSettings,
                                      TeamsSettings,
                                      PagerdutySettings>;

/// [notify.NAME] of every kind but heartbeat, which takes no notices, and the journal, which has no table.
struct Settings {
    std::string name;
    ReceiverSettings of;
    std::string
        link; ///< where people see more, the board's address, told where a receiver has a place for it; may be empty
};

/// What is wrong with them, for the configuration check: never a secret, and nothing where they can be used.
std::optional<std::string> problem_of(const Settings& settings);
std::optional<std::string> problem_of(const HeartbeatSettings& settings);

} // namespace mailpreflight::notify
