#pragma once

#include "ews/answer.hpp"

#include <string>

namespace mailpreflight::ews {

/// ResolveNames of one address in the directory, with contact data: the proxy addresses are in it (ews.md 7.2).
std::string resolve_names_operation(const std::string& address);

/// What the directory knows of an address. The server matches by beginnings of words, so a match counts only when it
/// bears the address itself. `mailbox` is also what a moved mailbox leaves behind (MailboxType Contact, ews.md 7.2);
/// `other_recipient` is surely none: a group or a public folder. `several`: matches, none of them exact. Neither
/// `several` nor `not_told` settles anything.
enum class Found { none, mailbox, other_recipient, several, not_told };

struct Resolved {
    Found found = Found::not_told;
    std::string primary_address;

    bool operator==(const Resolved&) const = default;
};

/// `message` as read_answer() gave it, with the answer's response code; `address` as it was asked for.
Resolved read_resolution(const Element& message, std::string_view response_code, std::string_view address);

} // namespace mailpreflight::ews
