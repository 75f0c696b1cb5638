#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::core {

/// A mailbox among others, some of which failed, and what is known of it. Refers to what it was made of.
struct Member {
    const std::map<std::string, std::string>* labels = nullptr; ///< of its list, "Database" -> "DB03"; null: none
    std::string_view domain;
    std::string_view back_end; ///< that answered for it last; empty: not told
    bool failed = false;
};

/// What those that failed have in common and the others have not.
struct Factor {
    std::string name;  ///< "Database", "domain", "back end", "rows", "created since"
    std::string value; ///< "DB03", "200 to 240", "2026-11-20"
    std::size_t failed = 0;
    std::size_t members = 0; ///< that have it

    bool operator==(const Factor&) const = default;
};

/// The label, domain or back end, the stretch of rows or the day of creation from which on they failed that explains at
/// least 9 of 10 of those that failed, where at least 9 of 10 of its members failed. Nothing where fewer than 3 failed,
/// all did, or none explains them. `members` stand in the order of the list. Of several, the one that explains best;
/// then the smaller.
std::optional<Factor> common_factor(const std::vector<Member>& members);

/// "Database DB03 (24 of 25)"
std::string to_text(const Factor& factor);

} // namespace mailpreflight::core
