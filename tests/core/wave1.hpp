#pragma once

#include "core/drift.hpp"
#include "tests/core/values.hpp"

#include <rapidcheck.h>

#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace mailpreflight::core {

/// Source contoso with anna and bert on the list of wave1 and boss as negative canary.
inline Plan plan() {
    Plan plan;
    plan.sources = {{.name = "contoso", .must_not_open = {"boss@contoso.example"}}};
    Batch batch{.name = "wave1", .source = "contoso"};
    batch.list.mailboxes = {{.address = "anna@contoso.example"}, {.address = "bert@contoso.example"}};
    plan.batches = {batch};
    return plan;
}

inline BaselineEntry entry(Cause cause, std::map<std::string, std::string> facts = {}) {
    return {.state = state_of(cause), .cause = cause, .facts = std::move(facts), .at = noon};
}

/// What may be believed of some of the planned keys, with any cause and one of three values of its facts.
inline rc::Gen<Tracks> any_tracks(const Plan& plan) {
    return rc::gen::map(
        rc::gen::container<std::vector<std::tuple<int, int, int>>>(
            rc::gen::tuple(rc::gen::inRange(0, 20),
                           rc::gen::inRange<int>(0, static_cast<int>(catalogue().size())),
                           rc::gen::inRange(0, 3))),
        [plan](const auto& drawn) {
            const std::set<TrackKey> planned = planned_keys(plan);
            Tracks tracks;
            for (const auto& [which, cause, fact] : drawn) {
                const TrackKey key = *std::next(
                    planned.begin(), static_cast<std::ptrdiff_t>(static_cast<std::size_t>(which) % planned.size()));
                const Cause one = static_cast<Cause>(cause);
                const std::string value = std::to_string(fact);
                if (state_of(one) != State::unknown) {
                    tracks[key] =
                        believed(look(key, noon, one, {{"root_id", value}, {"sha256", value}, {"build", value}}));
                }
            }
            return tracks;
        });
}

} // namespace mailpreflight::core
