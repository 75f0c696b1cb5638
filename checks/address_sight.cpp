#include "checks/address_sight.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::checks {

namespace {

using core::Cause;

constexpr std::size_t shown_of_a_digest = 16;

std::string name_of(const AddressSight& sight) {
    return net::to_text(sight.address, sight.port);
}

/// A digest is told by its beginning.
std::string shown(const std::string& value) {
    const bool digest = value.size() == 64 && value.find_first_not_of("0123456789abcdef") == std::string::npos;
    return digest ? value.substr(0, shown_of_a_digest) + "..." : value.empty() ? "none" : value;
}

/// By value: who shows it.
using Values = std::map<std::string, std::vector<const AddressSight*>>;

std::map<std::string, Values> traits_of(const std::vector<AddressSight>& sights) {
    std::map<std::string, Values> traits;
    for (const AddressSight& sight : sights) {
        for (const auto& [trait, value] : sight.traits) {
            traits[trait][value].push_back(&sight);
        }
    }
    return traits;
}

/// How `value` differs from what the others show; empty: it does not.
std::string difference(const std::string& trait, const std::string& value, const Values& values) {
    if (values.size() < 2) {
        return {};
    }
    std::size_t all = 0;
    for (const auto& [other, who] : values) {
        all += who.size();
    }
    if (values.at(value).size() * 2 > all) {
        return {};
    }
    std::vector<std::string> others;
    for (const auto& [other, who] : values) {
        if (other != value) {
            others.push_back(fmt::format("{} at {}", shown(other), name_of(*who.front())));
        }
    }
    return fmt::format("{} {} here, {}", trait, shown(value), base::join(others, ", "));
}

core::Observation
judge_one(const std::string& source, const AddressSight& sight, const std::map<std::string, Values>& traits) {
    const core::TrackKey key{core::Check::source_address, core::Subject::of_address(source, name_of(sight))};
    core::Observation look;
    if (sight.is_unreachable()) {
        look = core::observe(key, sight.at, Cause::address_unreachable, sight.failure->detail);
    } else {
        std::vector<std::string> said;
        if (sight.refuses_login) {
            said.emplace_back("refuses the login that another address accepts");
        }
        for (const auto& [trait, value] : sight.traits) {
            if (std::string text = difference(trait, value, traits.at(trait)); !text.empty()) {
                said.push_back(std::move(text));
            }
        }
        if (sight.failure) {
            said.push_back(sight.failure->detail);
        }
        if (said.empty()) {
            const auto answer = sight.traits.find("answer");
            look = core::observe(
                key, sight.at, Cause::ok, answer == sight.traits.end() ? "" : "answers " + answer->second);
        } else {
            look = core::observe(key, sight.at, Cause::addresses_differ, base::shorten(base::join(said, "; "), 1000));
        }
    }
    look.facts = sight.traits;
    if (!sight.evidence.front_end.empty()) {
        look.facts["front_end"] = sight.evidence.front_end;
    }
    look.stages = sight.stages;
    look.evidence = sight.evidence;
    look.connected_at = sight.at;
    return look;
}

std::string names(const std::vector<core::Observation>& looks, Cause cause) {
    std::vector<std::string> list;
    for (const core::Observation& look : looks) {
        if (look.cause == cause) {
            list.push_back(look.key.subject.name);
        }
    }
    return base::join(list, ", ");
}

core::Observation sum_up(const std::string& source,
                         const std::vector<core::Observation>& looks,
                         const std::vector<net::Address>& no_way,
                         base::SystemTime now) {
    const std::string differing = names(looks, Cause::addresses_differ);
    const std::string silent = names(looks, Cause::address_unreachable);
    std::vector<std::string> said;
    if (!differing.empty()) {
        said.push_back("not like the others: " + differing);
    }
    if (!silent.empty()) {
        said.push_back("no answer from " + silent);
    }
    if (said.empty()) {
        said.push_back(looks.size() == 1 ? "one address, which answers"
                                         : fmt::format("{} addresses, which answer alike", looks.size()));
    }
    if (!no_way.empty()) {
        std::vector<std::string> list;
        for (const net::Address& address : no_way) {
            list.push_back(address.ip);
        }
        said.push_back(fmt::format("not looked at, as this host has no way to IPv6: {}", base::join(list, ", ")));
    }
    const Cause cause = !differing.empty() ? Cause::addresses_differ
                        : !silent.empty()  ? Cause::address_unreachable
                                           : Cause::ok;
    core::Observation look = core::observe({core::Check::source_address, core::Subject::of_source(source)},
                                           now,
                                           cause,
                                           base::shorten(base::join(said, "; "), 1000));
    look.connected_at = now;
    return look;
}

} // namespace

bool AddressSight::is_unreachable() const {
    return failure && (failure->stage < core::Stage::tls || failure->cause == Cause::no_answer);
}

std::vector<core::Observation> judge_addresses(const std::string& source,
                                               const std::vector<AddressSight>& sights,
                                               const std::vector<net::Address>& no_way,
                                               base::SystemTime now) {
    if (std::all_of(
            sights.begin(), sights.end(), [](const AddressSight& sight) { return sight.failure.has_value(); })) {
        return {};
    }
    const std::map<std::string, Values> traits = traits_of(sights);
    std::vector<core::Observation> looks;
    for (const AddressSight& sight : sights) {
        looks.push_back(judge_one(source, sight, traits));
    }
    looks.push_back(sum_up(source, looks, no_way, now));
    return looks;
}

} // namespace mailpreflight::checks
