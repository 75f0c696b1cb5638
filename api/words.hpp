#pragma once

#include "core/cause.hpp"
#include "core/check.hpp"
#include "core/drift.hpp"
#include "core/failure.hpp"
#include "core/incident.hpp"
#include "core/readiness.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace mailpreflight::api {

/// How an enumeration is written in JSON and in queries: to_word and from_word, by overload on the type.
template <typename Enum>
struct Words;

/// For enumerations with name_of(): the words are looked up among the enumerators given.
template <typename Enum, Enum... all>
struct NamedWords {
    static std::string_view to_word(Enum value) {
        return name_of(value);
    }
    static std::optional<Enum> from_word(std::string_view word) {
        for (const Enum value : std::array{all...}) {
            if (to_word(value) == word) {
                return value;
            }
        }
        return std::nullopt;
    }
};

template <>
struct Words<core::State>
    : NamedWords<core::State, core::State::pass, core::State::warn, core::State::fail, core::State::unknown> {};

template <>
struct Words<core::Direction>
    : NamedWords<core::Direction, core::Direction::lost, core::Direction::gained, core::Direction::changed> {};

template <>
struct Words<core::IncidentState> : NamedWords<core::IncidentState,
                                               core::IncidentState::open,
                                               core::IncidentState::acknowledged,
                                               core::IncidentState::resolved> {};

template <>
struct Words<core::BatchState> : NamedWords<core::BatchState,
                                            core::BatchState::planned,
                                            core::BatchState::frozen,
                                            core::BatchState::moving,
                                            core::BatchState::done> {};

template <>
struct Words<core::Mender> {
    static std::string_view to_word(core::Mender mender) {
        return core::code_of(mender);
    }
    static std::optional<core::Mender> from_word(std::string_view word) {
        for (const auto mender : {core::Mender::nobody,
                                  core::Mender::source_administrator,
                                  core::Mender::migration_engineer,
                                  core::Mender::mailbox_user,
                                  core::Mender::network,
                                  core::Mender::mailpreflight}) {
            if (core::code_of(mender) == word) {
                return mender;
            }
        }
        return std::nullopt;
    }
};

template <>
struct Words<core::Certainty>
    : NamedWords<core::Certainty, core::Certainty::needs_second_look, core::Certainty::definitive> {};

template <>
struct Words<core::Check> {
    static std::string_view to_word(core::Check check) {
        return core::name_of(check);
    }
    static std::optional<core::Check> from_word(std::string_view word) {
        return core::check_named(word);
    }
};

template <>
struct Words<core::Cause> {
    static std::string_view to_word(core::Cause cause) {
        return core::code_of(cause);
    }
    static std::optional<core::Cause> from_word(std::string_view word) {
        return core::cause_coded(word);
    }
};

template <>
struct Words<core::Verdict> {
    static std::string_view to_word(core::Verdict verdict) {
        return core::code_of(verdict);
    }
    static std::optional<core::Verdict> from_word(std::string_view word) {
        for (const auto verdict : {core::Verdict::go, core::Verdict::no_go, core::Verdict::unknown}) {
            if (core::code_of(verdict) == word) {
                return verdict;
            }
        }
        return std::nullopt;
    }
};

} // namespace mailpreflight::api
