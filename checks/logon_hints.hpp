#pragma once

#include "checks/access.hpp"
#include "http/name_hints.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::checks {

/// What a source tells of its logins to somebody who shows no credential: `doctor`'s view. Nothing is presented.
struct LogonHints {
    /// EWS' answer to an anonymous request.
    std::optional<core::Failure> ews_failure;
    int ews_status = 0;                      ///< 0: not asked
    core::Cause ews_cause = core::Cause::ok; ///< what an answer other than 401 means
    std::vector<std::string> offers;
    std::string basic_realm;
    std::optional<http::NtlmTarget> ntlm;      ///< of its NTLM challenge, where it gives one
    std::optional<base::Duration> clock_ahead; ///< the server's clock before ours, by its Date

    /// OWA's logon page.
    std::optional<core::Failure> owa_failure;
    int owa_status = 0; ///< 0: not asked
    bool owa_has_form = false;
    std::string owa_label; ///< what the form calls the user name
    std::vector<std::string> owa_offers;
    std::string owa_front_door; ///< another product that stands before OWA
    std::string owa_leads_to;   ///< another host, to which OWA redirects
};

LogonHints logon_hints(Access& access, const base::Deadline& deadline);

} // namespace mailpreflight::checks
