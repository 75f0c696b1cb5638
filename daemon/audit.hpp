#pragma once

#include "daemon/api_server.hpp"

#include <chrono>
#include <cstddef>

namespace mailpreflight::daemon {

/// Writes the audit lines: every change, and of refusals, which a stranger can cause without end, at most 30 a minute;
/// the next line says how many were left out. For the API's thread alone.
class AuditLog {
public:
    static constexpr std::size_t most_refusals_a_minute = 30;

    void write(const AuditRecord& record);

    /// Is this record to be written at `now`? Counts what is not.
    [[nodiscard]] bool admits(const AuditRecord& record, std::chrono::steady_clock::time_point now);

    [[nodiscard]] std::size_t left_out() const noexcept {
        return left_out_;
    }

private:
    std::chrono::steady_clock::time_point minute_{};
    std::size_t refusals_ = 0;
    std::size_t left_out_ = 0;
};

} // namespace mailpreflight::daemon
