#include "runner/pacer.hpp"

#include <cmath>

namespace mailpreflight::runner {

Pacer::Pacer(double per_second) :
    spacing_(per_second > 0 ? static_cast<std::int64_t>(std::llround(1e6 / per_second)) : 0) {}

std::optional<base::Duration> Pacer::take(base::SteadyTime now) {
    if (now < next_) {
        return std::chrono::ceil<base::Duration>(next_ - now);
    }
    next_ = now + spacing_;
    return std::nullopt;
}

} // namespace mailpreflight::runner
