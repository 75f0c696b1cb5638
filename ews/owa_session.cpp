#include "ews/owa_session.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"
#include "ews/front_door.hpp"
#include "ews/webdav.hpp"
#include "http/challenge.hpp"
#include "http/form.hpp"
#include "http/found_by.hpp"
#include "http/redirect.hpp"

#include <fmt/format.h>

#include <set>

namespace mailpreflight::ews {

namespace {

/// Cookies expire by the wall clock of whoever keeps them: the jar lives for seconds.
base::SystemTime wall_now() {
    return std::chrono::time_point_cast<base::Duration>(std::chrono::system_clock::now());
}

http::Url origin_of(const OwaContext& context) {
    return {"https", context.host, context.port, context.path};
}

tl::unexpected<core::Failure> not_logged_in(core::Cause cause, std::string detail) {
    return core::failed(core::Stage::authenticate, cause, std::move(detail));
}

bool is_owa_path(const http::Url& url) {
    const std::string path = base::to_lower(url.target);
    return path.rfind("/owa", 0) == 0 || path.rfind("/exchange", 0) == 0 || path.rfind("/exchweb", 0) == 0;
}

bool is_cookie_auth(const http::Url& url) {
    return base::starts_with_ignoring_case(url.target, "/cookieauth.dll");
}

} // namespace

OwaWire wire_of(http::Lane lane, std::function<core::Outcome<http::Lane>(const base::Deadline&)> dial) {
    struct Line {
        http::Lane lane;
        bool dialled = true; ///< false: the last request found no connection
    };
    const auto line = std::make_shared<Line>(Line{std::move(lane)});
    return {[line, dial = std::move(dial)](const http::Request& request,
                                           const base::Deadline& deadline) -> core::Outcome<http::Response> {
                if (!line->lane.alive()) {
                    auto fresh = dial(deadline);
                    line->dialled = fresh.has_value();
                    if (!fresh) {
                        return tl::unexpected(std::move(fresh.error()));
                    }
                    line->lane = std::move(*fresh);
                }
                return line->lane.send(request, deadline);
            },
            [line] { return line->dialled && line->lane.began_to_send(); },
            [] { return true; }};
}

OwaSession::OwaSession(OwaWire wire,
                       OwaContext context,
                       std::shared_ptr<const http::Identity> identity,
                       core::CredentialGate& gate,
                       core::Door door,
                       bool proving) :
    wire_(std::move(wire)),
    context_(std::move(context)),
    identity_(std::move(identity)),
    gate_(&gate),
    door_(std::move(door)),
    proving_(proving),
    origin_(origin_of(context_)),
    jar_(origin_) {}

core::Outcome<OwaSession> OwaSession::log_in(OwaWire wire,
                                             OwaContext context,
                                             std::shared_ptr<const http::Identity> identity,
                                             core::CredentialGate& gate,
                                             core::Door door,
                                             bool proving,
                                             const base::Deadline& deadline,
                                             OwaReport& report) {
    OwaSession session(std::move(wire), std::move(context), std::move(identity), gate, std::move(door), proving);
    session.report_ = report;
    session.report_.front_door.reset();
    auto done = session.log_in(deadline);
    report = session.report_;
    if (!done) {
        return tl::unexpected(std::move(done.error()));
    }
    return session;
}

core::Outcome<void> OwaSession::log_in(const base::Deadline& deadline) {
    const auto page = find_logon_page(deadline);
    if (!page) {
        return tl::unexpected(page.error());
    }
    return context_.webdav ? log_in_to_webdav(*page, deadline) : log_in_to_owa(*page, deadline);
}

http::Request OwaSession::get(const http::Url& url) const {
    http::Request request;
    request.method = "GET";
    request.target = url.target;
    request.headers.add("User-Agent", context_.user_agent);
    request.headers.add("Accept", "text/html");
    return request;
}

core::Outcome<http::Response> OwaSession::send(http::Request request, const base::Deadline& deadline) {
    if (std::string cookies = jar_.field_for(request.target, wall_now()); !cookies.empty()) {
        request.headers.add("Cookie", std::move(cookies));
    }
    auto response = wire_.send(request, deadline);
    request.headers.wipe("Cookie");
    if (response) {
        jar_.take(response->headers, request.target, wall_now());
        report_.evidence = evidence_of(request, *response, context_.host, context_.port);
        for (const char* const name : {"X-OWA-Version", "MS-WebStorage"}) {
            if (const std::string_view build = response->headers.first(name); !build.empty()) {
                report_.build = base::shorten(base::to_valid_utf8(build), 40);
            }
        }
    }
    return response;
}

core::Outcome<std::optional<http::Url>>
OwaSession::next_hop(const http::Url& url, const http::Response& response, int hops) {
    const http::Redirect redirect = http::judge_redirect(url, "GET", response, hops);
    auto door = front_door_of(url, response);
    switch (redirect.decision) {
    case http::RedirectDecision::follow: {
        const bool allowed = is_owa_path(*redirect.to) || (context_.tmg && is_cookie_auth(*redirect.to));
        if (door && !allowed) {
            report_.front_door = std::move(door);
            return not_logged_in(core::Cause::front_door, to_text(*report_.front_door) + " stands in front of OWA");
        }
        return redirect.to;
    }
    case http::RedirectDecision::other_origin:
        if (door) {
            const core::Cause cause =
                wants_second_factor(*door) ? core::Cause::multi_factor_required : core::Cause::front_door;
            report_.front_door = std::move(door);
            return not_logged_in(cause, to_text(*report_.front_door) + " stands in front of OWA");
        }
        {
            http::Url to = *redirect.to;
            to.target = to.target.substr(0, to.target.find('?'));
            report_.front_door = FrontDoor{"unknown", "another host", to.host, http::to_text(to)};
            return not_logged_in(core::Cause::redirected_elsewhere, "OWA redirects to " + http::to_text(to));
        }
    case http::RedirectDecision::method_not_safe:
    case http::RedirectDecision::too_many_hops:
    case http::RedirectDecision::unreadable:
        return not_logged_in(core::Cause::unexpected_answer, "OWA's redirects lead nowhere");
    case http::RedirectDecision::not_a_redirect:
        break;
    }
    return std::optional<http::Url>();
}

core::Outcome<OwaSession::LogonPage> OwaSession::find_logon_page(const base::Deadline& deadline) {
    http::Url url = origin_;
    for (int hops = 0;; ++hops) {
        auto response = send(get(url), deadline);
        if (!response) {
            return tl::unexpected(response.error());
        }
        const auto next = next_hop(url, *response, hops);
        if (!next) {
            return tl::unexpected(next.error());
        }
        if (*next) {
            url = **next;
            continue;
        }
        // Some 2007 servers answer 400 on their logon page (owa-and-auth.md 2.2): the form decides.
        if (response->status != 401) {
            if (auto form = logon_form_of(url, response->body)) {
                if (report_.build.empty()) {
                    report_.build = build_of_page(response->body);
                }
                report_.logon_format = logon_format_of(response->body);
                return logon_page_of(url, std::move(*form));
            }
            const std::string location = scripted_location(response->body);
            const auto scripted = http::resolve_location(url, location);
            if (!location.empty() && scripted && http::same_origin(*scripted, origin_) && is_owa_path(*scripted) &&
                hops < http::most_redirects) {
                url = *scripted;
                continue;
            }
        }
        return no_logon_page(url, *response);
    }
}

std::optional<HtmlForm> OwaSession::logon_form_of(const http::Url& url, const std::string& page) const {
    if (auto form = owa_logon_form(page)) {
        return form;
    }
    return context_.tmg && is_cookie_auth(url) ? tmg_logon_form(page) : std::nullopt;
}

core::Outcome<OwaSession::LogonPage> OwaSession::logon_page_of(const http::Url& url, HtmlForm form) {
    const bool of_2003 = base::to_lower(url.target).find("owalogon.asp") != std::string::npos;
    const std::string usual = of_2003 ? "/exchweb/bin/auth/owaauth.dll" : "/owa/auth.owa";
    const auto post_to = http::resolve_location(url, form.action.empty() ? usual : form.action);
    if (!post_to || !http::same_origin(*post_to, origin_)) {
        return not_logged_in(core::Cause::login_form_unknown,
                             fmt::format("the logon form posts to {}; nothing was posted",
                                         post_to ? post_to->scheme + "://" + post_to->host : "no readable address"));
    }
    const std::string base_path = context_.webdav ? "/exchange/" : "/owa/";
    return LogonPage{*post_to, http::Url{"https", context_.host, context_.port, base_path}, std::move(form)};
}

tl::unexpected<core::Failure> OwaSession::no_logon_page(const http::Url& url, const http::Response& response) {
    if (response.status == 401) {
        return not_logged_in(core::Cause::auth_scheme_not_offered,
                             fmt::format("OWA has forms login off; it offers {}",
                                         base::join(http::offered_schemes(response.headers), ", ")));
    }
    report_.front_door = front_door_of(url, response);
    if (const auto& door = report_.front_door) {
        return not_logged_in(wants_second_factor(*door) ? core::Cause::multi_factor_required : core::Cause::front_door,
                             to_text(*door) + " stands in front of OWA; nothing was posted");
    }
    if (response.status == 404) {
        return not_logged_in(core::Cause::wrong_url, context_.path + " is not there (404)");
    }
    if (response.status != 200) {
        const core::Cause cause =
            response.status == 403 ? core::Cause::organization_misconfigured : cause_of_http(response, context_.host);
        return not_logged_in(cause, fmt::format("HTTP {} at {}", response.status, base::shorten(url.target, 200)));
    }
    report_.front_door = FrontDoor{"unknown", "a page that is not OWA's", url.host, {}};
    return not_logged_in(core::Cause::login_form_unknown,
                         "the page has no logon form of OWA's own; nothing was posted");
}

core::Outcome<http::Response>
OwaSession::post_form(const LogonPage& page, core::Permit& permit, const base::Deadline& deadline) {
    http::FormBody form;
    const HtmlForm& shown = page.form;
    std::set<std::string_view> said;
    for (const auto& [name, value] : shown.fields) {
        // What the page holds goes back as it is: it is the server's own. What is ours goes once.
        const bool ours = name == "destination" || name == "username" || name == "password" || name == "passwordText";
        if (ours && !said.insert(name).second) {
            continue;
        }
        if (name == "password") {
            form.add(name, identity_->password);
        } else {
            form.add(name,
                     name == "destination"    ? http::to_text(page.destination)
                     : name == "username"     ? identity_->username
                     : name == "passwordText" ? std::string()
                                              : value);
        }
    }
    if (!shown.has("flags")) {
        form.add("flags", "4");
    }
    http::Request request;
    request.method = "POST";
    request.target = page.post_to.target;
    request.headers.add("User-Agent", context_.user_agent);
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    std::string cookies = jar_.field_for(page.post_to.target, wall_now());
    request.headers.add("Cookie", cookies.empty() ? "PBack=0" : cookies + "; PBack=0");
    request.body = form.text();
    auto response = wire_.send(request, deadline);
    base::wipe(request.body);
    base::wipe(cookies);
    request.headers.wipe("Cookie");
    if (!response) {
        permit.finish(wire_.began_to_send() ? core::PresentationResult::unanswered : core::PresentationResult::not_sent,
                      response.error().detail);
        return response;
    }
    jar_.take(response->headers, page.post_to.target, wall_now());
    report_.evidence = evidence_of(request, *response, context_.host, context_.port);
    return response;
}

core::Outcome<void> OwaSession::log_in_to_owa(const LogonPage& page, const base::Deadline& deadline) {
    auto permit = gate_->begin({identity_->account, identity_->fingerprint, door_, proving_}, deadline);
    if (!permit) {
        return tl::unexpected(permit.error());
    }
    auto response = post_form(page, *permit, deadline);
    if (!response) {
        return tl::unexpected(response.error());
    }
    const LoginVerdict verdict = judge_login(page.post_to, page.destination, *response);
    report_.front_door = verdict.front_door;
    base::wipe(response->body); // a hand-over page may repeat the password (owa-and-auth.md 2.9)
    permit->finish({verdict.result, verdict.detail, verdict.cause, http::found_by(*response, {})});
    if (verdict.cause != core::Cause::ok) {
        jar_.clear();
        return not_logged_in(verdict.cause, verdict.detail);
    }
    detail_ = verdict.detail;
    has_own_mailbox_ = verdict.has_own_mailbox;
    if (verdict.next) {
        return prove(*verdict.next, deadline);
    }
    return {};
}

/// Exchange 2003 may give cookies for whatever was typed: the first request with them tells (owa-and-auth.md 3.5). So
/// the form and that request are one presentation, and its result is what the second comes to.
core::Outcome<void> OwaSession::log_in_to_webdav(const LogonPage& page, const base::Deadline& deadline) {
    auto permit = gate_->begin({identity_->account, identity_->fingerprint, door_, proving_}, deadline);
    if (!permit) {
        return tl::unexpected(permit.error());
    }
    const auto fail = [&](core::PresentationResult result, core::Cause cause, const std::string& detail) {
        permit->finish(result, detail);
        jar_.clear();
        return not_logged_in(cause, detail);
    };
    auto response = post_form(page, *permit, deadline);
    if (!response) {
        return tl::unexpected(response.error());
    }
    const LoginVerdict verdict = judge_login(page.post_to, page.destination, *response);
    report_.front_door = verdict.front_door;
    base::wipe(response->body);
    if (verdict.cause != core::Cause::ok) {
        return fail(verdict.result, verdict.cause, verdict.detail);
    }
    const http::Request question = folders_propfind(own_alias(identity_->username), context_.user_agent);
    const auto answer = send(question, deadline);
    if (!answer) {
        return fail(core::PresentationResult::unanswered, answer.error().cause, answer.error().detail);
    }
    const WebDavVerdict folders =
        judge_folders_propfind({"https", context_.host, context_.port, question.target}, *answer);
    if (folders.session_gone) {
        return fail(core::PresentationResult::refused,
                    core::Cause::credential_refused,
                    folders.detail + " right after the login: so Exchange 2003 tells a wrong password");
    }
    if (folders.login != core::PresentationResult::accepted) {
        report_.front_door = folders.front_door;
        return fail(folders.login, folders.cause, folders.detail);
    }
    permit->finish(core::PresentationResult::accepted, folders.detail);
    has_own_mailbox_ = folders.cause == core::Cause::ok;
    detail_ = has_own_mailbox_ ? "logged in; WebDAV opens the account's own mailbox"
                               : "logged in; no own mailbox opens by WebDAV: " + folders.detail;
    return {};
}

core::Outcome<OwaSession::Fetched> OwaSession::fetch_as_user(const http::Url& url, const base::Deadline& deadline) {
    auto permit = gate_->begin({identity_->account, identity_->fingerprint, door_, proving_}, deadline);
    if (!permit) {
        return tl::unexpected(permit.error());
    }
    auto response = send(get(url), deadline);
    if (!response) {
        permit->finish(wire_.began_to_send() ? core::PresentationResult::unanswered
                                             : core::PresentationResult::not_sent,
                       response.error().detail);
        return tl::unexpected(response.error());
    }
    PageVerdict verdict = judge_page(url, *response);
    const auto result = verdict.refused         ? core::PresentationResult::refused
                        : verdict.tells_nothing ? core::PresentationResult::unanswered
                                                : core::PresentationResult::accepted;
    permit->finish({.result = result, .why = verdict.detail, .evidence = http::found_by(*response, {})});
    if (verdict.refused || verdict.cause == core::Cause::session_not_kept) {
        jar_.clear();
        // These cookies were given for this secret a moment ago: their refusal is looked at once more (DESIGN 6.1).
        return not_logged_in(verdict.refused ? core::Cause::credential_suspect : core::Cause::session_not_kept,
                             verdict.detail);
    }
    return Fetched{std::move(*response), std::move(verdict)};
}

core::Outcome<OwaSession::Fetched> OwaSession::fetch_page(http::Url url, const base::Deadline& deadline) {
    auto fetched = fetch_as_user(url, deadline);
    int hops = 0;
    for (; hops < 2 && fetched && fetched->verdict.next && wire_.alive(); ++hops) {
        url = *fetched->verdict.next;
        fetched = fetch_as_user(url, deadline);
    }
    if (hops == 2 && fetched && fetched->verdict.next) {
        jar_.clear();
        return not_logged_in(core::Cause::session_not_kept, "OWA's redirects go in a circle after the login");
    }
    return fetched;
}

core::Outcome<void> OwaSession::prove(const http::Url& destination, const base::Deadline& deadline) {
    const auto fetched = fetch_page(destination, deadline);
    if (!fetched) {
        return tl::unexpected(fetched.error());
    }
    const PageVerdict& verdict = fetched->verdict;
    has_own_mailbox_ = verdict.has_own_mailbox;
    if (verdict.cause == core::Cause::ok || verdict.cause == core::Cause::shell_only || !verdict.has_own_mailbox) {
        detail_ = verdict.has_own_mailbox ? verdict.detail : "logged in; the account has no mailbox of its own";
        return {};
    }
    return not_logged_in(verdict.cause, verdict.detail);
}

core::Outcome<Answer> OwaSession::open_mailbox(const std::string& address, const base::Deadline& deadline) {
    return context_.webdav ? open_by_webdav(address, deadline) : open_by_shell(address, deadline);
}

core::Outcome<Answer> OwaSession::open_by_webdav(const std::string& address, const base::Deadline& deadline) {
    auto permit = gate_->begin({identity_->account, identity_->fingerprint, door_, proving_}, deadline);
    if (!permit) {
        return tl::unexpected(permit.error());
    }
    const http::Request question = folders_propfind(address, context_.user_agent);
    const auto response = send(question, deadline);
    if (!response) {
        permit->finish(wire_.began_to_send() ? core::PresentationResult::unanswered
                                             : core::PresentationResult::not_sent,
                       response.error().detail);
        return tl::unexpected(response.error());
    }
    const WebDavVerdict verdict =
        judge_folders_propfind({"https", context_.host, context_.port, question.target}, *response);
    permit->finish({.result = verdict.login, .why = verdict.detail, .evidence = http::found_by(*response, {})});
    if (verdict.session_gone) {
        jar_.clear();
        const bool refused = verdict.login == core::PresentationResult::refused;
        return not_logged_in(refused ? core::Cause::credential_suspect : core::Cause::session_not_kept, verdict.detail);
    }
    return webdav_answer(verdict, *response, report_.evidence);
}

core::Outcome<Answer> OwaSession::open_by_shell(const std::string& address, const base::Deadline& deadline) {
    const http::Url url{"https", context_.host, context_.port, "/owa/" + path_segment(address) + "/"};
    const auto fetched = fetch_as_user(url, deadline);
    if (!fetched) {
        return tl::unexpected(fetched.error());
    }
    const PageVerdict& verdict = fetched->verdict;
    Answer answer;
    answer.cause = verdict.cause == core::Cause::ok ? core::Cause::shell_only : verdict.cause;
    answer.detail = verdict.detail;
    if (!verdict.has_own_mailbox) {
        // It is the caller that has none: OWA then opens nobody else's (3.3), which says nothing about this mailbox.
        answer.cause = core::Cause::organization_misconfigured;
        answer.detail = "the admin account has no mailbox of its own, and OWA opens none for it: " + verdict.detail;
    }
    answer.evidence = report_.evidence;
    answer.evidence.response_code = verdict.error_type;
    answer.back_off = retry_after(fetched->response);
    if (!answer.back_off && answer.cause == core::Cause::throttled) {
        answer.back_off = base::Duration::zero();
    }
    return answer;
}

void OwaSession::log_off(const base::Deadline& deadline) {
    if (wire_.alive() && jar_.size() > 0 && !context_.webdav) {
        end_session(deadline);
    }
    jar_.clear();
}

void OwaSession::end_session(const base::Deadline& deadline) {
    auto permit = gate_->begin({identity_->account, identity_->fingerprint, door_, proving_}, deadline);
    if (!permit) {
        return;
    }
    const http::Url url{"https", context_.host, context_.port, "/owa/logoff.owa"};
    const auto response = send(get(url), deadline);
    // Whoever may not come in is logged off as well: that the logon page comes back proves no secret (2.11).
    const bool refused = response && judge_page(url, *response).refused;
    permit->finish(refused ? core::PresentationResult::refused : core::PresentationResult::not_sent, "logged off");
}

} // namespace mailpreflight::ews
