#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace mailpreflight::config {

/// Where a secret is kept; never the secret.
struct SecretReference {
    enum class Kind { credential, file };

    Kind kind = Kind::file;
    std::string value; ///< a credential's name, or a file's absolute path

    bool operator==(const SecretReference&) const = default;
};

/// True for what may be the name of a systemd credential: one path component of plain characters.
bool is_credential_name(std::string_view text);

/// Reads the secret. Refused: a file that others may read, write or own, an empty one, more than 64 KiB, control
/// characters, and what is not UTF-8. One final newline is not part of it. `credentials_directory` is
/// $CREDENTIALS_DIRECTORY, or empty. Blocks on the disk; errors never hold a byte of the content.
base::Result<base::Secret> load_secret(const SecretReference& reference,
                                       const std::filesystem::path& credentials_directory);

/// The same for a PEM file's content, a certificate or a key; what is no PEM is refused.
base::Result<base::Secret> load_pem(const SecretReference& reference,
                                    const std::filesystem::path& credentials_directory);

/// A file of any content that nobody else can read, as for a secret: at most `longest` bytes.
base::Result<base::Secret> load_private_file(const std::filesystem::path& path, std::uintmax_t longest);

/// The same for a keytab's content; what is no keytab of MIT's format is refused.
base::Result<base::Secret> load_keytab(const SecretReference& reference,
                                       const std::filesystem::path& credentials_directory);

} // namespace mailpreflight::config
