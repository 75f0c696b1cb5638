#include "daemon/audit.hpp"

#include <gtest/gtest.h>

using namespace mailpreflight;
using namespace std::chrono_literals;

TEST(AuditLog, every_change_is_written_and_refusals_are_bounded) {
    daemon::AuditLog log;
    const std::chrono::steady_clock::time_point start{1h};
    daemon::AuditRecord refused;
    refused.status = 404;
    daemon::AuditRecord changed;
    changed.status = 200;
    for (std::size_t i = 0; i < daemon::AuditLog::most_refusals_a_minute; ++i) {
        EXPECT_TRUE(log.admits(refused, start));
    }
    EXPECT_FALSE(log.admits(refused, start + 59s));
    EXPECT_EQ(log.left_out(), 1U);
    EXPECT_TRUE(log.admits(changed, start + 59s));
    EXPECT_TRUE(log.admits(refused, start + 60s));
}
