#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <filesystem>
#include <sys/socket.h>

namespace mailpreflight::daemon {

/// A listening UNIX socket at `path` with exactly this mode. A socket that is left over from a dead process is removed
/// first; one that somebody answers on is a `conflict`, and what is no socket is never touched. Changes the umask for a
/// moment: call it before there are threads.
base::Result<base::UniqueFd> bind_unix_socket(const std::filesystem::path& path, unsigned mode);

/// Who connected, as the kernel noted it at connect(2).
base::Result<ucred> peer_of(int connection);

/// The id that the kernel shows for users and groups it cannot map: /proc/sys/kernel/overflowuid, overflowgid.
uid_t overflow_uid();
gid_t overflow_gid();

} // namespace mailpreflight::daemon
