#pragma once

#include "config/quiet_time.hpp"
#include "config/secret_file.hpp"
#include "core/notice_policy.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailpreflight::config {

/// [notify.NAME]
struct Receiver {
    std::string name;
    core::ReceiverKind kind = core::ReceiverKind::email;

    // what it hears, and how often
    std::set<std::string> sources;
    std::set<std::string> batches;
    std::set<core::NoticeClass> classes;
    core::Severity at_least = core::Severity::info;
    bool resolved = true;
    core::NoticePace pace = core::NoticePolicy{}.pace;
    core::NoticePace urgent = core::NoticePolicy{}.urgent;
    base::Duration rights_repeat = core::NoticePolicy{}.rights_repeat;
    int most_an_hour = 20;
    std::optional<int> digest; ///< minute of the day; nothing: no digests
    std::string digest_zone;   ///< IANA name
    base::Duration give_up_after = std::chrono::hours(48);
    std::string link;

    // where it is, as its kind needs it
    std::string server;
    int port = 0; ///< 0: the usual one
    std::string mail_tls = "starttls";
    std::string ca_file;
    std::string username;
    std::optional<SecretReference> password;
    std::string from;
    std::vector<std::string> to;
    std::string url; ///< as written, where it is no secret
    std::optional<SecretReference> secret_url;
    bool plain_http = false;
    std::optional<SecretReference> signing_key;
    std::optional<SecretReference> authorization;
    std::optional<SecretReference> bearer;
    std::optional<SecretReference> routing_key;
    std::string body_template; ///< the file's content
    std::string content_type = "application/json";
    base::Duration resend_every = std::chrono::minutes(1);
    std::vector<std::string> command;
    base::Duration time_limit = std::chrono::seconds(30);

    bool operator==(const Receiver& other) const = default;
};

/// What planning needs of it.
core::NoticePolicy policy_of(const Receiver& receiver);

/// A time in which a source's notices are held: every week, or once.
struct Maintenance {
    std::optional<QuietTime> weekly;
    base::SystemTime start; ///< of one that is once
    base::SystemTime end;

    [[nodiscard]] bool contains(base::SystemTime time) const;

    bool operator==(const Maintenance&) const = default;
};

/// Reads what parse_quiet_time() reads, or "2026-12-01 22:00 to 2026-12-02 02:00 America/Chicago".
base::Result<Maintenance> parse_maintenance(std::string_view text);

} // namespace mailpreflight::config
