#include "config/receiver.hpp"

#include "config/local_time.hpp"

#include <fmt/format.h>

namespace mailpreflight::config {

namespace {

base::Result<base::SystemTime> moment_of(const std::string& day, int minute, const std::string& zone) {
    return parse_moment(fmt::format("{} {:02}:{:02}", day, minute / 60, minute % 60), zone);
}

/// The newest time at or before `now` that shows this minute of the day in the zone; on a day on which the clocks skip
/// it or show it twice, an hour later.
base::SystemTime last_digest(int minute, const std::string& zone, base::SystemTime now) {
    // By half days: a day may have 23 hours.
    for (int halves = 0; halves < 8; ++halves) {
        const std::string day = local_text(now - std::chrono::hours(12 * halves), zone).substr(0, 10);
        auto moment = moment_of(day, minute, zone);
        if (!moment) {
            moment = moment_of(day, minute + 60, zone);
        }
        if (moment && *moment <= now) {
            return *moment;
        }
    }
    return now - std::chrono::hours(24);
}

tl::unexpected<base::Error> no_maintenance(std::string_view why) {
    return base::failure(base::ErrorCode::parse,
                         fmt::format("{}; a maintenance is written \"Sun 02:00-04:00 Europe/Berlin\", or once: "
                                     "\"2026-12-01 22:00 to 2026-12-02 02:00 America/Chicago\"",
                                     why));
}

} // namespace

core::NoticePolicy policy_of(const Receiver& receiver) {
    core::NoticePolicy policy;
    policy.receiver = receiver.name;
    policy.kind = receiver.kind;
    policy.sources = receiver.sources;
    policy.batches = receiver.batches;
    policy.classes = receiver.classes;
    policy.at_least = receiver.at_least;
    policy.resolved = receiver.resolved;
    policy.pace = receiver.pace;
    policy.urgent = receiver.urgent;
    policy.rights_repeat = receiver.rights_repeat;
    policy.most_an_hour = static_cast<std::size_t>(receiver.most_an_hour);
    if (receiver.digest) {
        policy.last_digest = [minute = *receiver.digest, zone = receiver.digest_zone](base::SystemTime now) {
            return last_digest(minute, zone, now);
        };
    }
    return policy;
}

bool Maintenance::contains(base::SystemTime time) const {
    return weekly ? weekly->contains(time) : time >= start && time < end;
}

base::Result<Maintenance> parse_maintenance(std::string_view text) {
    Maintenance maintenance;
    const std::size_t to = text.find(" to ");
    if (to == std::string_view::npos) {
        auto weekly = parse_quiet_time(text);
        if (!weekly) {
            return no_maintenance(weekly.error().message());
        }
        maintenance.weekly = std::move(*weekly);
        return maintenance;
    }
    const std::string_view rest = text.substr(to + 4);
    constexpr std::size_t moment_length = 16; // "2026-12-01 22:00"
    if (rest.size() <= moment_length + 1) {
        return no_maintenance(fmt::format("\"{}\" has no end with a zone", text));
    }
    const auto zone = parse_zone(rest.substr(moment_length + 1));
    if (!zone) {
        return base::failure(zone.error());
    }
    const auto start = parse_moment(text.substr(0, to), *zone);
    const auto end = parse_moment(rest.substr(0, moment_length), *zone);
    for (const auto* const moment : {&start, &end}) {
        if (!*moment) {
            return no_maintenance(moment->error().message());
        }
    }
    if (*end <= *start) {
        return base::failure(base::ErrorCode::parse, fmt::format("\"{}\" ends before it starts", text));
    }
    maintenance.start = *start;
    maintenance.end = *end;
    return maintenance;
}

} // namespace mailpreflight::config
