#include "core/volume_change.hpp"

#include <fmt/format.h>

namespace mailpreflight::core {

namespace {

/// By more than a part of `from`, and by `least` at least.
bool is_beyond(std::uint64_t from, std::uint64_t distance, double part, std::uint64_t least) {
    return distance >= least && static_cast<double>(distance) > part * static_cast<double>(from);
}

bool grew(std::uint64_t from, std::uint64_t to, double part, std::uint64_t least) {
    return to > from && is_beyond(from, to - from, part, least);
}

bool shrank(std::uint64_t from, std::uint64_t to, double part, std::uint64_t least) {
    return to < from && is_beyond(from, from - to, part, least);
}

std::string text_of(const Volume& volume) {
    constexpr double gib = 1024.0 * 1024.0 * 1024.0;
    return fmt::format("{} items ({:.1f} GiB)", volume.items, static_cast<double>(volume.bytes) / gib);
}

} // namespace

std::optional<VolumeChange> volume_change(const Volume& accepted, const Volume& now, const VolumeLimits& limits) {
    if (shrank(accepted.items, now.items, limits.drop, limits.least_items) ||
        shrank(accepted.bytes, now.bytes, limits.drop, limits.least_bytes)) {
        return VolumeChange::dropped;
    }
    if (grew(accepted.items, now.items, limits.jump, limits.least_items) ||
        grew(accepted.bytes, now.bytes, limits.jump, limits.least_bytes)) {
        return VolumeChange::jumped;
    }
    return std::nullopt;
}

std::string words_for(const Volume& accepted, const Volume& now) {
    return fmt::format("{}, was {}", text_of(now), text_of(accepted));
}

} // namespace mailpreflight::core
