#include "ews/webdav.hpp"

#include "base/text.hpp"
#include "ews/owa_page.hpp"
#include "ews/xml.hpp"
#include "http/form.hpp"
#include "http/redirect.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::ews {

namespace {

constexpr std::string_view dav_ns = "DAV:";
constexpr std::string_view httpmail_ns = "urn:schemas:httpmail:";
constexpr std::size_t longest_read = 16 * 1024; ///< of an error page that is searched for words

// owa-and-auth.md 3.5, to the byte.
constexpr std::string_view folders_body =
    "<?xml version=\"1.0\"?><D:propfind xmlns:D=\"DAV:\" xmlns:m=\"urn:schemas:httpmail:\"><D:prop><D:displayname/>"
    "<m:inbox/><m:deleteditems/><m:sentitems/><m:sendmsg/><m:drafts/><m:calendar/><m:tasks/><m:contacts/><m:outbox/>"
    "</D:prop></D:propfind>";

std::string path_of(const http::Url& url) {
    return base::to_lower(url.target.substr(0, url.target.find('?')));
}

bool is_logon_page(const http::Url& url) {
    const std::string path = path_of(url);
    return path.find("owalogon.asp") != std::string::npos || path.find("/auth/logon.aspx") != std::string::npos ||
           path.find("/cookieauth.dll") != std::string::npos;
}

bool is_at(const http::Url& url, std::string_view folder) {
    const std::string path = path_of(url);
    return path.rfind(folder, 0) == 0 && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool page_says(const http::Response& response, std::string_view words) {
    return base::to_lower(std::string_view(response.body).substr(0, longest_read)).find(words) != std::string::npos;
}

/// "HTTP/1.1 200 OK"
bool is_200(std::string_view status_line) {
    const std::size_t blank = status_line.find(' ');
    return base::starts_with_ignoring_case(status_line, "HTTP/") && blank != std::string_view::npos &&
           base::starts_with_ignoring_case(base::trim(status_line.substr(blank)), "200");
}

WebDavVerdict judge_multistatus(const http::Response& response) {
    WebDavVerdict verdict;
    const auto document = parse_xml(response.body);
    if (!document || document->ns != dav_ns || document->name != "multistatus") {
        verdict.detail = document ? "a 207 that is no multistatus"
                                  : "a 207 that cannot be read: " + base::shorten(document.error().message(), 200);
        return verdict;
    }
    const auto answers = std::count_if(document->children.begin(), document->children.end(), [](const Element& child) {
        return child.ns == dav_ns && child.name == "response";
    });
    if (answers != 1) {
        verdict.detail = fmt::format("a multistatus of {} responses where one mailbox was asked about", answers);
        return verdict;
    }
    verdict.login = core::PresentationResult::accepted;
    for (const Element& part : document->child(dav_ns, "response")->children) {
        const Element* const status = part.child(dav_ns, "status");
        const Element* const prop = part.child(dav_ns, "prop");
        if (part.ns != dav_ns || part.name != "propstat" || status == nullptr || prop == nullptr) {
            continue;
        }
        const Element* const inbox = prop->child(httpmail_ns, "inbox");
        if (inbox != nullptr && !inbox->text.empty() && is_200(status->text)) {
            verdict.cause = core::Cause::ok;
            verdict.detail = "WebDAV tells the mailbox's folders";
            return verdict;
        }
    }
    verdict.cause = core::Cause::root_not_readable;
    verdict.detail = "WebDAV answers, but does not tell the inbox";
    return verdict;
}

WebDavVerdict judge_redirected(const http::Url& asked, const http::Response& response) {
    WebDavVerdict verdict;
    const auto to = http::resolve_location(asked, response.headers.first("Location"));
    verdict.front_door = front_door_of(asked, response);
    if (!to) {
        verdict.detail = "a redirect without a readable Location";
    } else if (http::same_origin(*to, asked) && is_logon_page(*to)) {
        const std::string reason = query_value(to->target, "reason");
        verdict.session_gone = true;
        verdict.front_door.reset();
        const bool told = !reason.empty() && reason != "0" && reason != "1" && reason != "3";
        verdict.login = told ? core::PresentationResult::refused : core::PresentationResult::unanswered;
        verdict.cause = told ? core::Cause::credential_refused : core::Cause::session_not_kept;
        verdict.detail = "the logon page came back, reason=" + base::shorten(reason.empty() ? "0" : reason, 20);
    } else if (verdict.front_door) {
        verdict.cause = core::Cause::front_door;
        verdict.detail = to_text(*verdict.front_door) + " stands in front of WebDAV";
    } else if (!http::same_origin(*to, asked)) {
        verdict.cause = core::Cause::redirected_elsewhere;
        verdict.detail = "redirected to " + to->host;
    } else {
        verdict.cause = core::Cause::webdav_unavailable;
        verdict.detail = "redirected to " + base::shorten(to->target, 100) + ": this mailbox has no WebDAV here";
    }
    return verdict;
}

} // namespace

ExchangeDoorVerdict judge_exchange_door(const http::Url& asked, const http::Response& response) {
    using Door = ExchangeDoor;
    if (response.status == 401) {
        return {Door::http, core::Cause::ok, {}, {}};
    }
    if (http::is_redirect(response)) {
        const auto to = http::resolve_location(asked, response.headers.first("Location"));
        if (to && http::same_origin(*to, asked) && path_of(*to).find("owalogon.asp") != std::string::npos) {
            return {Door::form, core::Cause::ok, {}, {}};
        }
        if (to && http::same_origin(*to, asked) && path_of(*to).find("/auth/logon.aspx") != std::string::npos) {
            // 2007 guards WebDAV by OWA's own page: where that leads back to tells whose page it is.
            const auto back = http::resolve_location(asked, query_value(to->target, "url"));
            const bool owa = back && is_at(*back, "/owa");
            return {owa ? Door::alias : Door::form, core::Cause::ok, {}, {}};
        }
        if (auto door = front_door_of(asked, response)) {
            std::string words = to_text(*door) + " stands in front of /exchange";
            return {Door::none, core::Cause::front_door, std::move(words), std::move(door)};
        }
        if (to && http::same_origin(*to, asked) && is_at(*to, "/owa")) {
            return {Door::alias, core::Cause::ok, {}, {}};
        }
        if (to && !http::same_origin(*to, asked)) {
            return {Door::none, core::Cause::redirected_elsewhere, "/exchange redirects to " + http::to_text(*to), {}};
        }
        return {Door::none, core::Cause::unexpected_answer, "/exchange redirects, but not to a login", {}};
    }
    if (response.status == 404) {
        return {Door::none,
                core::Cause::wrong_url,
                "/exchange is not there (404): Exchange 2013 and later have only /owa",
                {}};
    }
    if (response.status == 500 && page_says(response, "allowdefinition")) {
        return {Door::none,
                core::Cause::webdav_unavailable,
                "/exchange inherits a redirect of its web site that cannot work there (HTTP 500, allowDefinition)",
                {}};
    }
    auto door = front_door_of(asked, response);
    if (door) {
        std::string words = to_text(*door) + " stands in front of /exchange";
        const core::Cause cause =
            wants_second_factor(*door) ? core::Cause::multi_factor_required : core::Cause::front_door;
        return {Door::none, cause, std::move(words), std::move(door)};
    }
    if (response.status == 440) {
        return {Door::form, core::Cause::ok, {}, {}};
    }
    if (response.status == 200) {
        return {owa_logon_form(response.body) ? Door::form : Door::none,
                core::Cause::login_form_unknown,
                "/exchange shows a page without a logon form of OWA's own; nothing was posted",
                {}};
    }
    const core::Cause cause =
        response.status == 403 ? core::Cause::organization_misconfigured : cause_of_http(response, asked.host);
    return {Door::none, cause, fmt::format("HTTP {} at /exchange", response.status), {}};
}

std::string path_segment(std::string_view name) {
    std::string segment = http::form_encoded(name);
    for (std::size_t at = segment.find("%40"); at != std::string::npos; at = segment.find("%40", at + 1)) {
        segment.replace(at, 3, "@");
    }
    return segment;
}

std::string own_alias(std::string_view username) {
    if (const std::size_t slash = username.find('\\'); slash != std::string_view::npos) {
        username.remove_prefix(slash + 1);
    }
    return std::string(username.substr(0, username.find('@')));
}

http::Request folders_propfind(std::string_view name, const std::string& user_agent) {
    http::Request request;
    request.method = "PROPFIND";
    request.target = "/exchange/" + path_segment(name) + "/";
    request.headers.add("User-Agent", user_agent);
    request.headers.add("Depth", "0");
    request.headers.add("Content-Type", "text/xml; charset=utf-8");
    request.headers.add("Translate", "f");
    request.headers.add("Brief", "t");
    request.body = folders_body;
    return request;
}

WebDavVerdict judge_folders_propfind(const http::Url& asked, const http::Response& response) {
    if (response.status == 207) {
        return judge_multistatus(response);
    }
    if (http::is_redirect(response)) {
        return judge_redirected(asked, response);
    }
    const bool exchange = !response.headers.first("MS-WebStorage").empty();
    WebDavVerdict verdict;
    verdict.detail = fmt::format("HTTP {} to PROPFIND", response.status);
    // Behind a 401 or the form only who is logged in gets this far.
    if (exchange && response.status != 401 && response.status != 440) {
        verdict.login = core::PresentationResult::accepted;
    }
    if (auto door = front_door_of(asked, response); door && !exchange) {
        verdict.cause = wants_second_factor(*door) ? core::Cause::multi_factor_required : core::Cause::front_door;
        verdict.detail = to_text(*door) + " stands in front of WebDAV";
        verdict.front_door = std::move(door);
        return verdict;
    }
    switch (response.status) {
    case 401:
    case 440:
        verdict.session_gone = true;
        verdict.cause = core::Cause::session_not_kept;
        verdict.detail += ": the session is gone";
        break;
    case 403:
        if (page_says(response, "ssl")) {
            verdict.cause = core::Cause::organization_misconfigured;
            verdict.detail += ": the server says that SSL is required (does a proxy end TLS in front of it?)";
        } else {
            verdict.cause = core::Cause::access_denied;
        }
        break;
    case 404:
        verdict.cause = exchange ? core::Cause::mailbox_not_found_here : core::Cause::webdav_unavailable;
        verdict.detail += exchange ? ": no such mailbox" : ", and not in the name of Exchange (no MS-WebStorage)";
        break;
    case 405:
    case 501:
        verdict.cause = core::Cause::webdav_unavailable;
        verdict.detail += ": the verb is not known, or blocked (URLScan)";
        break;
    case 412:
        verdict.cause = core::Cause::request_rejected;
        break;
    case 500:
        verdict.cause =
            page_says(response, "allowdefinition") ? core::Cause::webdav_unavailable : core::Cause::server_error;
        break;
    case 503:
        verdict.cause = core::Cause::mailbox_unavailable;
        verdict.detail += ": the store is stopped, or the mailbox's database is not mounted";
        break;
    case 200:
        verdict.detail += ": a page where the folders were asked for";
        break;
    default:
        verdict.cause = cause_of_http(response, asked.host);
        break;
    }
    return verdict;
}

Answer webdav_answer(const WebDavVerdict& verdict, const http::Response& response, core::Evidence evidence) {
    Answer answer;
    answer.cause = verdict.cause;
    answer.detail = verdict.detail;
    answer.front_door = verdict.front_door;
    answer.evidence = std::move(evidence);
    answer.back_off = retry_after(response);
    if (!answer.back_off && answer.cause == core::Cause::throttled) {
        answer.back_off = base::Duration::zero();
    }
    return answer;
}

} // namespace mailpreflight::ews
