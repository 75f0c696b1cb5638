#include "http/scheme.hpp"

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::http {

namespace {

bool allows(Scheme scheme, Way way) {
    return scheme == Scheme::automatic || scheme == scheme_of(way);
}

bool can_do(const Means& means, Way way) {
    switch (way) {
    case Way::bearer:
        return means.oauth;
    case Way::kerberos:
        return means.kerberos;
    case Way::ntlm:
    case Way::negotiated_ntlm:
    case Way::basic:
        return means.password;
    }
    throw std::logic_error("no such way");
}

/// As a 401 names it.
std::string_view offer_of(Way way) {
    return way == Way::bearer ? "bearer" : name_of(scheme_of(way));
}

} // namespace

std::string_view name_of(Scheme scheme) {
    switch (scheme) {
    case Scheme::automatic:
        return "auto";
    case Scheme::oauth:
        return "oauth";
    case Scheme::negotiate:
        return "negotiate";
    case Scheme::ntlm:
        return "ntlm";
    case Scheme::basic:
        return "basic";
    }
    throw std::logic_error("no such scheme");
}

std::string_view name_of(Way way) {
    switch (way) {
    case Way::bearer:
        return "bearer";
    case Way::kerberos:
        return "kerberos";
    case Way::ntlm:
        return "ntlm";
    case Way::negotiated_ntlm:
        return "negotiate (ntlm)";
    case Way::basic:
        return "basic";
    }
    throw std::logic_error("no such way");
}

Scheme scheme_of(Way way) {
    switch (way) {
    case Way::bearer:
        return Scheme::oauth;
    case Way::kerberos:
    case Way::negotiated_ntlm:
        return Scheme::negotiate;
    case Way::ntlm:
        return Scheme::ntlm;
    case Way::basic:
        return Scheme::basic;
    }
    throw std::logic_error("no such way");
}

bool is_offered(Way way, const std::vector<std::string>& offers) {
    return std::find(offers.begin(), offers.end(), offer_of(way)) != offers.end();
}

Way way_of(Scheme scheme, const Means& means) {
    switch (scheme) {
    case Scheme::automatic:
        break;
    case Scheme::oauth:
        return Way::bearer;
    case Scheme::negotiate:
        return means.kerberos ? Way::kerberos : Way::negotiated_ntlm;
    case Scheme::ntlm:
        return Way::ntlm;
    case Scheme::basic:
        return Way::basic;
    }
    throw std::logic_error("no such scheme");
}

std::optional<Way> best_way(Scheme scheme, const Means& means, const std::vector<std::string>& offers) {
    for (const Way way : {Way::bearer, Way::kerberos, Way::ntlm, Way::negotiated_ntlm, Way::basic}) {
        const bool spare = way == Way::negotiated_ntlm && means.kerberos; // Kerberos was configured: it is meant
        if (allows(scheme, way) && can_do(means, way) && is_offered(way, offers) && !spare) {
            return way;
        }
    }
    return std::nullopt;
}

} // namespace mailpreflight::http
