#include "config/config.hpp"

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::config {

std::string_view name_of(SourceType type) {
    switch (type) {
    case SourceType::exchange:
        return "exchange";
    case SourceType::imap:
        return "imap";
    case SourceType::pop3:
        return "pop3";
    }
    throw std::logic_error("no such source type");
}

std::string_view name_of(AuthChoice choice) {
    switch (choice) {
    case AuthChoice::automatic:
        return "auto";
    case AuthChoice::oauth:
        return "oauth";
    case AuthChoice::negotiate:
        return "negotiate";
    case AuthChoice::ntlm:
        return "ntlm";
    case AuthChoice::basic:
        return "basic";
    }
    throw std::logic_error("no such choice");
}

std::string_view our_user_agent() {
    return MAILPREFLIGHT_USER_AGENT;
}

bool Limits::is_quiet(base::SystemTime time) const {
    return std::any_of(quiet.begin(), quiet.end(), [&](const QuietTime& span) { return span.contains(time); });
}

bool Source::in_maintenance(base::SystemTime time) const {
    return std::any_of(
        maintenance.begin(), maintenance.end(), [&](const Maintenance& one) { return one.contains(time); });
}

bool Source::may_visit(std::string_view host) const {
    const auto wanted = parse_host(host);
    const auto own = parse_endpoint(url);
    return wanted && ((own && own->host == *wanted) || std::find(hosts.begin(), hosts.end(), *wanted) != hosts.end());
}

bool Source::is_exchange_online() const {
    return ews && core::cloud_of_host(ews->host);
}

namespace {

bool has_own_logins(const std::vector<core::Batch>& batches, const std::string& source) {
    return std::any_of(batches.begin(), batches.end(), [&](const core::Batch& batch) {
        return batch.source == source &&
               std::find(batch.prove.begin(), batch.prove.end(), core::Way::own_login) != batch.prove.end();
    });
}

} // namespace

core::Plan Config::plan() const {
    core::Plan plan{.batches = batches, .schedule = schedule};
    for (const auto& [name, source] : sources) {
        plan.sources.push_back({.name = name,
                                .has_ews = source.ews.has_value(),
                                .has_owa = source.owa.has_value(),
                                .has_user_agent = source.has_own_user_agent(),
                                .must_not_open = source.must_not_open,
                                .is_exchange_online = source.is_exchange_online(),
                                .requests_per_second = source.limits.requests_per_second,
                                .has_own_logins = has_own_logins(batches, name)});
    }
    return plan;
}

} // namespace mailpreflight::config
