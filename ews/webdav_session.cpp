#include "ews/webdav_session.hpp"

#include "base/text.hpp"
#include "ews/webdav.hpp"

#include <memory>
#include <utility>

namespace mailpreflight::ews {

WebDavWire wire_of(http::AuthenticatedLane lane) {
    const auto shared = std::make_shared<http::AuthenticatedLane>(std::move(lane));
    return {[shared](const http::Request& request, const base::Deadline& deadline) {
                return shared->exchange(request, deadline);
            },
            [shared] { return shared->alive(); },
            [shared] { return shared->authenticated(); }};
}

WebDavSession::WebDavSession(WebDavWire wire, OwaContext context) :
    wire_(std::move(wire)),
    context_(std::move(context)) {}

core::Outcome<WebDavSession> WebDavSession::log_in(WebDavWire wire,
                                                   OwaContext context,
                                                   const std::string& username,
                                                   const base::Deadline& deadline,
                                                   OwaReport& report) {
    WebDavSession session(std::move(wire), std::move(context));
    const http::Request question = folders_propfind(own_alias(username), session.context_.user_agent);
    const auto response = session.wire_.exchange(question, deadline);
    if (!response) {
        return tl::unexpected(response.error());
    }
    report.evidence = evidence_of(question, *response, session.context_.host, session.context_.port);
    report.build = base::shorten(base::to_valid_utf8(response->headers.first("MS-WebStorage")), 40);
    const WebDavVerdict verdict =
        judge_folders_propfind({"https", session.context_.host, session.context_.port, question.target}, *response);
    report.front_door = verdict.front_door;
    if (!session.wire_.authenticated()) {
        // It did not ask who we are: nothing that it says is about a login.
        const core::Cause cause = verdict.cause == core::Cause::ok ? core::Cause::unexpected_answer : verdict.cause;
        return core::failed(core::Stage::authenticate, cause, verdict.detail + "; the server did not ask for a login");
    }
    // Behind the 401 a 403 is about the alias, which may be somebody else's.
    if (verdict.login != core::PresentationResult::accepted && verdict.cause != core::Cause::access_denied) {
        return core::failed(core::Stage::authenticate, verdict.cause, verdict.detail);
    }
    session.has_own_mailbox_ = verdict.cause == core::Cause::ok;
    session.detail_ = session.has_own_mailbox_ ? "logged in; WebDAV opens the account's own mailbox"
                                               : "logged in; no own mailbox opens by WebDAV: " + verdict.detail;
    return session;
}

core::Outcome<Answer> WebDavSession::open_mailbox(const std::string& address, const base::Deadline& deadline) {
    const http::Request question = folders_propfind(address, context_.user_agent);
    const auto response = wire_.exchange(question, deadline);
    if (!response) {
        return tl::unexpected(response.error());
    }
    const WebDavVerdict verdict =
        judge_folders_propfind({"https", context_.host, context_.port, question.target}, *response);
    if (verdict.session_gone) {
        return core::failed(core::Stage::authenticate, core::Cause::session_not_kept, verdict.detail);
    }
    return webdav_answer(verdict, *response, evidence_of(question, *response, context_.host, context_.port));
}

} // namespace mailpreflight::ews
