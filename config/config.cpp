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
    case AuthChoice::ntlm:
        return "ntlm";
    case AuthChoice::basic:
        return "basic";
    }
    throw std::logic_error("no such choice");
}

bool Limits::is_quiet(base::SystemTime time) const {
    return std::any_of(quiet.begin(), quiet.end(), [&](const QuietTime& span) { return span.contains(time); });
}

bool Source::may_visit(std::string_view host) const {
    const auto wanted = parse_host(host);
    const auto own = parse_endpoint(url);
    return wanted && ((own && own->host == *wanted) || std::find(hosts.begin(), hosts.end(), *wanted) != hosts.end());
}

core::Plan Config::plan() const {
    core::Plan plan{.batches = batches, .schedule = schedule};
    for (const auto& [name, source] : sources) {
        plan.sources.push_back({.name = name,
                                .has_ews = source.ews.has_value(),
                                .has_owa = source.owa.has_value(),
                                .must_not_open = source.must_not_open});
    }
    return plan;
}

} // namespace mailpreflight::config
