#include "core/observation.hpp"

namespace mailpreflight::core {

std::string to_text(const Subject& subject) {
    return subject.name.empty() ? subject.source : subject.source + "/" + subject.name;
}

Observation observe(TrackKey key, base::SystemTime at, Cause cause, std::string detail) {
    Observation observation;
    observation.key = std::move(key);
    observation.at = at;
    observation.state = state_of(cause);
    observation.cause = cause;
    observation.detail = std::move(detail);
    return observation;
}

Observation observe(TrackKey key, base::SystemTime at, const Failure& failure) {
    return observe(std::move(key), at, failure.cause, failure.detail);
}

bool is_good(State state) {
    return state == State::pass || state == State::warn;
}

bool is_definite(const Observation& observation) {
    return observation.state != State::unknown;
}

} // namespace mailpreflight::core
