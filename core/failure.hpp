#pragma once

#include "base/clock.hpp"
#include "core/cause.hpp"

#include <tl/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mailpreflight::core {

/// How far a request to a source came. In this order; each stage gates the next.
enum class Stage { resolve, connect, tls, authenticate, exchange, judge };

std::string_view name_of(Stage stage);
std::optional<Stage> stage_named(std::string_view name);

/// What talking to a source ended with when it did not end well: the first stage that failed, the cause from the
/// catalogue and one line for people (never a secret, never content of a mailbox).
struct Failure {
    Stage stage = Stage::exchange;
    Cause cause = Cause::unexpected_answer;
    std::string detail;
    std::optional<base::Duration> retry_after; ///< what the server, or the guard, asked us to wait

    bool operator==(const Failure&) const = default;
};

/// A value, or how the talk with a source failed.
template <typename T>
using Outcome = tl::expected<T, Failure>;

inline tl::unexpected<Failure>
failed(Stage stage, Cause cause, std::string detail, std::optional<base::Duration> retry_after = std::nullopt) {
    return tl::unexpected<Failure>(Failure{stage, cause, std::move(detail), retry_after});
}

} // namespace mailpreflight::core
