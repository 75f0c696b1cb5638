#include "ews/owa_login.hpp"

#include "base/text.hpp"
#include "ews/answer.hpp"
#include "ews/owa_page.hpp"
#include "http/redirect.hpp"

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

LoginVerdict refused(core::Cause cause, std::string detail) {
    return {cause, core::PresentationResult::refused, std::move(detail), std::nullopt};
}

/// The password was looked at and found right.
LoginVerdict accepted(core::Cause cause, std::string detail) {
    return {cause, core::PresentationResult::accepted, std::move(detail), std::nullopt};
}

/// Nobody said whether the password was looked at: for the guard it is left without an answer.
LoginVerdict not_told(core::Cause cause, std::string detail) {
    return {cause, core::PresentationResult::unanswered, std::move(detail), std::nullopt};
}

/// An answer of OWA's paths that is neither page nor redirect. 403 and 404 mean other things than on EWS (2.5).
core::Cause cause_of_owa_status(const http::Response& response, const std::string& host) {
    switch (response.status) {
    case 400:
        return core::Cause::request_rejected;
    case 403:
        return core::Cause::organization_misconfigured;
    case 404:
    case 405:
        return core::Cause::unexpected_answer;
    default:
        return cause_of_http(response, host);
    }
}

bool is_logon_page(const http::Url& to) {
    return path_contains(to, "/auth/logon.aspx") || path_contains(to, "owalogon.asp") ||
           path_contains(to, "cookieauth.dll");
}

bool is_language_page_url(const http::Url& to) {
    return path_contains(to, "languageselection.aspx");
}

constexpr std::string_view language_words = "OWA asks for language and time zone: never opened there before";

/// 2 and 4 are refusals; a number that nobody knows stops like 2 (2.7).
bool is_refusal(std::string_view reason) {
    return !reason.empty() && reason != "0" && reason != "1" && reason != "3";
}

/// What a reason of the logon page says of a login (2.7).
struct Reason {
    core::Cause cause;
    std::string words;
};

Reason meaning_of(const std::string& reason) {
    const std::string number = fmt::format(" (reason={})", base::shorten(reason, 20));
    if (reason == "4") {
        return {core::Cause::credential_refused,
                "OWA says that the password was changed meanwhile: sign in with the new one" + number};
    }
    if (reason == "5" || reason == "6") {
        return {core::Cause::owa_disabled, "OWA says that a client access rule blocks this login" + number};
    }
    return {core::Cause::credential_refused, "OWA refused the login" + number};
}

/// What stands at another host: its name if we know it.
std::string name_at(const http::Url& to, const std::optional<FrontDoor>& door) {
    return door ? to_text(*door) : to.host;
}

bool is_within_owa(const http::Url& to) {
    const std::string path = base::to_lower(to.target);
    return path.rfind("/owa/", 0) == 0 || path.rfind("/exchange/", 0) == 0;
}

LoginVerdict judge_logon_page_redirect(const http::Url& to) {
    const std::string reason = query_value(to.target, "reason");
    if (!is_refusal(reason)) {
        // Not treated as a try, says the page; we do not trust that enough to present again.
        return not_told(core::Cause::session_not_kept,
                        reason == "3" ? "the logon page says that the session expired"
                                      : "the logon page came back without a reason; the form was not taken as a login");
    }
    Reason meaning = meaning_of(reason);
    return refused(meaning.cause, std::move(meaning.words));
}

/// The front end's own code (2.10); empty: none.
std::string cafe_error_of(const http::Url& to) {
    const std::string code = base::shorten(query_value(to.target, "CafeError"), 100);
    return code.empty() ? ""
                        : fmt::format("the front end cannot pass the login on to the mailbox's server (CafeError={}{})",
                                      code,
                                      code == "CAS14WithNoWIA" ? ": OWA of Exchange 2010 there has Windows "
                                                                 "authentication off"
                                                               : "");
}

LoginVerdict judge_redirect(const http::Url& posted, const http::Url& destination, const http::Response& response) {
    const auto to = http::resolve_location(posted, response.headers.first("Location"));
    if (!to) {
        return not_told(core::Cause::unexpected_answer, "a redirect without a readable Location");
    }
    const auto door = front_door_of(posted, response);
    if (door && wants_second_factor(*door)) {
        // Each further try may call a person's phone: stopped like a refusal (9.4 rule 5).
        return refused(core::Cause::multi_factor_required,
                       "after the password a second factor is wanted: " + to_text(*door));
    }
    if (!http::same_origin(*to, posted)) {
        return not_told(
            door ? core::Cause::front_door : core::Cause::redirected_elsewhere,
            fmt::format("after the login the server sends us to {}; nothing of ours goes there", name_at(*to, door)));
    }
    if (path_contains(*to, "expiredpassword.aspx")) {
        return refused(core::Cause::password_expired,
                       "OWA asks for a new password: the old one was right, but has expired or must be changed at the "
                       "next logon");
    }
    if (is_logon_page(*to)) {
        return judge_logon_page_redirect(*to);
    }
    if (path_contains(*to, "errorfe.aspx")) {
        const std::string error = owa_error_of(response);
        if (const std::string cafe = cafe_error_of(*to); error.empty() && !cafe.empty()) {
            return not_told(core::Cause::organization_misconfigured, cafe);
        }
        if (error.empty()) {
            // The front end shows this page for its own failures, too (1.5): it does not tell whether we are logged in.
            return not_told(core::Cause::server_error, "OWA shows its error page without naming an error");
        }
        const core::Cause cause = cause_of_owa_error(error);
        const bool no_mailbox = cause == core::Cause::admin_has_no_mailbox;
        LoginVerdict verdict = accepted(no_mailbox ? core::Cause::ok : cause,
                                        no_mailbox ? "logged in; the account has no mailbox of its own" : error);
        verdict.has_own_mailbox = !no_mailbox;
        return verdict;
    }
    if (sets_session_cookies(response) && is_language_page_url(*to)) {
        return accepted(core::Cause::ok, std::string(language_words));
    }
    if (sets_session_cookies(response)) {
        LoginVerdict verdict = accepted(core::Cause::ok, "accepted");
        verdict.next = *to;
        return verdict;
    }
    const bool to_destination = to->target == destination.target;
    return not_told(core::Cause::unexpected_answer,
                    to_destination ? "sent on to the destination, but without session cookies"
                                   : "a redirect that no OWA gives");
}

LoginVerdict judge_answer(const http::Url& posted, const http::Url& destination, const http::Response& response) {
    if (http::is_redirect(response)) {
        return judge_redirect(posted, destination, response);
    }
    if (response.status == 200) {
        for (const HtmlForm& form : forms_of(response.body)) {
            const auto action = http::resolve_location(posted, form.action);
            if (!form.action.empty() && action && !http::same_origin(*action, posted)) {
                LoginVerdict verdict =
                    not_told(core::Cause::redirected_elsewhere,
                             fmt::format("the mailbox is served by {}: the login would be handed over there, and "
                                         "nothing is submitted",
                                         action->host));
                verdict.front_door = FrontDoor{"cross_site", "another site's logon", action->host, {}};
                return verdict;
            }
        }
        if (shows_sign_in_error(response.body)) {
            return refused(core::Cause::credential_refused, "OWA's logon page says that the login was refused");
        }
        if (is_language_page(response.body)) {
            return accepted(core::Cause::ok, std::string(language_words));
        }
        const auto door = front_door_of(posted, response);
        if (door && wants_second_factor(*door)) {
            return refused(core::Cause::multi_factor_required,
                           "after the password a second factor is wanted: " + to_text(*door));
        }
        return door ? not_told(core::Cause::front_door, to_text(*door))
                    : not_told(core::Cause::unexpected_answer, "a page that no login gives");
    }
    const std::string status = fmt::format("HTTP {} to the form", response.status);
    if (response.status == 440) {
        return not_told(core::Cause::request_rejected, status);
    }
    if (response.status == 401) {
        // The form was not read: what stands there wants another scheme (2.5).
        return not_told(core::Cause::auth_scheme_not_offered, status + ": forms login is off there");
    }
    return not_told(cause_of_owa_status(response, posted.host), status);
}

} // namespace

LoginVerdict judge_login(const http::Url& posted, const http::Url& destination, const http::Response& response) {
    LoginVerdict verdict = judge_answer(posted, destination, response);
    if (verdict.cause == core::Cause::front_door || verdict.cause == core::Cause::multi_factor_required) {
        verdict.front_door = front_door_of(posted, response);
    }
    return verdict;
}

PageVerdict judge_page(const http::Url& asked, const http::Response& response) {
    PageVerdict verdict;
    const std::string error = owa_error_of(response);
    verdict.tells_nothing = (response.status == 502 || response.status == 503 || response.status == 504) &&
                            !response.headers.has("X-BEServer");
    const auto judge_error = [&](const std::string& type) {
        verdict.error_type = base::shorten(type, 200);
        verdict.cause = cause_of_owa_error(type);
        verdict.detail = verdict.error_type;
        if (verdict.cause == core::Cause::admin_has_no_mailbox) {
            verdict.has_own_mailbox = false;
        }
    };
    if (http::is_redirect(response)) {
        const auto to = http::resolve_location(asked, response.headers.first("Location"));
        if (!to || !http::same_origin(*to, asked)) {
            const auto door = front_door_of(asked, response);
            verdict.cause = !to    ? core::Cause::unexpected_answer
                            : door ? core::Cause::front_door
                                   : core::Cause::redirected_elsewhere;
            verdict.detail = to ? "redirected to " + name_at(*to, door) : "a redirect without a readable Location";
        } else if (is_logon_page(*to)) {
            const std::string reason = query_value(to->target, "reason");
            verdict.refused = is_refusal(reason);
            verdict.cause = verdict.refused ? core::Cause::credential_refused : core::Cause::session_not_kept;
            verdict.detail = "the logon page came back, reason=" + base::shorten(reason.empty() ? "0" : reason, 20);
        } else if (path_contains(*to, "errorfe.aspx")) {
            judge_error(error);
            if (const std::string cafe = cafe_error_of(*to); error.empty() && !cafe.empty()) {
                verdict.cause = core::Cause::organization_misconfigured;
                verdict.detail = cafe;
            } else if (error.empty()) {
                verdict.cause = core::Cause::server_error;
                verdict.detail = "OWA shows its error page without naming an error";
            }
        } else if (is_language_page_url(*to)) {
            verdict.cause = core::Cause::shell_only;
            verdict.detail = language_words;
        } else {
            verdict.detail = "redirected to " + base::shorten(to->target, 100);
            if (is_within_owa(*to)) {
                verdict.next = *to;
            }
        }
        return verdict;
    }
    if (response.status == 440 || response.status == 401) {
        verdict.cause = core::Cause::session_not_kept;
        verdict.detail = fmt::format("HTTP {} to the session's cookies", response.status);
        return verdict;
    }
    if (!error.empty()) {
        judge_error(error);
        return verdict;
    }
    if (response.status != 200) {
        verdict.cause = cause_of_owa_status(response, asked.host);
        verdict.detail = fmt::format("HTTP {}", response.status);
        return verdict;
    }
    const bool mailbox_session = [&] {
        for (const std::string_view cookie : response.headers.all("Set-Cookie")) {
            if (base::starts_with_ignoring_case(cookie, "X-OWA-CANARY=") ||
                base::starts_with_ignoring_case(cookie, "UserContext=")) {
                return true;
            }
        }
        return false;
    }();
    if (owa_logon_form(response.body)) {
        verdict.cause = core::Cause::session_not_kept;
        verdict.detail = "the logon page came back";
    } else if (is_language_page(response.body)) {
        verdict.cause = core::Cause::shell_only;
        verdict.detail = language_words;
    } else if (mailbox_session || !response.headers.first("X-BEServer").empty() ||
               !response.headers.first("X-DiagInfo").empty() || !response.headers.first("MS-WebStorage").empty()) {
        // These come from a mailbox server, behind the login.
        verdict.cause = core::Cause::ok;
        verdict.detail = "a page of a logged-in user came back";
    } else {
        verdict.detail = "a page without any mark of a session";
    }
    return verdict;
}

} // namespace mailpreflight::ews
