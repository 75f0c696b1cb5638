#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "core/plan.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::config {

inline constexpr std::uintmax_t longest_password_list = 64ULL * 1024 * 1024; ///< bytes

/// The individual password of one mailbox.
struct IndividualPassword {
    std::string username; ///< as written; the address where none is
    base::Secret password;
    int line = 0;
};

/// What a file of individual passwords holds.
struct PasswordList {
    std::map<std::string, IndividualPassword> passwords; ///< by address, lower case
    std::vector<core::ListProblem> problems;             ///< without any password
};

/// Reads the layouts of lists that carry the source's user names and passwords: EmailAddress,UserName,Password as
/// Exchange's IMAP migration has it, MigrationWiz ("Source Login Name", "Source Password") and imapsync's
/// host1;user1;password1. A Password column that belongs to the destination (CloudM's, and the one beside
/// ForceChangePassword) is refused. Pure; no problem quotes a row, and no copy of a password stays behind.
PasswordList parse_password_list(const base::Secret& content);

/// The same of a file that nobody else may read (secret_file.hpp).
base::Result<PasswordList> load_password_list(const std::filesystem::path& path);

} // namespace mailpreflight::config
