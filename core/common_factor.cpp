#include "core/common_factor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>

namespace mailpreflight::core {

namespace {

constexpr std::size_t fewest = 3;
/// Searched by its order, not by equal values: "2026-11-20T08:00:00".
constexpr const char* created_label = "WhenMailboxCreated";

struct Count {
    std::size_t failed = 0;
    std::size_t members = 0;
};

/// At least 9 of 10.
bool is_nearly_all(std::size_t part, std::size_t whole) {
    return part * 10 >= whole * 9;
}

/// Keeps the best of the factors that explain.
class Best {
public:
    explicit Best(const std::vector<Member>& members) :
        all_(members.size()),
        failed_(static_cast<std::size_t>(
            std::count_if(members.begin(), members.end(), [](const Member& one) { return one.failed; }))) {}

    [[nodiscard]] bool is_worth_searching() const {
        return failed_ >= fewest && failed_ < all_;
    }

    void offer(Factor factor) {
        const bool explains = factor.members < all_ && is_nearly_all(factor.failed, failed_) &&
                              is_nearly_all(factor.failed, factor.members);
        if (explains && (!best_ || merit(factor) > merit(*best_))) {
            best_ = std::move(factor);
        }
    }

    [[nodiscard]] std::optional<Factor> take() {
        return std::move(best_);
    }

private:
    /// Failed members that it has, less members that passed.
    static std::ptrdiff_t merit(const Factor& factor) {
        return 2 * static_cast<std::ptrdiff_t>(factor.failed) - static_cast<std::ptrdiff_t>(factor.members);
    }

    std::size_t all_;
    std::size_t failed_;
    std::optional<Factor> best_;
};

void search_traits(const std::vector<Member>& members, Best& best) {
    std::map<std::pair<std::string_view, std::string_view>, Count> counts;
    const auto note = [&](std::string_view name, std::string_view value, bool failed) {
        Count& count = counts[{name, value}];
        ++count.members;
        count.failed += failed ? 1 : 0;
    };
    for (const Member& member : members) {
        if (member.labels != nullptr) {
            for (const auto& [name, value] : *member.labels) {
                if (name != created_label) {
                    note(name, value, member.failed);
                }
            }
        }
        note("domain", member.domain, member.failed);
        if (!member.back_end.empty()) {
            note("back end", member.back_end, member.failed);
        }
    }
    for (const auto& [trait, count] : counts) {
        best.offer({std::string(trait.first), std::string(trait.second), count.failed, count.members});
    }
}

/// From the first that failed to the last.
void search_rows(const std::vector<Member>& members, Best& best) {
    const auto failed = [](const Member& member) { return member.failed; };
    const auto first = std::find_if(members.begin(), members.end(), failed);
    const auto last = std::find_if(members.rbegin(), members.rend(), failed).base();
    best.offer({"rows",
                fmt::format("{} to {}", first - members.begin() + 1, last - members.begin()),
                static_cast<std::size_t>(std::count_if(first, last, failed)),
                static_cast<std::size_t>(last - first)});
}

/// "2026-11-20" of "2026-11-20T08:00:00"; other forms of dates tell no order.
std::optional<std::string_view> day_of(const Member& member) {
    if (member.labels == nullptr) {
        return std::nullopt;
    }
    const auto created = member.labels->find(created_label);
    if (created == member.labels->end() || created->second.size() < 10 || created->second[4] != '-' ||
        created->second[7] != '-') {
        return std::nullopt;
    }
    return std::string_view(created->second).substr(0, 10);
}

void search_created(const std::vector<Member>& members, Best& best) {
    std::map<std::string_view, Count, std::greater<>> days;
    for (const Member& member : members) {
        if (const auto day = day_of(member)) {
            Count& count = days[*day];
            ++count.members;
            count.failed += member.failed ? 1 : 0;
        }
    }
    Count since;
    for (const auto& [day, count] : days) {
        since.failed += count.failed;
        since.members += count.members;
        best.offer({"created since", std::string(day), since.failed, since.members});
    }
}

} // namespace

std::optional<Factor> common_factor(const std::vector<Member>& members) {
    Best best(members);
    if (!best.is_worth_searching()) {
        return std::nullopt;
    }
    search_traits(members, best);
    search_created(members, best);
    search_rows(members, best);
    return best.take();
}

std::string to_text(const Factor& factor) {
    return fmt::format("{} {} ({} of {})", factor.name, factor.value, factor.failed, factor.members);
}

} // namespace mailpreflight::core
