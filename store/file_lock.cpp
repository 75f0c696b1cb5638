#include "store/file_lock.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace mailpreflight::store {

base::Result<std::optional<FileLock>> FileLock::try_take(const std::filesystem::path& path) {
    base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
    if (!fd.valid()) {
        return base::failure(base::errno_error(errno, "cannot open the lock", path.string()));
    }
    int result = 0;
    do {
        result = ::flock(fd.get(), LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result == 0) {
        return FileLock(std::move(fd));
    }
    if (errno == EWOULDBLOCK) {
        return std::optional<FileLock>();
    }
    return base::failure(base::errno_error(errno, "cannot lock", path.string()));
}

base::Status FileLock::mark() {
    if (::pwrite(fd_.get(), "x", 1, 0) != 1) {
        return base::failure(base::errno_error(errno, "cannot mark the lock"));
    }
    return {};
}

void FileLock::unmark() {
    const int done = ::ftruncate(fd_.get(), 0);
    static_cast<void>(done); // a mark that stays is taken for a death, which errs on the safe side
}

bool FileLock::is_marked() const {
    struct stat info {};
    return ::fstat(fd_.get(), &info) != 0 || info.st_size > 0;
}

base::Status make_state_directory(const std::filesystem::path& directory) {
    std::error_code error;
    if (std::filesystem::is_directory(directory, error)) {
        return {};
    }
    if (directory.has_parent_path()) {
        std::filesystem::create_directories(directory.parent_path(), error); // a failure shows in the next call
    }
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        return base::failure(base::errno_error(errno, "cannot make the state directory", directory.string()));
    }
    return {};
}

} // namespace mailpreflight::store
