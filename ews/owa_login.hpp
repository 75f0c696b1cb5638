#pragma once

#include "core/cause.hpp"
#include "core/credential_gate.hpp"
#include "ews/front_door.hpp"
#include "http/message.hpp"
#include "http/url.hpp"

#include <optional>
#include <string>

namespace mailpreflight::ews {

/// What the answer to the form POST says (owa-and-auth.md 2.5). Pure. An expired password is `refused` for the guard
/// although it was right: 9.4 rule 5 stops the account until the secret changes or an operator says so.
struct LoginVerdict {
    core::Cause cause = core::Cause::unexpected_answer; ///< ok: accepted, `next` is to be fetched as the second proof
    core::PresentationResult result = core::PresentationResult::unanswered;
    std::string detail;
    std::optional<http::Url> next;
    bool has_own_mailbox = true;
    std::optional<FrontDoor> front_door = {}; ///< that answered in OWA's place
};

/// `posted`: the URL that was posted to; `destination`: what we asked to be sent to.
LoginVerdict judge_login(const http::Url& posted, const http::Url& destination, const http::Response& response);

/// What an answer to a GET with session cookies says of the session (2.6, 2.8, 2.10). ok: a logged-in user's page.
struct PageVerdict {
    core::Cause cause = core::Cause::unexpected_answer;
    std::string detail;
    bool has_own_mailbox = true;
    std::string error_type;        ///< OWA's exception type, where it names one
    bool refused = false;          ///< it led back to the logon page with reason=2: the cookies' password was refused
    bool tells_nothing = false;    ///< a gateway's word: nobody may have looked at the cookies
    std::optional<http::Url> next; ///< a redirect within OWA that may be followed
};
PageVerdict judge_page(const http::Url& asked, const http::Response& response);

} // namespace mailpreflight::ews
