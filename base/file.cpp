#include "base/file.hpp"

#include "base/unique_fd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>

namespace mailpreflight::base {

namespace {

/// False with errno.
bool write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno != EINTR) {
            return false;
        }
        content.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(0, written)));
    }
    return true;
}

/// The new name itself must survive a loss of power. False with errno.
bool sync_directory_of(const std::filesystem::path& path) {
    const std::string directory = path.has_parent_path() ? path.parent_path().string() : ".";
    const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.valid() && ::fsync(fd.get()) == 0;
}

} // namespace

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
            return failure(
                ErrorCode::limit_exceeded, fmt::format("file is larger than {} bytes", limit), path.string());
        }
    }
}

Status write_file_atomically(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    // A name of its own: two writers never share a half-written file, and none that lies there lends its mode.
    std::string temporary = path.string() + ".XXXXXX";
    const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd.valid()) {
        return failure(errno_error(errno, "cannot write", path.string()));
    }
    if (::fchmod(fd.get(), mode) != 0 || !write_all(fd.get(), content) || ::fsync(fd.get()) != 0 ||
        ::rename(temporary.c_str(), path.c_str()) != 0 || !sync_directory_of(path)) {
        const int error = errno;
        ::unlink(temporary.c_str());
        return failure(errno_error(error, "cannot write", path.string()));
    }
    return {};
}

} // namespace mailpreflight::base
