#include "ews/owa_session.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"
#include "ews/owa_page.hpp"
#include "http/challenge.hpp"
#include "http/form.hpp"
#include "http/redirect.hpp"

#include <fmt/format.h>

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

/// The address as a path segment; OWA recognises it by its "@".
std::string segment_of(const std::string& address) {
    std::string segment = http::form_encoded(address);
    for (std::size_t at = segment.find("%40"); at != std::string::npos; at = segment.find("%40", at + 1)) {
        segment.replace(at, 3, "@");
    }
    return segment;
}

OwaWire wire_of(http::Lane lane) {
    const auto shared = std::make_shared<http::Lane>(std::move(lane));
    return {[shared](const http::Request& request, const base::Deadline& deadline) {
                return shared->send(request, deadline);
            },
            [shared] { return shared->began_to_send(); },
            [shared] { return shared->alive(); }};
}

} // namespace

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

core::Outcome<OwaSession> OwaSession::log_in(http::Lane lane,
                                             OwaContext context,
                                             std::shared_ptr<const http::Identity> identity,
                                             core::CredentialGate& gate,
                                             core::Door door,
                                             bool proving,
                                             const base::Deadline& deadline) {
    return log_in(
        wire_of(std::move(lane)), std::move(context), std::move(identity), gate, std::move(door), proving, deadline);
}

core::Outcome<OwaSession> OwaSession::log_in(OwaWire wire,
                                             OwaContext context,
                                             std::shared_ptr<const http::Identity> identity,
                                             core::CredentialGate& gate,
                                             core::Door door,
                                             bool proving,
                                             const base::Deadline& deadline) {
    OwaSession session(std::move(wire), std::move(context), std::move(identity), gate, std::move(door), proving);
    const auto page = session.find_logon_page(deadline);
    if (!page) {
        return tl::unexpected(page.error());
    }
    const auto next = session.post_form(*page, deadline);
    if (!next) {
        return tl::unexpected(next.error());
    }
    if (*next) {
        if (const auto proven = session.prove(**next, deadline); !proven) {
            return tl::unexpected(proven.error());
        }
    }
    return session;
}

http::Request OwaSession::get(const http::Url& url) const {
    http::Request request;
    request.method = "GET";
    request.target = url.target;
    request.headers.add("User-Agent", context_.user_agent);
    request.headers.add("Accept", "text/html");
    if (std::string cookies = jar_.field_for(url.target, wall_now()); !cookies.empty()) {
        request.headers.add("Cookie", std::move(cookies));
    }
    return request;
}

core::Outcome<http::Response> OwaSession::fetch(const http::Url& url, const base::Deadline& deadline) {
    http::Request request = get(url);
    auto response = wire_.send(request, deadline);
    request.headers.wipe("Cookie");
    if (response) {
        jar_.take(response->headers, url.target, wall_now());
        evidence_ = evidence_of(request, *response, context_.host, context_.port);
        if (const std::string_view build = response->headers.first("X-OWA-Version"); !build.empty()) {
            build_ = base::shorten(base::to_valid_utf8(build), 40);
        }
    }
    return response;
}

core::Outcome<OwaSession::LogonPage> OwaSession::find_logon_page(const base::Deadline& deadline) {
    http::Url url = origin_;
    for (int hops = 0;; ++hops) {
        auto response = fetch(url, deadline);
        if (!response) {
            return tl::unexpected(response.error());
        }
        const std::string product = front_door_product(*response);
        const http::Redirect redirect = http::judge_redirect(url, "GET", *response, hops);
        switch (redirect.decision) {
        case http::RedirectDecision::follow:
            if (!product.empty() && !is_owa_path(*redirect.to)) {
                return not_logged_in(core::Cause::front_door, product + " stands in front of OWA");
            }
            url = *redirect.to;
            continue;
        case http::RedirectDecision::other_origin:
            if (!product.empty()) {
                return not_logged_in(core::Cause::front_door,
                                     fmt::format("{} at {} stands in front of OWA", product, redirect.to->host));
            }
            return not_logged_in(core::Cause::redirected_elsewhere,
                                 fmt::format("OWA redirects to {}", http::to_text(*redirect.to)));
        case http::RedirectDecision::method_not_safe:
        case http::RedirectDecision::too_many_hops:
        case http::RedirectDecision::unreadable:
            return not_logged_in(core::Cause::unexpected_answer, "OWA's redirects lead nowhere");
        case http::RedirectDecision::not_a_redirect:
            break;
        }
        if (response->status == 401) {
            return not_logged_in(core::Cause::auth_scheme_not_offered,
                                 fmt::format("OWA has forms login off; it offers {}",
                                             base::join(http::offered_schemes(response->headers), ", ")));
        }
        // Some 2007 servers answer 400 on their logon page (owa-and-auth.md 2.2): the form decides.
        const auto form = owa_logon_form(response->body);
        if (form) {
            const std::string action = form->action.empty() ? "/owa/auth.owa" : form->action;
            const auto post_to = http::resolve_location(url, action);
            if (!post_to || !http::same_origin(*post_to, origin_)) {
                return not_logged_in(core::Cause::login_form_unknown,
                                     "the logon form posts to another host; nothing was posted");
            }
            if (build_.empty()) {
                build_ = build_of_page(response->body);
            }
            if (base::to_lower(url.target).find("owalogon.asp") != std::string::npos) {
                base_path_ = "/exchange/";
            }
            return LogonPage{url, *post_to, http::Url{"https", context_.host, context_.port, base_path_}};
        }
        if (response->status == 404) {
            return not_logged_in(core::Cause::wrong_url,
                                 context_.path + " is not there (404); Exchange 2013 and later have only /owa");
        }
        if (response->status != 200) {
            const core::Cause cause = response->status == 403 ? core::Cause::organization_misconfigured
                                                              : cause_of_http(*response, context_.host);
            return not_logged_in(cause, fmt::format("HTTP {} at {}", response->status, base::shorten(url.target, 200)));
        }
        return not_logged_in(product.empty() ? core::Cause::login_form_unknown : core::Cause::front_door,
                             product.empty() ? "the page has no logon form of OWA's own; nothing was posted" : product);
    }
}

core::Outcome<std::optional<http::Url>> OwaSession::post_form(const LogonPage& page, const base::Deadline& deadline) {
    auto permit = gate_->begin({identity_->account, identity_->fingerprint, door_, proving_}, deadline);
    if (!permit) {
        return tl::unexpected(permit.error());
    }
    http::FormBody form;
    form.add("destination", http::to_text(page.destination))
        .add("flags", "4")
        .add("forcedownlevel", "0")
        .add("username", identity_->username)
        .add("password", identity_->password)
        .add("passwordText", "")
        .add("isUtf8", "1");
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
        permit->finish(wire_.began_to_send() ? core::PresentationResult::unanswered
                                             : core::PresentationResult::not_sent,
                       response.error().detail);
        return tl::unexpected(response.error());
    }
    jar_.take(response->headers, page.post_to.target, wall_now());
    evidence_ = evidence_of(request, *response, context_.host, context_.port);
    const LoginVerdict verdict = judge_login(page.post_to, page.destination, *response);
    base::wipe(response->body); // a hand-over page may repeat the password (owa-and-auth.md 2.9)
    permit->finish(verdict.result, verdict.detail);
    if (verdict.cause != core::Cause::ok) {
        jar_.clear();
        return not_logged_in(verdict.cause, verdict.detail);
    }
    detail_ = verdict.detail;
    has_own_mailbox_ = verdict.has_own_mailbox;
    return verdict.next;
}

core::Outcome<OwaSession::Fetched> OwaSession::fetch_as_user(const http::Url& url, const base::Deadline& deadline) {
    auto permit = gate_->begin({identity_->account, identity_->fingerprint, door_, proving_}, deadline);
    if (!permit) {
        return tl::unexpected(permit.error());
    }
    auto response = fetch(url, deadline);
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
    permit->finish(result, verdict.detail);
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
    for (int hops = 0; hops < 2 && fetched && fetched->verdict.next && wire_.alive(); ++hops) {
        url = *fetched->verdict.next;
        fetched = fetch_as_user(url, deadline);
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
    const http::Url url{"https", context_.host, context_.port, base_path_ + segment_of(address) + "/"};
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
    answer.evidence = evidence_;
    answer.evidence.response_code = verdict.error_type;
    answer.back_off = retry_after(fetched->response);
    if (!answer.back_off && answer.cause == core::Cause::throttled) {
        answer.back_off = base::Duration::zero();
    }
    return answer;
}

void OwaSession::log_off(const base::Deadline& deadline) {
    if (wire_.alive() && jar_.size() > 0 && base_path_ == "/owa/") {
        const http::Url url{"https", context_.host, context_.port, "/owa/logoff.owa"};
        static_cast<void>(fetch_as_user(url, deadline));
    }
    jar_.clear();
}

} // namespace mailpreflight::ews
