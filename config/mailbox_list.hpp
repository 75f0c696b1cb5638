#pragma once

#include "core/plan.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mailpreflight::config {

inline constexpr std::uintmax_t longest_list = 64ULL * 1024 * 1024; ///< bytes
inline constexpr int most_rows = 200'000;

/// What a list file holds, and whether passwords stand beside the addresses.
struct ParsedList {
    core::MailboxList list;
    bool has_passwords = false;

    bool operator==(const ParsedList&) const = default;
};

/// Reads a mailbox list of any layout that migration tools write: by the header's names, or one address a line. Pure.
/// Every line becomes a mailbox, a problem, the header, or was blank or a comment. Passwords are never kept, and no
/// problem quotes a row.
ParsedList read_mailbox_list(std::string_view bytes);

core::MailboxList parse_mailbox_list(std::string_view bytes);

} // namespace mailpreflight::config
