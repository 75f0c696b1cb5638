// docs/metrics.md has each family with its type, and no other.

#include "base/file.hpp"
#include "base/text.hpp"
#include "daemon/metrics.hpp"
#include "daemon/metrics_notices.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mailpreflight::daemon {
namespace {

std::string word_of(prometheus::MetricType type) {
    switch (type) {
    case prometheus::MetricType::Counter:
        return "counter";
    case prometheus::MetricType::Gauge:
        return "gauge";
    case prometheus::MetricType::Histogram:
        return "histogram";
    case prometheus::MetricType::Summary:
        return "summary";
    case prometheus::MetricType::Untyped:
        break;
    }
    return "untyped";
}

TEST(MetricsDocument, has_each_family_with_its_type_and_no_other) {
    const auto page = base::read_file("docs/metrics.md", 1U << 20U);
    ASSERT_TRUE(page) << page.error().message();
    std::map<std::string, std::string> documented;
    for (const std::string& line : base::split(*page, '\n')) {
        const std::vector<std::string> cells = base::split(line, '|');
        const bool is_family =
            cells.size() > 4 && (cells[1].starts_with(" `mailpreflight_") || cells[1].starts_with(" `process_"));
        if (is_family) {
            const std::string name(base::trim(cells[1]));
            EXPECT_TRUE(documented.emplace(name.substr(1, name.size() - 2), base::trim(cells[2])).second) << name;
        }
    }
    std::map<std::string, std::string> exported;
    MetricFamilies all = all_metrics({.state = {}, .counts = {}, .now = {}});
    for (prometheus::MetricFamily& family : notice_metrics({})) {
        all.push_back(std::move(family));
    }
    for (const prometheus::MetricFamily& family : all) {
        EXPECT_TRUE(exported.emplace(family.name, word_of(family.type)).second) << family.name << " is there twice";
    }
    EXPECT_EQ(documented, exported);
}

} // namespace
} // namespace mailpreflight::daemon
