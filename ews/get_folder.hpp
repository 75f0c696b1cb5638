#pragma once

#include "ews/answer.hpp"

#include <optional>
#include <string>

namespace mailpreflight::ews {

/// GetFolder of msgfolderroot alone, IdOnly with EffectiveRights (ews.md 3.1, DESIGN 6.8). `mailbox`: the Mailbox
/// element of the full-access form; empty for impersonation.
std::string get_folder_operation(const std::optional<std::string>& mailbox);

/// What a success message says of the folder.
struct FolderFacts {
    std::string id_digest; ///< SHA-256 of FolderId's Id, hex
    bool can_read =
        false; ///< EffectiveRights/Read; true where the server leaves the rights out (it answered with the folder)

    bool operator==(const FolderFacts&) const = default;
};
std::optional<FolderFacts> read_folder(const Element& message);

} // namespace mailpreflight::ews
