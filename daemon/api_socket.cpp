#include "daemon/api_socket.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace mailpreflight::daemon {

namespace {

constexpr int backlog = 128;
constexpr unsigned nobody = 65534;

base::Result<sockaddr_un> address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.empty() || text.size() >= sizeof(address.sun_path)) {
        return base::failure(base::ErrorCode::invalid_argument, "a socket path has 1 to 107 bytes", text);
    }
    std::memcpy(address.sun_path, text.data(), text.size());
    return address;
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

base::Result<base::UniqueFd> new_socket() {
    base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid()) {
        return base::failure(base::errno_error(errno, "cannot make a socket"));
    }
    return fd;
}

/// Removes what a dead process left; fails when the place is taken.
base::Status make_room(const std::filesystem::path& path, const sockaddr_un& address) {
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0) {
        if (errno == ENOENT) {
            return {};
        }
        return base::failure(base::errno_error(errno, "cannot look at", path.string()));
    }
    if (!S_ISSOCK(there.st_mode)) {
        return base::failure(base::ErrorCode::conflict, "there is something else than a socket", path.string());
    }
    const auto probe = new_socket();
    if (!probe) {
        return base::failure(probe.error());
    }
    // EAGAIN is a listener whose backlog is full: somebody is there.
    if (::connect(probe->get(), generic(address), sizeof(address)) == 0 || errno == EAGAIN) {
        return base::failure(base::ErrorCode::conflict, "another process answers on the socket", path.string());
    }
    if (errno != ECONNREFUSED) {
        return base::failure(base::errno_error(errno, "cannot tell whether the socket is in use", path.string()));
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return base::failure(base::errno_error(errno, "cannot remove the old socket", path.string()));
    }
    return {};
}

unsigned id_in(const char* file) {
    const auto text = base::read_file(file, 64);
    unsigned id = nobody;
    if (text) {
        const auto digits = base::trim(*text);
        std::from_chars(digits.data(), digits.data() + digits.size(), id);
    }
    return id;
}

} // namespace

base::Result<base::UniqueFd> bind_unix_socket(const std::filesystem::path& path, unsigned mode) {
    const auto address = address_of(path);
    if (!address) {
        return base::failure(address.error());
    }
    if (auto room = make_room(path, *address); !room) {
        return base::failure(room.error());
    }
    auto fd = new_socket();
    if (!fd) {
        return fd;
    }
    // The socket is never there with more rights than it shall have; chmod then adds what the umask took.
    const mode_t before = ::umask(0177);
    const int bound = ::bind(fd->get(), generic(*address), sizeof(*address));
    const int error = errno;
    ::umask(before);
    if (bound != 0) {
        return base::failure(base::errno_error(error, "cannot bind", path.string()));
    }
    if (::chmod(path.c_str(), mode) != 0) {
        return base::failure(base::errno_error(errno, "cannot set the mode of", path.string()));
    }
    if (::listen(fd->get(), backlog) != 0) {
        return base::failure(base::errno_error(errno, "cannot listen on", path.string()));
    }
    return fd;
}

base::Result<ucred> peer_of(int connection) {
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return base::failure(base::errno_error(errno, "cannot tell who connected"));
    }
    return peer;
}

uid_t overflow_uid() {
    return id_in("/proc/sys/kernel/overflowuid");
}

gid_t overflow_gid() {
    return id_in("/proc/sys/kernel/overflowgid");
}

} // namespace mailpreflight::daemon
