#include "base/text.hpp"
#include "core/drift.hpp"
#include "core/track.hpp"
#include "daemon/metric_family.hpp"
#include "daemon/metrics.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailpreflight::daemon {

namespace {

// What a server may claim to offer is without end: these are told, whatever else it says.
constexpr std::array<const char*, 4> schemes{"basic", "bearer", "negotiate", "ntlm"};

const core::Track* track_of(const State& state, const std::string& source, core::Check check) {
    return core::find_track(state.tracks, {check, core::Subject::of_source(source)});
}

/// A fact of the newest definite look that has it, else of what is believed; empty: nobody told.
std::string fact_of(const core::Track* track, const std::string& fact) {
    if (track == nullptr) {
        return {};
    }
    for (const core::KeptLook* const look : {&track->definite, &track->confirmed}) {
        if (*look && (*look)->facts.contains(fact)) {
            return (*look)->facts.at(fact);
        }
    }
    return {};
}

void add_up(prometheus::MetricFamily& family, const State& state, const std::string& source) {
    std::optional<bool> is_up;
    for (const core::Check check : {core::Check::source_dns, core::Check::source_tcp, core::Check::tls_certificate}) {
        const core::Track* const track = track_of(state, source, check);
        if (track != nullptr && track->latest) {
            is_up = is_up.value_or(true) && core::is_good(track->latest->state);
        }
    }
    if (is_up) {
        add(family, {{"source", source}}, *is_up ? 1 : 0);
    }
}

void add_offers(prometheus::MetricFamily& family, const State& state, const std::string& source) {
    const std::string offers = base::to_lower(fact_of(track_of(state, source, core::Check::ews_login), "offers"));
    if (offers.empty()) {
        return;
    }
    const std::vector<std::string> offered = base::split(offers, ' ');
    for (const char* const scheme : schemes) {
        add(family,
            {{"source", source}, {"scheme", scheme}},
            std::find(offered.begin(), offered.end(), scheme) != offered.end() ? 1 : 0);
    }
}

void add_expiry(prometheus::MetricFamily& family, const State& state, const std::string& source) {
    const std::string end = fact_of(track_of(state, source, core::Check::tls_certificate), "not_after");
    if (const auto at = base::parse_rfc3339(end)) {
        add(family, {{"source", source}}, seconds(*at));
    }
}

/// The source's own checks, by their newest look. Where a check is about several subjects (the addresses behind a
/// name), the worst counts.
void add_checks(prometheus::MetricFamily& family, const State& state, const std::string& source) {
    using enum core::State;
    const auto badness = [](core::State is) {
        constexpr std::array order{pass, warn, unknown, fail};
        return std::find(order.begin(), order.end(), is) - order.begin();
    };
    for (const core::Check check : core::all_checks) {
        if (core::is_about_mailbox(check)) {
            continue;
        }
        std::optional<core::State> worst;
        for (const auto& [key, track] : core::tracks_of(state.tracks, check)) {
            if (key.subject.source == source && track.latest &&
                (!worst || badness(track.latest->state) > badness(*worst))) {
                worst = track.latest->state;
            }
        }
        if (worst) {
            add_one_hot(family,
                        {{"source", source}, {"check", std::string(core::name_of(check))}},
                        "state",
                        {pass, warn, fail, unknown},
                        *worst,
                        core::name_of);
        }
    }
}

} // namespace

MetricFamilies source_metrics(const MetricsSight& sight) {
    auto up = gauge("mailpreflight_source_up",
                    "1: at the newest looks the source's name resolved, it accepted a connection and its certificate "
                    "was right. 0: one of these failed or could not be found out. Logins are not part of it.");
    auto checks =
        gauge("mailpreflight_source_check", "1 for the state of a source's check at its newest look, else 0.");
    auto offers = gauge("mailpreflight_auth_offered", "1: EWS offered the scheme at the newest login, else 0.");
    auto expiry = gauge("mailpreflight_certificate_expiry_timestamp_seconds",
                        "When the certificate that the source showed last ends.");
    auto paused = gauge("mailpreflight_source_paused", "1 while the source is left alone because it asked for that.");
    auto quiet = gauge("mailpreflight_source_quiet", "1 during a configured quiet time.");
    auto lanes = gauge("mailpreflight_source_lanes", "Lanes that may work on the source now.");
    auto queued = gauge("mailpreflight_checks_queued", "Checks that wait for a lane.");
    auto in_flight = gauge("mailpreflight_checks_in_flight", "Checks that are under way.");
    for (const core::SourcePlan& source : sight.state.plan.sources) {
        const Labels labels{{"source", source.name}};
        add_up(up, sight.state, source.name);
        add_checks(checks, sight.state, source.name);
        add_offers(offers, sight.state, source.name);
        add_expiry(expiry, sight.state, source.name);
        if (const auto found = sight.loads.find(source.name); found != sight.loads.end()) {
            const runner::SourceLoad& load = found->second;
            add(paused, labels, load.paused_until ? 1 : 0);
            add(quiet, labels, load.quiet ? 1 : 0);
            add(lanes, labels, load.lanes);
            add(queued, labels, static_cast<double>(load.queued));
            add(in_flight, labels, load.in_flight);
        }
    }
    return {std::move(up),
            std::move(checks),
            std::move(offers),
            std::move(expiry),
            std::move(paused),
            std::move(quiet),
            std::move(lanes),
            std::move(queued),
            std::move(in_flight)};
}

} // namespace mailpreflight::daemon
