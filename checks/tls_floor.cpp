#include "base/text.hpp"
#include "checks/source_checks.hpp"
#include "core/destination.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::checks {

namespace {

/// What the source offers, from the oldest up, and what kept us from finding out.
struct Offers {
    std::vector<net::TlsVersion> versions;
    std::vector<std::string> silent; ///< versions that were asked for and never answered
};

/// One hello a version: a server that would rather take a newer one still shows whether it has the older.
core::Outcome<Offers> ask_versions(Access& access, const base::Deadline& deadline) {
    Offers offers;
    for (const net::TlsVersion version : net::all_tls_versions) {
        if (!access.pace(deadline)) {
            return core::failed(core::Stage::tls, core::Cause::no_answer, "stopped before it was asked");
        }
        const auto answer = access.ask_hello(version, net::Suites::any, deadline);
        if (answer && answer->choice == std::nullopt) {
            continue;
        }
        if (answer && answer->choice->version == version) {
            offers.versions.push_back(version);
        } else if (!answer && answer.error().stage == core::Stage::tls && !deadline.stop.stop_requested()) {
            offers.silent.emplace_back(net::name_of(version)); // firewalls swallow what they do not like
        } else if (!answer) {
            return tl::unexpected(answer.error());
        }
    }
    return offers;
}

/// The words that are no longer needed, each as one would tell it. They are taken out one after the other, so that all
/// of them can go together.
std::vector<std::string> words_not_needed(Access& access, const net::Target& target, const base::Deadline& deadline) {
    std::vector<std::string> words;
    std::set<core::TlsWeakness> kept = target.tls.legacy;
    const auto stands = [&](const std::set<core::TlsWeakness>& accepted) {
        return access.pace(deadline) && access.dial_accepting(accepted, deadline);
    };
    for (const core::TlsWeakness weakness : target.tls.legacy) {
        std::set<core::TlsWeakness> fewer = kept;
        fewer.erase(weakness);
        if (stands(fewer)) {
            words.emplace_back(core::name_of(weakness));
            kept = std::move(fewer);
        } else if (weakness == core::TlsWeakness::tls10 && !kept.contains(core::TlsWeakness::tls11)) {
            fewer.insert(core::TlsWeakness::tls11);
            if (stands(fewer)) {
                words.emplace_back("tls1.0 (tls1.1 is enough)");
            }
        }
    }
    return words;
}

std::vector<std::string> demanding(const std::vector<std::string>& destinations) {
    std::vector<std::string> names;
    std::copy_if(destinations.begin(), destinations.end(), std::back_inserter(names), &core::demands_tls12);
    return names;
}

std::string text_of(const Offers& offers) {
    std::vector<std::string> names;
    for (const net::TlsVersion version : offers.versions) {
        names.emplace_back(net::name_of(version));
    }
    const std::string silent =
        offers.silent.empty() ? "" : fmt::format("; no answer at all to {}", base::join(offers.silent, ", "));
    return "offers " + base::join(names, ", ") + silent;
}

core::Observation judge(const SourceEndpoints& endpoints,
                        const core::TrackKey& key,
                        const Offers& offers,
                        const std::vector<std::string>& not_needed,
                        base::SystemTime now) {
    if (offers.versions.empty()) {
        return core::observe(key,
                             now,
                             offers.silent.empty() ? core::Cause::unexpected_answer : core::Cause::no_answer,
                             "the source answers no TLS hello with one of its own");
    }
    const net::TlsVersion best = offers.versions.back();
    const std::vector<std::string> demands = demanding(endpoints.destinations);
    core::Observation look = core::observe(key, now, core::Cause::ok, text_of(offers));
    if (best < net::TlsVersion::tls12 && !demands.empty()) {
        look =
            core::observe(key,
                          now,
                          core::Cause::tls_below_destination,
                          fmt::format("{}; {} accepts TLSv1.2 at least", text_of(offers), base::join(demands, ", ")));
    } else if (!not_needed.empty()) {
        look = core::observe(
            key,
            now,
            core::Cause::tls_legacy_not_needed,
            fmt::format("{}; not needed in tls.legacy: {}", text_of(offers), base::join(not_needed, ", ")));
    }
    look.facts["best"] = net::name_of(best);
    look.facts["worst"] = net::name_of(offers.versions.front());
    return look;
}

/// A proxy lets no plain hello through: what an ordinary handshake comes to is all that is known.
Looked through_proxy(Access& access, const core::TrackKey& key, const base::Deadline& deadline) {
    const auto lane = access.dial(deadline);
    const std::string& version = access.last_dial().certificate.tls_version;
    core::Observation look =
        lane ? core::observe(key,
                             access.now(),
                             core::Cause::ok,
                             version + " was agreed on; behind a proxy the versions cannot be asked for one by one")
             : core::observe(key, access.now(), core::Cause::no_answer, lane.error().detail);
    look.evidence.peer = access.last_dial().peer;
    look.connected_at = access.now();
    Looked looked;
    looked.observations.push_back(std::move(look));
    return looked;
}

} // namespace

Looked tls_floor(Access& access, const base::Deadline& deadline) {
    const SourceEndpoints& endpoints = access.endpoints();
    const net::Target& target = access.target();
    const core::TrackKey key{core::Check::tls_floor, core::Subject::of_source(endpoints.source)};
    const base::SystemTime started = access.now();
    if (endpoints.proxy) {
        return through_proxy(access, key, deadline);
    }
    const auto offers = ask_versions(access, deadline);
    // Whether the source can be reached is told by the checks of that: here it only means that we do not know.
    core::Observation look =
        offers ? judge(endpoints, key, *offers, words_not_needed(access, target, deadline), access.now())
               : core::observe(key, access.now(), core::Cause::no_answer, offers.error().detail);
    look.evidence.url = fmt::format("https://{}:{}/", target.host, target.port);
    look.connected_at = started;
    Looked looked;
    looked.observations.push_back(std::move(look));
    return looked;
}

} // namespace mailpreflight::checks
