#include "daemon/metric_family.hpp"

#include <limits>
#include <utility>

namespace mailpreflight::daemon {

namespace {

prometheus::MetricFamily family(std::string_view name, std::string_view help, prometheus::MetricType type) {
    return {std::string(name), std::string(help), type, {}};
}

} // namespace

prometheus::MetricFamily gauge(std::string_view name, std::string_view help) {
    return family(name, help, prometheus::MetricType::Gauge);
}

prometheus::MetricFamily counter(std::string_view name, std::string_view help) {
    return family(name, help, prometheus::MetricType::Counter);
}

prometheus::MetricFamily histogram(std::string_view name, std::string_view help) {
    return family(name, help, prometheus::MetricType::Histogram);
}

void add(prometheus::MetricFamily& family, Labels labels, double value) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    if (family.type == prometheus::MetricType::Counter) {
        metric.counter.value = value;
    } else {
        metric.gauge.value = value;
    }
    family.metric.push_back(std::move(metric));
}

void add(prometheus::MetricFamily& family, Labels labels, const DurationCounts& durations) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.histogram.sample_sum = durations.sum_seconds;
    for (std::size_t i = 0; i < durations.counts.size(); ++i) {
        metric.histogram.sample_count += durations.counts.at(i);
        metric.histogram.bucket.push_back({metric.histogram.sample_count,
                                           i < DurationCounts::bounds.size()
                                               ? DurationCounts::bounds.at(i)
                                               : std::numeric_limits<double>::infinity()});
    }
    family.metric.push_back(std::move(metric));
}

double seconds(base::SystemTime time) {
    return seconds(time.time_since_epoch());
}

double seconds(base::Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

} // namespace mailpreflight::daemon
