#pragma once

// rapidcheck generators of what core values are made of.
#include "base/clock.hpp"
#include "core/cause.hpp"
#include "core/check.hpp"
#include "core/drift.hpp"
#include "core/observation.hpp"

#include <rapidcheck.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailpreflight::generators {

/// Valid UTF-8 without control characters other than tab and newline: what survives json::write unchanged.
inline rc::Gen<std::string> text() {
    static const std::vector<std::string> characters{
        "a", "B", "7", " ", "\"", "\\", "/", "'", "{", "]", ":", ",", "\t", "\n", "\u00fc", "\u20ac", "\U0001F4EC"};
    return rc::gen::map(
        rc::gen::scale(0.2, rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(characters))),
        [](const std::vector<std::string>& picked) {
            std::string joined;
            for (const std::string& character : picked) {
                joined += character;
            }
            return joined;
        });
}

/// Small lists are enough: what matters is none, one, several.
template <typename T>
rc::Gen<std::vector<T>> few(rc::Gen<T> element) {
    return rc::gen::scale(0.1, rc::gen::container<std::vector<T>>(std::move(element)));
}

/// A map or set of elements that may meet (rapidcheck's own gives up where there are few different ones).
template <typename Container>
rc::Gen<Container> few_unique(rc::Gen<typename Container::value_type> element) {
    return rc::gen::map(few(std::move(element)), [](const std::vector<typename Container::value_type>& list) {
        return Container(list.begin(), list.end());
    });
}

template <typename Map>
rc::Gen<Map> few_entries(rc::Gen<typename Map::key_type> key, rc::Gen<typename Map::mapped_type> value) {
    return rc::gen::map(few(rc::gen::pair(std::move(key), std::move(value))),
                        [](const std::vector<std::pair<typename Map::key_type, typename Map::mapped_type>>& list) {
                            return Map(list.begin(), list.end());
                        });
}

/// A name such as configuration allows.
inline rc::Gen<std::string> name() {
    return rc::gen::element<std::string>("contoso", "fabrikam", "wave-1", "hq_2");
}

inline rc::Gen<base::SystemTime> time() {
    // 1970 to 2100, microseconds
    return rc::gen::map(rc::gen::inRange<std::int64_t>(0, 4'102'444'800'000'000),
                        [](std::int64_t count) { return base::SystemTime(base::Duration(count)); });
}

template <typename T>
rc::Gen<std::optional<T>> maybe(rc::Gen<T> generator) {
    return rc::gen::oneOf(rc::gen::just(std::optional<T>()), rc::gen::map(std::move(generator), [](T value) {
                              return std::optional<T>(std::move(value));
                          }));
}

inline rc::Gen<std::map<std::string, std::string>> facts() {
    return few_entries<std::map<std::string, std::string>>(
        rc::gen::element<std::string>("build", "sha256", "root_id", "primary_address"), text());
}

inline rc::Gen<core::Check> check() {
    return rc::gen::elementOf(std::vector<core::Check>(core::all_checks.begin(), core::all_checks.end()));
}

inline rc::Gen<core::Cause> cause() {
    std::vector<core::Cause> causes;
    for (const core::CauseInfo& row : core::catalogue()) {
        causes.push_back(row.cause);
    }
    return rc::gen::elementOf(std::move(causes));
}

inline rc::Gen<core::State> state() {
    return rc::gen::element(core::State::pass, core::State::warn, core::State::fail, core::State::unknown);
}

inline rc::Gen<core::Stage> stage() {
    return rc::gen::element(core::Stage::resolve,
                            core::Stage::connect,
                            core::Stage::tls,
                            core::Stage::authenticate,
                            core::Stage::exchange,
                            core::Stage::judge);
}

inline rc::Gen<core::Direction> direction() {
    return rc::gen::element(core::Direction::lost, core::Direction::gained, core::Direction::changed);
}

} // namespace mailpreflight::generators
