#include "config/secret_file.hpp"

#include "base/text.hpp"
#include "base/unique_fd.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace mailpreflight::config {

namespace {

using base::ErrorCode;
using base::failure;

constexpr std::size_t longest_secret = 64 * 1024;

/// Bytes that are wiped when they die. The capacity is fixed: growing would leave copies behind.
class WipedBuffer {
public:
    WipedBuffer() :
        bytes_(longest_secret + 1) {}
    ~WipedBuffer() {
        OPENSSL_cleanse(bytes_.data(), bytes_.size());
    }
    WipedBuffer(const WipedBuffer&) = delete;
    WipedBuffer& operator=(const WipedBuffer&) = delete;

    [[nodiscard]] char* data() {
        return bytes_.data();
    }
    [[nodiscard]] std::size_t capacity() const {
        return bytes_.size();
    }

private:
    std::vector<char> bytes_;
};

bool is_own_group(gid_t group) {
    if (group == ::getegid()) {
        return true;
    }
    const int count = ::getgroups(0, nullptr);
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
    const int got = ::getgroups(static_cast<int>(groups.size()), groups.data());
    return got > 0 && std::find(groups.begin(), groups.begin() + got, group) != groups.begin() + got;
}

/// Why the file may not hold a secret.
std::optional<std::string> weakness(const struct stat& info, SecretReference::Kind kind) {
    if (!S_ISREG(info.st_mode)) {
        return "not a regular file";
    }
    const unsigned mode = info.st_mode & 07777U;
    if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
        return "it belongs to another user: chown it to root or to the daemon's user";
    }
    if ((mode & 07U) != 0) {
        return fmt::format("mode {:04o} opens it to others: chmod 0600 (or 0640 with the daemon's group)", mode);
    }
    if ((mode & 030U) != 0) {
        return fmt::format("mode {:04o} lets its group write it: chmod 0600 (or 0640 with the daemon's group)", mode);
    }
    // systemd lets the service's user in by an ACL where the file system has them; the mask then stands in the group's
    // place, and the folder is the service's own.
    if (kind == SecretReference::Kind::file && (mode & 040U) != 0 && !is_own_group(info.st_gid)) {
        return fmt::format("mode {:04o} opens it to group {}, which is none of ours: chgrp it to the daemon's group or "
                           "chmod 0600",
                           mode,
                           info.st_gid);
    }
    return std::nullopt;
}

base::Result<std::size_t> read_all(int fd, char* into, std::size_t capacity) {
    std::size_t size = 0;
    while (size < capacity) {
        const ssize_t got = ::read(fd, into + size, capacity - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failure(base::errno_error(errno, "cannot read"));
        }
        if (got == 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
    }
    return size;
}

std::string_view without_final_newline(std::string_view text) {
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
        if (text.ends_with('\r')) {
            text.remove_suffix(1);
        }
    }
    return text;
}

/// Why the text cannot be a password.
std::optional<std::string> unusable(std::string_view text) {
    if (text.empty()) {
        return "it is empty";
    }
    if (text.size() > longest_secret) {
        return "it is larger than 64 KiB";
    }
    if (text.starts_with("\xEF\xBB\xBF") || text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        return "it begins with a byte order mark: save it as plain UTF-8 text";
    }
    if (text.find('\0') != std::string_view::npos) {
        return "it holds a NUL byte: not a text file, or saved as UTF-16";
    }
    if (text.find('\n') != std::string_view::npos) {
        return "it has more than one line";
    }
    const bool control = std::any_of(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
    if (control) {
        return "it holds a control character";
    }
    if (!base::is_valid_utf8(text)) {
        return "it is not UTF-8: save it again in that encoding";
    }
    return std::nullopt;
}

/// Why the bytes cannot be a keytab (the file format of MIT Kerberos, version 2 as all write it today).
std::optional<std::string> no_keytab(std::string_view bytes) {
    if (bytes.size() > longest_secret) {
        return "it is larger than 64 KiB";
    }
    if (!bytes.starts_with("\x05\x02")) {
        return "it is no keytab: make one with ktutil, or ktpass on Windows";
    }
    return std::nullopt;
}

/// Why the text cannot be a certificate or key.
std::optional<std::string> no_pem(std::string_view text) {
    if (text.size() > longest_secret) {
        return "it is larger than 64 KiB";
    }
    if (text.find("-----BEGIN ") == std::string_view::npos) {
        return "it is no PEM file (-----BEGIN ...-----): openssl can convert it";
    }
    return std::nullopt;
}

enum class Content { password, keytab, pem };

std::optional<std::string> why_not(Content content, std::string_view text) {
    switch (content) {
    case Content::password:
        return unusable(text);
    case Content::keytab:
        return no_keytab(text);
    case Content::pem:
        return no_pem(text);
    }
    return std::nullopt;
}

tl::unexpected<base::Error> refuse(const std::filesystem::path& path, ErrorCode code, const std::string& why) {
    return failure(base::Error(code, why).wrap("cannot use secret", path.string()));
}

base::Result<base::UniqueFd>
open_private(const std::filesystem::path& path, SecretReference::Kind kind, struct stat& info) {
    // Not blocking, so that a fifo cannot hold up the start.
    base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.valid()) {
        return failure(base::errno_error(errno, "cannot open secret", path.string()));
    }
    if (::fstat(fd.get(), &info) != 0) {
        return failure(base::errno_error(errno, "cannot read secret", path.string()));
    }
    if (const auto why = weakness(info, kind)) {
        return refuse(path, ErrorCode::permission_denied, *why);
    }
    return fd;
}

base::Result<base::Secret> load_file(const std::filesystem::path& path, SecretReference::Kind kind, Content content) {
    struct stat info {};
    const auto fd = open_private(path, kind, info);
    if (!fd) {
        return failure(fd.error());
    }
    WipedBuffer buffer;
    const auto size = read_all(fd->get(), buffer.data(), buffer.capacity());
    if (!size) {
        return failure(size.error().wrap("cannot read secret", path.string()));
    }
    std::string_view text(buffer.data(), *size);
    if (content == Content::password) {
        text = without_final_newline(text);
    }
    if (const auto why = why_not(content, text)) {
        return refuse(path, ErrorCode::invalid_argument, *why);
    }
    return base::Secret(text);
}

base::Result<base::Secret>
load(const SecretReference& reference, const std::filesystem::path& credentials_directory, Content content) {
    if (reference.kind == SecretReference::Kind::file) {
        return load_file(reference.value, reference.kind, content);
    }
    if (!is_credential_name(reference.value)) {
        return failure(ErrorCode::invalid_argument, "not the name of a credential");
    }
    if (credentials_directory.empty()) {
        return failure(ErrorCode::not_found,
                       "no credentials were given to this process ($CREDENTIALS_DIRECTORY is not set): the unit needs "
                       "LoadCredential=NAME:/path; by hand, use { file = \"/path\" }",
                       reference.value);
    }
    return load_file(credentials_directory / reference.value, reference.kind, content);
}

} // namespace

bool is_credential_name(std::string_view text) {
    return !text.empty() && text.size() <= 255 && text.front() != '.' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_' || c == '.';
           });
}

base::Result<base::Secret> load_secret(const SecretReference& reference,
                                       const std::filesystem::path& credentials_directory) {
    return load(reference, credentials_directory, Content::password);
}

base::Result<base::Secret> load_private_file(const std::filesystem::path& path, std::uintmax_t longest) {
    struct stat info {};
    const auto fd = open_private(path, SecretReference::Kind::file, info);
    if (!fd) {
        return failure(fd.error());
    }
    const auto expected = static_cast<std::uintmax_t>(std::max<off_t>(info.st_size, 0));
    if (expected > longest) {
        return refuse(path, ErrorCode::invalid_argument, fmt::format("it is larger than {} bytes", longest));
    }
    std::vector<char> bytes(static_cast<std::size_t>(expected) + 1); // one more shows a file that grows
    const auto size = read_all(fd->get(), bytes.data(), bytes.size());
    base::Secret content = base::Secret::take(std::move(bytes));
    if (!size) {
        return failure(size.error().wrap("cannot read secret", path.string()));
    }
    if (*size > expected) {
        return refuse(path, ErrorCode::invalid_argument, "it changes while it is read");
    }
    return content.expose_to([&](std::string_view all) { return base::Secret(all.substr(0, *size)); });
}

base::Result<base::Secret> load_keytab(const SecretReference& reference,
                                       const std::filesystem::path& credentials_directory) {
    return load(reference, credentials_directory, Content::keytab);
}

base::Result<base::Secret> load_pem(const SecretReference& reference,
                                    const std::filesystem::path& credentials_directory) {
    return load(reference, credentials_directory, Content::pem);
}

} // namespace mailpreflight::config
