#pragma once

#include "base/clock.hpp"
#include "daemon/metric_counts.hpp"

#include <initializer_list>
#include <prometheus/metric_family.h>
#include <string>
#include <string_view>
#include <vector>

// Private to the metrics_*.cpp files: families, put together sample by sample.

namespace mailpreflight::daemon {

using Labels = std::vector<prometheus::ClientMetric::Label>;

prometheus::MetricFamily gauge(std::string_view name, std::string_view help);
prometheus::MetricFamily counter(std::string_view name, std::string_view help);
prometheus::MetricFamily histogram(std::string_view name, std::string_view help);

/// To a gauge or a counter.
void add(prometheus::MetricFamily& family, Labels labels, double value);
void add(prometheus::MetricFamily& family, Labels labels, const DurationCounts& durations);

/// Unix time.
double seconds(base::SystemTime time);
double seconds(base::Duration duration);

/// One sample for each value of an enum, 1 for the one that it is and 0 for the others.
template <typename Enum>
void add_one_hot(prometheus::MetricFamily& family,
                 const Labels& labels,
                 const std::string& label,
                 std::initializer_list<Enum> all,
                 Enum is,
                 std::string_view (*name)(Enum)) {
    for (const Enum value : all) {
        Labels with = labels;
        with.push_back({label, std::string(name(value))});
        add(family, std::move(with), value == is ? 1 : 0);
    }
}

} // namespace mailpreflight::daemon
