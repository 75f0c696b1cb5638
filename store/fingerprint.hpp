#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace mailpreflight::store {

/// Says whether a secret is the one of before without keeping it: HMAC-SHA-256 of account, NUL and secret under a
/// random key of this machine. Safe to call from any thread.
class Fingerprinter {
public:
    /// Reads `<state_directory>/fingerprint.key`, or makes it. Refuses (`permission_denied`) a key that others may read
    /// or that belongs to somebody else.
    static base::Result<Fingerprinter> open(const std::filesystem::path& state_directory);

    /// 32 hex digits.
    [[nodiscard]] std::string of(std::string_view account, const base::Secret& secret) const;

private:
    explicit Fingerprinter(base::Secret key) :
        key_(std::move(key)) {}

    base::Secret key_;
};

} // namespace mailpreflight::store
