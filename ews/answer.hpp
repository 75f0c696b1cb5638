#pragma once

#include "base/clock.hpp"
#include "core/failure.hpp"
#include "core/observation.hpp"
#include "ews/envelope.hpp"
#include "ews/front_door.hpp"
#include "ews/response_code.hpp"
#include "ews/server_version.hpp"
#include "ews/xml.hpp"
#include "http/message.hpp"

#include <optional>
#include <string>

namespace mailpreflight::ews {

/// The service's own word about a call. cause ok: it did what was asked.
struct Answer {
    core::Cause cause = core::Cause::unexpected_answer;
    std::string detail;
    core::Evidence evidence;
    std::optional<ServerVersion> server_version;
    std::optional<base::Duration> back_off;     ///< zero: it said busy without a number
    bool version_refused = false;               ///< the same may work with an older request version
    std::optional<std::string> primary_address; ///< named by ErrorNonPrimarySmtpAddress
    std::optional<FrontDoor> front_door;        ///< what answered in Exchange's place
};

/// What an answer says before anything operation-specific is read: SOAP faults at whatever status, and answers that are
/// no SOAP at all judged by status and headers (ews.md 5.1). `message` is the operation's first response message when
/// there is one.
struct Read {
    Answer answer;
    std::optional<Element> message;
};

/// Pure. `response_name`: local name of the expected element in the body, "GetFolderResponse". Anything but exactly one
/// response message is an unexpected_answer, never a denial.
Read read_answer(const http::Request& request,
                 const http::Response& response,
                 const CallContext& context,
                 std::string_view response_name,
                 Operation operation);

/// The same for an answer that came before anybody logged in: it can be a redirect or an error, never the service's
/// word.
Read read_unasked_answer(const http::Request& request, const http::Response& response, const CallContext& context);

/// Evidence of an HTTP answer: status, request ids, front-end and back-end names.
core::Evidence
evidence_of(const http::Request& request, const http::Response& response, const std::string& host, unsigned short port);

/// The cause of an answer that is no SOAP (ews.md 5.1). 401 never comes here.
core::Cause cause_of_http(const http::Response& response, const std::string& host);

/// What asks for a login of its own, or blocks, in front of EWS; none: Exchange itself, or nobody knows.
std::optional<FrontDoor> front_door_before_ews(const http::Response& response, const std::string& host);

/// Retry-After in seconds, if it is there and sane.
std::optional<base::Duration> retry_after(const http::Response& response);

} // namespace mailpreflight::ews
