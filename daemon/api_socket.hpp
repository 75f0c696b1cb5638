#pragma once

#include "api/caller.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "config/loopback.hpp"

#include <filesystem>

namespace mailpreflight::daemon {

/// A listening UNIX socket at `path` with exactly this mode. A socket that is left over from a dead process is removed
/// first; one that somebody answers on is a `conflict`, and what is no socket is never touched. Changes the umask for a
/// moment: call it before there are threads.
base::Result<base::UniqueFd> bind_unix_socket(const std::filesystem::path& path, unsigned mode);

/// A listening TCP socket at an address of this host alone.
base::Result<base::UniqueFd> bind_loopback(const config::LoopbackAddress& address);

/// AF_UNIX, AF_INET or AF_INET6.
int family_of(int socket);

/// Who connected: over UNIX the user as the kernel noted it at connect(2), over TCP the address alone.
base::Result<api::Caller> caller_at(int connection);

/// The id that the kernel shows for users and groups it cannot map: /proc/sys/kernel/overflowuid, overflowgid.
uid_t overflow_uid();
gid_t overflow_gid();

} // namespace mailpreflight::daemon
