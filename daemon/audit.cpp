#include "daemon/audit.hpp"

#include "daemon/log.hpp"

#include <fmt/format.h>

#include <utility>

namespace mailpreflight::daemon {

bool AuditLog::admits(const AuditRecord& record, std::chrono::steady_clock::time_point now) {
    if (record.status < 400) {
        return true;
    }
    if (now - minute_ >= std::chrono::minutes(1)) {
        minute_ = now;
        refusals_ = 0;
    }
    if (refusals_ < most_refusals_a_minute) {
        ++refusals_;
        return true;
    }
    ++left_out_;
    return false;
}

void AuditLog::write(const AuditRecord& record) {
    if (!admits(record, std::chrono::steady_clock::now())) {
        return;
    }
    const std::size_t left_out = std::exchange(left_out_, 0);
    log(Message::audit,
        fmt::format("{} pid {}: {} {}: {} {}{}",
                    record.caller.who(),
                    record.caller.pid,
                    record.call,
                    record.target,
                    record.status,
                    record.detail,
                    left_out == 0 ? "" : fmt::format(" ({} refusals before this are not shown)", left_out)));
}

} // namespace mailpreflight::daemon
