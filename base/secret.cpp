#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace mailpreflight::base {

Secret::Secret(std::string_view text) :
    bytes_(text.begin(), text.end()) {}

Secret Secret::take(std::vector<char>&& bytes) {
    Secret secret;
    secret.bytes_ = std::move(bytes);
    return secret;
}

Secret::~Secret() {
    wipe();
}

Secret::Secret(Secret&& other) noexcept :
    bytes_(std::move(other.bytes_)) {
    other.bytes_.clear();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        bytes_ = std::move(other.bytes_);
        other.bytes_.clear();
    }
    return *this;
}

Secret Secret::clone() const {
    Secret copy;
    copy.bytes_ = bytes_;
    return copy;
}

void Secret::wipe() noexcept {
    // Growing to the capacity moves nothing: what stood behind the end before a shrinking goes too.
    bytes_.resize(bytes_.capacity());
    if (!bytes_.empty()) {
        OPENSSL_cleanse(bytes_.data(), bytes_.size());
        bytes_.clear();
    }
}

void wipe(std::string& text) noexcept {
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

} // namespace mailpreflight::base
