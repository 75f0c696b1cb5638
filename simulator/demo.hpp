#pragma once

#include "simulator/state.hpp"

#include <cstdint>
#include <string>

namespace mailpreflight::simulator {

/** An organisation for trials, with the mishaps that a migration meets, and the list an operator would have of it. */
struct Demo {
    State state;
    std::string csv; ///< EmailAddress,Database,OU,WhenMailboxCreated,RecipientTypeDetails
};

/** The same numbers give the same organisation. 300 mailboxes: 9 out of scope, 4 missing, 3 disabled, 3 moved, 5
 * aliases. */
Demo make_demo(int mailboxes, std::uint64_t seed, const std::string& admin_password);

} // namespace mailpreflight::simulator
