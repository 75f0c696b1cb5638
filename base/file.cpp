#include "base/file.hpp"

#include "base/unique_fd.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace mailpreflight::base {

Result<std::string> read_file(const std::filesystem::path& path, std::uintmax_t limit) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid()) {
        return failure(errno_error(errno, "cannot open", path.string()));
    }
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) {
        return failure(errno_error(errno, "cannot read", path.string()));
    }
    if (!S_ISREG(info.st_mode)) {
        return failure(ErrorCode::invalid_argument, "not a regular file", path.string());
    }
    std::string content;
    char block[65536];
    for (;;) {
        const ssize_t got = ::read(fd.get(), block, sizeof block);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failure(errno_error(errno, "cannot read", path.string()));
        }
        if (got == 0) {
            return content;
        }
        content.append(block, static_cast<std::size_t>(got));
        if (content.size() > limit) {
            return failure(ErrorCode::limit_exceeded, fmt::format("file is larger than {} bytes", limit), path.string());
        }
    }
}

Status write_file_atomically(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    const std::filesystem::path temporary = path.string() + ".new";
    const UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!fd.valid()) {
        return failure(errno_error(errno, "cannot write", temporary.string()));
    }
    while (!content.empty()) {
        const ssize_t written = ::write(fd.get(), content.data(), content.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return failure(errno_error(errno, "cannot write", temporary.string()));
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(fd.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
        return failure(errno_error(errno, "cannot write", path.string()));
    }
    return {};
}

} // namespace mailpreflight::base
