#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mailpreflight::core {

/// What a mailbox, or a batch of them, holds. Bytes as PidTagMessageSizeExtended counts them (MS-OXCFOLD 2.2.2.2.1).
struct Volume {
    std::uint64_t items = 0;
    std::uint64_t bytes = 0;

    bool operator==(const Volume&) const = default;
};

/// Mail comes and goes; what is beyond is news. Parts of what was accepted, and by how much at least.
struct VolumeLimits {
    double jump = 0.5; ///< half as much again: the window was planned for less
    double drop = 0.1; ///< a tenth is gone: something is being deleted, or another mailbox answers
    std::uint64_t least_items = 500;
    std::uint64_t least_bytes = std::uint64_t{100} << 20U;
};

enum class VolumeChange { jumped, dropped };

/// Beyond the limits in items or in bytes? A drop counts before a jump: it may be loss.
std::optional<VolumeChange> volume_change(const Volume& accepted, const Volume& now, const VolumeLimits& limits);

/// "12000 items (3.4 GiB), was 8000 (2.1 GiB)"
std::string words_for(const Volume& accepted, const Volume& now);

} // namespace mailpreflight::core
