#include "daemon/metrics_notices.hpp"

#include <gtest/gtest.h>

#include <prometheus/text_serializer.h>

namespace mailpreflight::daemon {
namespace {

TEST(NoticeMetrics, tell_of_each_receiver_what_it_is_owed_and_what_came_of_attempts) {
    using enum core::AttemptResult;
    const auto families = notice_metrics({{"journal", {}}, {"ops", {3, {{delivered, 5}, {later, 2}}}}});
    EXPECT_EQ(prometheus::TextSerializer().Serialize(families),
              R"(# HELP mailpreflight_notifications_total Attempts to tell the receiver, by what came of them.
# TYPE mailpreflight_notifications_total counter
mailpreflight_notifications_total{receiver="journal",outcome="delivered"} 0
mailpreflight_notifications_total{receiver="journal",outcome="later"} 0
mailpreflight_notifications_total{receiver="journal",outcome="refused"} 0
mailpreflight_notifications_total{receiver="ops",outcome="delivered"} 5
mailpreflight_notifications_total{receiver="ops",outcome="later"} 2
mailpreflight_notifications_total{receiver="ops",outcome="refused"} 0
# HELP mailpreflight_notices_owed Notices that the receiver has not been told yet.
# TYPE mailpreflight_notices_owed gauge
mailpreflight_notices_owed{receiver="journal"} 0
mailpreflight_notices_owed{receiver="ops"} 3
)");
}

} // namespace
} // namespace mailpreflight::daemon
