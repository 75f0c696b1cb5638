#include "checks/source_address.hpp"

#include "base/text.hpp"
#include "checks/address_sight.hpp"
#include "checks/gate.hpp"
#include "checks/source_clock.hpp"
#include "ews/owa_page.hpp"
#include "http/redirect.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::checks {

namespace {

constexpr std::size_t most_addresses = 16;
constexpr std::chrono::milliseconds for_one_address{10'000};

/// The largest difference that a clock was seen to have, and where.
struct Clocks {
    std::optional<base::Duration> ahead;
    core::Evidence evidence;

    void note(const http::Response& response, const core::Evidence& seen, base::SystemTime now) {
        const auto one = clock_ahead(response, now);
        if (one && (!ahead || std::chrono::abs(*one) > std::chrono::abs(*ahead))) {
            ahead = one;
            evidence = seen;
        }
    }
};

http::Request question(const SourceEndpoints& endpoints) {
    http::Request request;
    request.headers.add("User-Agent", endpoints.user_agent);
    if (endpoints.ews_path.empty()) {
        request.target = endpoints.owa_path;
        return request;
    }
    request.method = "POST"; // some front ends send every other method to OWA (ews.md 1.1)
    request.target = endpoints.ews_path;
    request.headers.add("Content-Type", "text/xml; charset=utf-8");
    return request;
}

/// The build that an answer of OWA tells before anybody logged in; many front ends tell none.
std::string build_in(const http::Response& response) {
    const std::string_view told = response.headers.first("X-OWA-Version");
    return told.empty() ? ews::build_of_page(response.body) : base::to_valid_utf8(base::shorten(told, 40));
}

/// Asks for OWA, at most as far as its logon page, on the same connection.
std::string build_of(Access& access, http::Lane& lane, const base::Deadline& deadline) {
    const SourceEndpoints& endpoints = access.endpoints();
    const bool same_host = endpoints.owa.host == access.target().host && endpoints.owa.port == access.target().port;
    if (endpoints.owa_path.empty() || !same_host) {
        return {};
    }
    http::Url url{"https", endpoints.owa.host, endpoints.owa.port, endpoints.owa_path};
    for (int hops = 0; lane.alive() && access.pace(deadline); ++hops) {
        http::Request request;
        request.target = url.target;
        request.headers.add("User-Agent", endpoints.user_agent);
        const auto response = lane.send(request, deadline);
        if (!response) {
            break;
        }
        const http::Redirect redirect = http::judge_redirect(url, request.method, *response, hops);
        if (std::string build = build_in(*response);
            !build.empty() || redirect.decision != http::RedirectDecision::follow) {
            return build;
        }
        url = *redirect.to;
    }
    return {};
}

void take_answer(AddressSight& sight, const http::Response& response) {
    sight.traits["answer"] = fmt::format("HTTP {}", response.status);
    if (response.status == 401) {
        std::vector<std::string> offers = http::offered_schemes(response.headers);
        std::sort(offers.begin(), offers.end());
        sight.traits["offers"] = base::join(offers, " ");
    }
}

/// What the connection showed, also when it was refused.
void take_dial(AddressSight& sight, const http::DialReport& report) {
    sight.stages = report.stages;
    sight.evidence.peer = report.peer;
    if (!report.certificate.sha256.empty()) {
        sight.traits["certificate"] = report.certificate.sha256;
    }
    if (!report.certificate.tls_version.empty()) {
        sight.traits["TLS"] = report.certificate.tls_version;
    }
}

AddressSight look_at(Access& access, const net::Address& address, Clocks& clocks, const base::Deadline& deadline) {
    const SourceEndpoints& endpoints = access.endpoints();
    AddressSight sight{.address = address, .port = access.target().port, .at = access.now()};
    sight.refuses_login =
        endpoints.identity && endpoints.book->is_refusing(address, endpoints.identity->fingerprint, access.now());
    auto lane = access.dial(address, deadline);
    take_dial(sight, access.last_dial());
    if (!lane) {
        sight.failure = lane.error();
        return sight;
    }
    const http::Request request = question(endpoints);
    const auto response = access.pace(deadline)
                              ? lane->send(request, deadline)
                              : core::failed(core::Stage::exchange, core::Cause::no_answer, "no time was left for it");
    if (!response) {
        sight.failure = response.error();
        return sight;
    }
    sight.evidence = ews::evidence_of(request, *response, access.target().host, access.target().port);
    sight.evidence.peer = access.last_dial().peer;
    sight.stages.push_back({core::Stage::exchange, response->took});
    take_answer(sight, *response);
    clocks.note(*response, sight.evidence, access.now());
    if (std::string build = endpoints.ews_path.empty() ? std::string(response->headers.first("X-OWA-Version"))
                                                       : build_of(access, *lane, deadline);
        !build.empty()) {
        sight.traits["build"] = std::move(build);
    }
    return sight;
}

bool would_ask_for_login(const SourceEndpoints& endpoints, const AddressSight& sight) {
    return !sight.failure && (endpoints.ews_path.empty() || sight.traits.contains("offers"));
}

void tell_clock(const Access& access, const Clocks& clocks, Looked& looked) {
    if (clocks.ahead) {
        looked.observations.push_back(source_clock(access.endpoints().source, *clocks.ahead, access.now()));
        looked.observations.back().evidence = clocks.evidence;
    }
}

/// No address gave an answer: that is no news of one of them. What the gates before do not say stands in the sum.
Looked none_answers(Access& access, const core::Failure& failure) {
    if (failure.stage < core::Stage::tls) {
        return closed_gate(access, failure, core::Check::ews_login);
    }
    Looked looked;
    looked.observations.push_back(core::observe(
        {core::Check::source_address, core::Subject::of_source(access.endpoints().source)}, access.now(), failure));
    looked.observations.back().connected_at = access.now();
    return looked;
}

/// Behind a proxy no address can be chosen: one look is all there is.
Looked through_proxy(Access& access, const base::Deadline& deadline) {
    Clocks clocks;
    auto lane = access.dial(deadline);
    if (!lane) {
        return none_answers(access, lane.error());
    }
    Looked looked;
    core::Observation look = core::observe(
        {core::Check::source_address, core::Subject::of_source(access.endpoints().source)},
        access.now(),
        core::Cause::ok,
        fmt::format("the proxy {} resolves the name and picks the address: they cannot be looked at one by one",
                    access.last_dial().proxy));
    look.connected_at = access.now();
    const http::Request request = question(access.endpoints());
    if (access.pace(deadline)) {
        if (const auto response = lane->send(request, deadline)) {
            look.evidence = ews::evidence_of(request, *response, access.target().host, access.target().port);
            clocks.note(*response, look.evidence, access.now());
        }
    }
    look.evidence.peer = access.last_dial().peer;
    looked.observations.push_back(std::move(look));
    tell_clock(access, clocks, looked);
    return looked;
}

} // namespace

Looked source_address(Access& access, const base::Deadline& deadline) {
    const SourceEndpoints& endpoints = access.endpoints();
    if (endpoints.proxy) {
        return through_proxy(access, deadline);
    }
    auto addresses = access.addresses(deadline);
    if (!addresses) {
        return none_answers(access, addresses.error());
    }
    std::vector<net::Address> no_way;
    std::vector<AddressSight> sights;
    Clocks clocks;
    for (std::size_t i = 0; i < std::min(addresses->size(), most_addresses); ++i) {
        const net::Address& address = (*addresses)[i];
        // A name with AAAA records is no fault of a host without IPv6.
        if (net::is_v6(address) && addresses->size() > 1 && !net::has_way_to(address)) {
            no_way.push_back(address);
            continue;
        }
        const auto share = deadline.left() / static_cast<int>(std::min(addresses->size(), most_addresses) - i);
        sights.push_back(look_at(access, address, clocks, deadline.at_most(std::min(share, for_one_address))));
        endpoints.book->looked(address, would_ask_for_login(endpoints, sights.back()));
    }
    Looked looked;
    looked.observations = judge_addresses(endpoints.source, sights, no_way, access.now());
    if (looked.observations.empty()) {
        return none_answers(access,
                            sights.empty() ? core::Failure{core::Stage::connect,
                                                           core::Cause::tcp_unreachable,
                                                           "this host has no way to any address of the name",
                                                           {}}
                                           : *sights.front().failure);
    }
    tell_clock(access, clocks, looked);
    return looked;
}

} // namespace mailpreflight::checks
