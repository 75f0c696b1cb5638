#pragma once

#include "base/clock.hpp"

#include <optional>

namespace mailpreflight::runner {

/// The rate of one source: at most `per_second` requests, evenly spaced, a burst of one. Pure but for its own state;
/// not thread-safe.
class Pacer {
public:
    explicit Pacer(double per_second);

    /// Takes the next slot when it is free now; else how long until it is.
    std::optional<base::Duration> take(base::SteadyTime now);

private:
    base::Duration spacing_;
    base::SteadyTime next_{};
};

} // namespace mailpreflight::runner
