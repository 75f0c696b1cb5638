#include "daemon/metrics_page.hpp"

#include <gtest/gtest.h>

#include <prometheus/metric_family.h>

namespace mailpreflight::daemon {
namespace {

/// Tells how often it was asked.
class Part final : public prometheus::Collectable {
public:
    explicit Part(std::string name) :
        name_(std::move(name)) {}
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
        prometheus::ClientMetric metric;
        metric.gauge.value = ++asked_;
        return {{name_, "Help.", prometheus::MetricType::Gauge, {metric}}};
    }

private:
    const std::string name_;
    mutable int asked_ = 0;
};

TEST(MetricsPage, tells_what_each_part_collects_and_asks_none_twice_at_once) {
    MetricsPage page({std::make_shared<Part>("first"), std::make_shared<Part>("second")});
    const ApiPage told = page.page();
    EXPECT_EQ(told.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(told.body,
              "# HELP first Help.\n# TYPE first gauge\nfirst 1\n# HELP second Help.\n# TYPE second gauge\nsecond 1\n");
    EXPECT_EQ(page.page().body, told.body);
}

} // namespace
} // namespace mailpreflight::daemon
