#include "core/plan.hpp"

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

} // namespace mailpreflight::core
