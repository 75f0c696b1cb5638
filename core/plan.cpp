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
    case Way::own_login:
        return "own_login";
    }
    throw std::logic_error("no such way");
}

std::optional<Way> way_named(std::string_view name) {
    for (const Way way : {Way::impersonation, Way::full_access, Way::owa, Way::own_login}) {
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
    case Way::own_login:
        return Check::mailbox_own_login;
    }
    throw std::logic_error("no such way");
}

std::string_view name_of(DuringWindow choice) {
    switch (choice) {
    case DuringWindow::canaries:
        return "canaries";
    case DuringWindow::sweeps:
        return "sweeps";
    }
    throw std::logic_error("no such choice");
}

std::optional<DuringWindow> during_window_named(std::string_view name) {
    for (const DuringWindow choice : {DuringWindow::canaries, DuringWindow::sweeps}) {
        if (name_of(choice) == name) {
            return choice;
        }
    }
    return std::nullopt;
}

Check negative_check(const SourcePlan& source) {
    return source.has_ews ? Check::mailbox_impersonation : Check::mailbox_owa;
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
