#include "store/fingerprint.hpp"

#include "base/unique_fd.hpp"
#include "store/file_lock.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace mailpreflight::store {

namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t shown_bytes = 16;

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};
using Mac = std::unique_ptr<EVP_MAC, Freed<EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX_free>>;

base::Status sync_directory(const std::filesystem::path& directory) {
    const base::UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid() || ::fsync(fd.get()) != 0) {
        return base::failure(base::errno_error(errno, "cannot make the fingerprint key durable", directory.string()));
    }
    return {};
}

base::Status write_key(int fd, const std::filesystem::path& path) {
    std::array<unsigned char, key_size> key{};
    if (::RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) {
        return base::failure(base::ErrorCode::internal, "no random bytes for the fingerprint key");
    }
    const ssize_t written = ::write(fd, key.data(), key.size());
    const int reason = written < 0 ? errno : ENOSPC;
    ::OPENSSL_cleanse(key.data(), key.size());
    if (written != static_cast<ssize_t>(key_size)) {
        return base::failure(base::errno_error(reason, "cannot write the fingerprint key", path.string()));
    }
    if (::fsync(fd) != 0) {
        return base::failure(base::errno_error(errno, "cannot write the fingerprint key", path.string()));
    }
    return {};
}

/// The key appears whole or not at all, and the first of several makers wins: written aside, then linked to its name.
base::Status make_key(const std::filesystem::path& path) {
    const std::filesystem::path aside = fmt::format("{}.{}.new", path.string(), ::getpid());
    ::unlink(aside.c_str()); // left by a process of the same number that died
    const base::UniqueFd fd(::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.valid()) {
        return base::failure(base::errno_error(errno, "cannot write the fingerprint key", aside.string()));
    }
    auto status = write_key(fd.get(), aside);
    if (status && ::link(aside.c_str(), path.c_str()) != 0 && errno != EEXIST) {
        status = base::failure(base::errno_error(errno, "cannot write the fingerprint key", path.string()));
    }
    ::unlink(aside.c_str());
    return status ? sync_directory(path.parent_path()) : status;
}

/// `not_found` when there is none.
base::Result<base::Secret> read_key(const std::filesystem::path& path) {
    const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd.valid()) {
        return base::failure(base::errno_error(errno, "cannot read the fingerprint key", path.string()));
    }
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) {
        return base::failure(base::errno_error(errno, "cannot read the fingerprint key", path.string()));
    }
    if (!S_ISREG(info.st_mode) || info.st_size != static_cast<off_t>(key_size)) {
        return base::failure(
            base::ErrorCode::invalid_argument,
            fmt::format("the fingerprint key is not a file of {} bytes: remove it and it is made anew", key_size),
            path.string());
    }
    if ((info.st_mode & 077U) != 0) {
        return base::failure(
            base::ErrorCode::permission_denied,
            fmt::format("others may read the fingerprint key (mode {:04o}): chmod 0600, or remove it and "
                        "it is made anew",
                        info.st_mode & 07777U),
            path.string());
    }
    if (info.st_uid != ::geteuid() && info.st_uid != 0) {
        return base::failure(
            base::ErrorCode::permission_denied, "the fingerprint key belongs to another user", path.string());
    }
    std::vector<char> key(key_size);
    if (::read(fd.get(), key.data(), key.size()) != static_cast<ssize_t>(key_size)) {
        return base::failure(base::errno_error(errno, "cannot read the fingerprint key", path.string()));
    }
    return base::Secret::take(std::move(key));
}

} // namespace

base::Result<Fingerprinter> Fingerprinter::open(const std::filesystem::path& state_directory) {
    if (auto status = make_state_directory(state_directory); !status) {
        return base::failure(status.error());
    }
    const std::filesystem::path path = state_directory / "fingerprint.key";
    auto key = read_key(path);
    if (!key && key.error().code() == base::ErrorCode::not_found) {
        if (auto status = make_key(path); !status) {
            return base::failure(status.error());
        }
        key = read_key(path);
    }
    if (!key) {
        return base::failure(key.error());
    }
    return Fingerprinter(std::move(*key));
}

std::string Fingerprinter::of(std::string_view account, const base::Secret& secret) const {
    const auto bytes = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
    const Mac mac(::EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    const MacContext context(mac ? ::EVP_MAC_CTX_new(mac.get()) : nullptr);
    std::string digest_name = "SHA256";
    const std::array parameters{::OSSL_PARAM_construct_utf8_string("digest", digest_name.data(), 0),
                                ::OSSL_PARAM_construct_end()};
    std::array<unsigned char, 32> digest{};
    std::size_t size = 0;
    constexpr unsigned char separator = 0;
    const bool done = context != nullptr && key_.expose_to([&](std::string_view key) {
        return ::EVP_MAC_init(context.get(), bytes(key), key.size(), parameters.data()) == 1;
    }) && ::EVP_MAC_update(context.get(), bytes(account), account.size()) == 1 &&
                      ::EVP_MAC_update(context.get(), &separator, 1) == 1 &&
                      secret.expose_to([&](std::string_view text) {
                          return text.empty() || ::EVP_MAC_update(context.get(), bytes(text), text.size()) == 1;
                      }) &&
                      ::EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1;
    if (!done || size != digest.size()) {
        throw std::runtime_error("OpenSSL cannot compute HMAC-SHA-256");
    }
    std::string hex;
    for (std::size_t i = 0; i < shown_bytes; ++i) {
        hex += fmt::format("{:02x}", digest[i]);
    }
    return hex;
}

} // namespace mailpreflight::store
