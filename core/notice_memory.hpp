#pragma once

#include "core/notice.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// What a receiver was told of one incident.
struct ToldIncident {
    base::SystemTime at; ///< last
    std::size_t subjects = 0;
    bool acknowledged = false; ///< it was acknowledged since

    bool operator==(const ToldIncident&) const = default;
};

/// What a receiver was told of one batch.
struct ToldVerdict {
    Verdict verdict = Verdict::unknown;
    std::optional<Verdict> next; ///< what it is since then, and is not told yet
    base::SystemTime since;      ///< with next
    bool done = false;           ///< its end was told

    bool operator==(const ToldVerdict&) const = default;
};

/// What planning must remember of one receiver; stored with the notices that follow from it.
struct ReceiverMemory {
    std::uint64_t last = 0;                              ///< number of its newest notice
    std::map<std::uint64_t, ToldIncident> incidents;     ///< by number: told, and not told to be over
    std::map<std::string, ToldVerdict> verdicts;         ///< by batch
    std::vector<base::SystemTime> lately;                ///< its notices of the last hour that count for the cap
    std::optional<base::SystemTime> told_of_held;        ///< when it was told that more is held back
    std::optional<base::SystemTime> digest;              ///< for which time the last one was
    std::map<std::string, base::SystemTime> maintenance; ///< by source: begun, and what it held is not told yet

    bool operator==(const ReceiverMemory&) const = default;
};

/// By the receiver's name.
using NoticeMemory = std::map<std::string, ReceiverMemory>;

} // namespace mailpreflight::core
