#include "daemon/api_socket.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

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

base::Result<sockaddr_storage> address_of(const config::LoopbackAddress& address) {
    sockaddr_storage storage{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    if (::inet_pton(AF_INET, address.ip.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
    } else if (::inet_pton(AF_INET6, address.ip.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(address.port);
    } else {
        return base::failure(base::ErrorCode::invalid_argument, "this is no address", address.ip);
    }
    return storage;
}

template <typename Address>
const sockaddr* generic(const Address& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

sockaddr* generic(sockaddr_storage& address) {
    return reinterpret_cast<sockaddr*>(&address);
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

base::Result<base::UniqueFd> bind_loopback(const config::LoopbackAddress& address) {
    const auto place = address_of(address);
    if (!place) {
        return base::failure(place.error());
    }
    base::UniqueFd fd(::socket(place->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid()) {
        return base::failure(base::errno_error(errno, "cannot make a socket"));
    }
    // A restart finds the connections of the service before it still waiting for their end.
    const int yes = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (::bind(fd.get(), generic(*place), sizeof(*place)) != 0) {
        return base::failure(base::errno_error(errno, "cannot bind api.metrics_listen", address.text()));
    }
    if (::listen(fd.get(), backlog) != 0) {
        return base::failure(base::errno_error(errno, "cannot listen on", address.text()));
    }
    return fd;
}

int family_of(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    return ::getsockname(socket, generic(address), &size) == 0 ? address.ss_family : AF_UNSPEC;
}

base::Result<api::Caller> caller_at(int connection) {
    api::Caller caller;
    if (family_of(connection) == AF_UNIX) {
        ucred peer{};
        socklen_t size = sizeof(peer);
        if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
            return base::failure(base::errno_error(errno, "cannot tell who connected"));
        }
        caller.uid = peer.uid;
        caller.gid = peer.gid;
        caller.pid = peer.pid;
        return caller;
    }
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (::getpeername(connection, generic(address), &size) != 0 ||
        ::getnameinfo(generic(std::as_const(address)),
                      size,
                      host.data(),
                      host.size(),
                      port.data(),
                      port.size(),
                      NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return base::failure(base::ErrorCode::io, "cannot tell who connected");
    }
    const bool is_v6 = address.ss_family == AF_INET6;
    caller.from = fmt::format("{}{}{}:{}", is_v6 ? "[" : "", host.data(), is_v6 ? "]" : "", port.data());
    return caller;
}

uid_t overflow_uid() {
    return id_in("/proc/sys/kernel/overflowuid");
}

gid_t overflow_gid() {
    return id_in("/proc/sys/kernel/overflowgid");
}

} // namespace mailpreflight::daemon
