#pragma once

#include "api/call.hpp"

#include <string>
#include <sys/types.h>

namespace mailpreflight::api {

/// Who is at the other end of a connection, as the kernel saw it at connect(2) (SO_PEERCRED). For records and "who"
/// columns; never authorise by pid.
struct Caller {
    uid_t uid = 0;
    gid_t gid = 0;
    pid_t pid = 0;
    std::string user;                    ///< user name of the uid; looked up for writes only, else empty
    Privilege granted = Privilege::view; ///< by the socket
    std::string from = {}; ///< "127.0.0.1:51234": of a TCP connection, whose user nobody tells; else empty

    /// "uid 1000 (anna)", "somebody at 127.0.0.1:51234"
    [[nodiscard]] std::string who() const {
        if (!from.empty()) {
            return "somebody at " + from;
        }
        return "uid " + std::to_string(uid) + (user.empty() ? "" : " (" + user + ")");
    }

    bool operator==(const Caller&) const = default;
};

} // namespace mailpreflight::api
