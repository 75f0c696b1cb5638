#pragma once

#include "core/cause.hpp"
#include "core/credential_gate.hpp"
#include "ews/answer.hpp"
#include "ews/front_door.hpp"
#include "http/message.hpp"
#include "http/url.hpp"

#include <optional>
#include <string>
#include <string_view>

// /exchange: WebDAV of Exchange 2003 and 2007, an alias of /owa in 2010, nothing later (owa-and-auth.md 1.3, 3.5).
namespace mailpreflight::ews {

/// What the first answer at /exchange, to a GET without credentials, says stands there.
enum class ExchangeDoor {
    form,  ///< forms login in front of WebDAV
    http,  ///< WebDAV behind a 401
    alias, ///< a redirect to /owa on the same host
    none,  ///< none of these: `cause` says why
};

struct ExchangeDoorVerdict {
    ExchangeDoor door = ExchangeDoor::none;
    core::Cause cause = core::Cause::ok; ///< of `none`
    std::string detail;
    std::optional<FrontDoor> front_door;
};

/// Pure.
ExchangeDoorVerdict judge_exchange_door(const http::Url& asked, const http::Response& response);

/// The address, or an alias, as one segment of a path; "@" stays, as OWA and WebDAV recognise an address by it.
std::string path_segment(std::string_view name);

/// The alias under which an account's own mailbox may stand: "migadmin" of CONTOSO\migadmin and
/// migadmin@contoso.example.
std::string own_alias(std::string_view username);

/// PROPFIND of /exchange/NAME/, Depth 0: asks where the well-known folders are. It reads only.
http::Request folders_propfind(std::string_view name, const std::string& user_agent);

/// What the answer to that PROPFIND says of the mailbox, and of the login that it carried.
struct WebDavVerdict {
    core::Cause cause = core::Cause::unexpected_answer;
    std::string detail;
    /// accepted: only who is logged in gets that answer. refused: the logon page came back with that word.
    core::PresentationResult login = core::PresentationResult::unanswered;
    bool session_gone = false; ///< 440, 401 or the logon page in place of an answer
    std::optional<FrontDoor> front_door;
};

/// Pure. Every answer but a 207 with the inbox in a propstat of 200 is no pass.
WebDavVerdict judge_folders_propfind(const http::Url& asked, const http::Response& response);

/// The same as a word about the mailbox.
Answer webdav_answer(const WebDavVerdict& verdict, const http::Response& response, core::Evidence evidence);

} // namespace mailpreflight::ews
