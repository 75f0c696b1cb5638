#include "checks/logon_hints.hpp"

#include "checks/source_clock.hpp"
#include "ews/front_door.hpp"
#include "ews/logon_label.hpp"
#include "ews/owa_page.hpp"
#include "http/base64.hpp"
#include "http/challenge.hpp"
#include "http/redirect.hpp"

#include <algorithm>

namespace mailpreflight::checks {

namespace {

core::Outcome<http::Response>
ask(Access& access, http::Lane& lane, const http::Request& request, const base::Deadline& deadline) {
    if (!access.pace(deadline)) {
        return core::failed(core::Stage::exchange, core::Cause::no_answer, "stopped before it was sent");
    }
    return lane.send(request, deadline);
}

void ask_ews(Access& access, LogonHints& hints, const base::Deadline& deadline) {
    const SourceEndpoints& endpoints = access.endpoints();
    auto lane = access.dial(deadline);
    if (!lane) {
        hints.ews_failure = lane.error();
        return;
    }
    http::Request request;
    request.method = "POST"; // some front ends send every other method to OWA (ews.md 1.1)
    request.target = endpoints.ews_path;
    request.headers.add("User-Agent", endpoints.user_agent);
    request.headers.add("Content-Type", "text/xml; charset=utf-8");
    auto answer = ask(access, *lane, request, deadline);
    if (!answer) {
        hints.ews_failure = answer.error();
        return;
    }
    hints.ews_status = answer->status;
    hints.ews_cause = answer->status == 401 ? core::Cause::ok : ews::cause_of_http(*answer, endpoints.ews.host);
    hints.offers = http::offered_schemes(answer->headers);
    hints.basic_realm = http::basic_realm(answer->headers);
    hints.clock_ahead = clock_ahead(*answer, access.now());
    const auto offered = [&](std::string_view scheme) {
        return std::find(hints.offers.begin(), hints.offers.end(), scheme) != hints.offers.end();
    };
    if (answer->status != 401 || (!offered("ntlm") && !offered("negotiate"))) {
        return;
    }
    if (!lane->alive()) {
        lane = access.dial(deadline);
        if (!lane) {
            return;
        }
    }
    const std::string scheme = offered("ntlm") ? "NTLM" : "Negotiate";
    request.headers.set("Authorization", scheme + " " + http::to_base64(http::ntlm_question()));
    answer = ask(access, *lane, request, deadline);
    if (!answer) {
        return;
    }
    for (const http::Challenge& challenge : http::challenges(answer->headers)) {
        if (const auto message = http::from_base64(challenge.token); message && !hints.ntlm) {
            hints.ntlm = http::read_ntlm_challenge(*message);
        }
    }
}

void ask_owa(Access& access, LogonHints& hints, const base::Deadline& deadline) {
    const SourceEndpoints& endpoints = access.endpoints();
    http::Url url{"https", endpoints.owa.host, endpoints.owa.port, endpoints.owa_path};
    auto lane = access.dial_owa(deadline);
    for (int hops = 0;; ++hops) {
        if (!lane) {
            hints.owa_failure = lane.error();
            return;
        }
        http::Request request;
        request.method = "GET";
        request.target = url.target;
        request.headers.add("User-Agent", endpoints.user_agent);
        request.headers.add("Accept", "text/html");
        const auto answer = ask(access, *lane, request, deadline);
        if (!answer) {
            hints.owa_failure = answer.error();
            return;
        }
        hints.owa_status = answer->status;
        if (const auto door = ews::front_door_of(url, *answer)) {
            hints.owa_front_door = door->product;
        }
        const http::Redirect redirect = http::judge_redirect(url, "GET", *answer, hops);
        if (redirect.decision == http::RedirectDecision::follow) {
            url = *redirect.to;
            if (!lane->alive()) {
                lane = access.dial_owa(deadline);
            }
            continue;
        }
        if (redirect.decision == http::RedirectDecision::other_origin) {
            hints.owa_leads_to = redirect.to->host;
        }
        hints.owa_offers = http::offered_schemes(answer->headers);
        hints.owa_has_form = ews::owa_logon_form(answer->body).has_value();
        hints.owa_label = hints.owa_has_form ? ews::logon_label(answer->body) : "";
        return;
    }
}

} // namespace

LogonHints logon_hints(Access& access, const base::Deadline& deadline) {
    LogonHints hints;
    if (!access.endpoints().ews_path.empty()) {
        ask_ews(access, hints, deadline);
    }
    if (!access.endpoints().owa_path.empty()) {
        ask_owa(access, hints, deadline);
    }
    return hints;
}

} // namespace mailpreflight::checks
