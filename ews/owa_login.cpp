#include "ews/owa_login.hpp"

#include "base/text.hpp"
#include "ews/answer.hpp"
#include "ews/owa_page.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::ews {

namespace {

bool path_contains(const http::Url& url, std::string_view part) {
    const std::string path = base::to_lower(url.target.substr(0, url.target.find('?')));
    return path.find(part) != std::string::npos;
}

bool sets_session_cookies(const http::Response& response) {
    for (const std::string_view cookie : response.headers.all("Set-Cookie")) {
        const std::size_t equals = cookie.find('=');
        const std::string_view value =
            equals == std::string_view::npos ? "" : cookie.substr(equals + 1, cookie.find(';') - equals - 1);
        if (base::starts_with_ignoring_case(cookie, "cadata") && !value.empty()) {
            return true;
        }
    }
    return false;
}

bool is_redirect(const http::Response& response) {
    return response.status == 301 || response.status == 302 || response.status == 303 || response.status == 307 ||
           response.status == 308;
}

LoginVerdict refused(core::Cause cause, std::string detail) {
    return {cause, core::PresentationResult::refused, std::move(detail), std::nullopt};
}

/// The password was looked at and found right, or the request never reached the directory: no refusal either way.
LoginVerdict not_refused(core::Cause cause, std::string detail) {
    return {cause, core::PresentationResult::accepted, std::move(detail), std::nullopt};
}

LoginVerdict judge_logon_page_redirect(const http::Url& to) {
    const std::string reason = query_value(to.target, "reason");
    if (reason.empty() || reason == "0") {
        // Not treated as a try, says the page; we do not trust that enough to present again.
        return {core::Cause::session_not_kept,
                core::PresentationResult::unanswered,
                "the logon page came back without a reason; the form was not taken as a login",
                std::nullopt};
    }
    if (reason == "3") {
        return {core::Cause::session_not_kept, core::PresentationResult::unanswered, "the logon page says that the session expired", std::nullopt};
    }
    return refused(core::Cause::credential_refused, fmt::format("OWA refused the login (reason={})", base::shorten(reason, 20)));
}

LoginVerdict judge_redirect(const http::Url& posted, const http::Url& destination, const http::Response& response) {
    const auto to = http::resolve_location(posted, response.headers.first("Location"));
    if (!to) {
        return {core::Cause::unexpected_answer, core::PresentationResult::unanswered, "a redirect without a readable Location", std::nullopt};
    }
    if (!http::same_origin(*to, posted)) {
        return {core::Cause::front_door,
                core::PresentationResult::unanswered,
                fmt::format("after the login the server sends us to {}; nothing of ours goes there", to->host),
                std::nullopt};
    }
    if (path_contains(*to, "expiredpassword.aspx")) {
        return refused(core::Cause::password_expired, "OWA asks for a new password: the old one has expired or must be changed");
    }
    if (path_contains(*to, "/auth/logon.aspx") || path_contains(*to, "owalogon.asp") || path_contains(*to, "cookieauth.dll")) {
        return judge_logon_page_redirect(*to);
    }
    if (path_contains(*to, "errorfe.aspx")) {
        const std::string error = query_value(to->target, "owaError");
        const core::Cause cause = cause_of_owa_error(error);
        const bool no_mailbox = cause == core::Cause::admin_has_no_mailbox;
        return not_refused(no_mailbox ? core::Cause::ok : cause, no_mailbox ? "logged in; the account has no mailbox of its own" : error);
    }
    if (sets_session_cookies(response)) {
        LoginVerdict verdict = not_refused(core::Cause::ok, "accepted");
        verdict.next = *to;
        return verdict;
    }
    const bool to_destination = to->target == destination.target;
    return {core::Cause::unexpected_answer,
            core::PresentationResult::unanswered,
            to_destination ? "sent on to the destination, but without session cookies" : "a redirect that no OWA gives",
            std::nullopt};
}

} // namespace

LoginVerdict judge_login(const http::Url& posted, const http::Url& destination, const http::Response& response) {
    if (is_redirect(response)) {
        return judge_redirect(posted, destination, response);
    }
    if (response.status == 200) {
        for (const HtmlForm& form : forms_of(response.body)) {
            const auto action = http::resolve_location(posted, form.action);
            if (!form.action.empty() && action && !http::same_origin(*action, posted)) {
                return not_refused(core::Cause::front_door,
                                   fmt::format("the login is handed over to {}; nothing is submitted there", action->host));
            }
        }
        if (shows_sign_in_error(response.body)) {
            return refused(core::Cause::credential_refused, "OWA's logon page says that the login was refused");
        }
        return {core::Cause::unexpected_answer, core::PresentationResult::unanswered, "a page that no login gives", std::nullopt};
    }
    const std::string status = fmt::format("HTTP {} to the form", response.status);
    if (response.status == 400 || response.status == 440) {
        return {core::Cause::request_rejected, core::PresentationResult::unanswered, status, std::nullopt};
    }
    if (response.status == 401) {
        return refused(core::Cause::credential_refused, status);
    }
    return {cause_of_http(response, posted.host), core::PresentationResult::unanswered, status, std::nullopt};
}

PageVerdict judge_page(const http::Url& asked, const http::Response& response) {
    PageVerdict verdict;
    const std::string error_header = base::to_valid_utf8(response.headers.first("X-OWA-Error"));
    const auto judge_error = [&](const std::string& type) {
        verdict.error_type = base::shorten(type, 200);
        verdict.cause = cause_of_owa_error(type);
        verdict.detail = verdict.error_type;
        if (verdict.cause == core::Cause::admin_has_no_mailbox) {
            verdict.has_own_mailbox = false;
        }
    };
    if (is_redirect(response)) {
        const auto to = http::resolve_location(asked, response.headers.first("Location"));
        if (!to || !http::same_origin(*to, asked)) {
            verdict.cause = to ? core::Cause::redirected_elsewhere : core::Cause::unexpected_answer;
            verdict.detail = to ? "redirected to " + to->host : "a redirect without a readable Location";
        } else if (path_contains(*to, "/auth/logon.aspx")) {
            const std::string reason = query_value(to->target, "reason");
            verdict.refused = reason == "2" || reason == "4";
            verdict.cause = verdict.refused ? core::Cause::credential_refused : core::Cause::session_not_kept;
            verdict.detail = "the logon page came back, reason=" + base::shorten(reason.empty() ? "0" : reason, 20);
        } else if (path_contains(*to, "errorfe.aspx")) {
            const std::string type = query_value(to->target, "owaError");
            judge_error(type.empty() ? error_header : type);
        } else if (path_contains(*to, "languageselection.aspx")) {
            verdict.cause = core::Cause::shell_only;
            verdict.detail = "OWA asks for language and time zone: never opened there before";
        } else {
            verdict.detail = "redirected to " + base::shorten(to->target, 100);
        }
        return verdict;
    }
    if (response.status == 440) {
        verdict.cause = core::Cause::session_not_kept;
        verdict.detail = "440 Login Timeout";
        return verdict;
    }
    if (!error_header.empty()) {
        judge_error(error_header);
        return verdict;
    }
    if (response.status != 200) {
        verdict.cause = cause_of_http(response, asked.host);
        verdict.detail = fmt::format("HTTP {}", response.status);
        return verdict;
    }
    const bool mailbox_session = [&] {
        for (const std::string_view cookie : response.headers.all("Set-Cookie")) {
            if (base::starts_with_ignoring_case(cookie, "X-OWA-CANARY=") || base::starts_with_ignoring_case(cookie, "UserContext=")) {
                return true;
            }
        }
        return false;
    }();
    if (owa_logon_form(response.body)) {
        verdict.cause = core::Cause::session_not_kept;
        verdict.detail = "the logon page came back";
    } else if (mailbox_session || !response.headers.first("X-BEServer").empty() || !response.headers.first("X-DiagInfo").empty()) {
        // These come from a mailbox server, behind the login.
        verdict.cause = core::Cause::ok;
        verdict.detail = "a page of a logged-in user came back";
    } else {
        verdict.detail = "a page without any mark of a session";
    }
    return verdict;
}

} // namespace mailpreflight::ews
