#include "core/plan.hpp"

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::core {

std::string_view name_of(Way way) {
    switch (way) {
    case Way::impersonation:
        return "impersonation";
    case Way::full_access:
        return "full_access";
    case Way::owa:
        return "owa";
    }
    throw std::logic_error("no such way");
}

std::optional<Way> way_named(std::string_view name) {
    for (const Way way : {Way::impersonation, Way::full_access, Way::owa}) {
        if (name_of(way) == name) {
            return way;
        }
    }
    return std::nullopt;
}

Check check_of(Way way) {
    switch (way) {
    case Way::impersonation:
        return Check::mailbox_impersonation;
    case Way::full_access:
        return Check::mailbox_full_access;
    case Way::owa:
        return Check::mailbox_owa;
    }
    throw std::logic_error("no such way");
}

std::vector<Way> required_ways(const Batch& batch, std::size_t index, const Schedule& schedule) {
    std::vector<Way> ways = batch.prove;
    const bool proven_otherwise = std::any_of(ways.begin(), ways.end(), [](Way way) { return way != Way::owa; });
    if (proven_otherwise && index >= static_cast<std::size_t>(schedule.owa_sample)) {
        std::erase(ways, Way::owa);
    }
    return ways;
}

} // namespace mailpreflight::core
