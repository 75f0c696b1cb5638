#pragma once

#include "api/account.hpp"
#include "daemon/judge.hpp"
#include "daemon/metric_counts.hpp"
#include "runner/runner.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <prometheus/metric_family.h>
#include <string>
#include <vector>

namespace mailpreflight::daemon {

/// What the guard knows of one account.
struct AccountMetrics {
    std::string name; ///< of [account.NAME]
    api::AccountState state = api::AccountState::unproven;
    int presentations = 0; ///< of the last 24 h
    int refusals = 0;
};

/// What the operating system says of this process.
struct ProcessMetrics {
    base::SystemTime started_at;
    double cpu_seconds = 0;
    std::optional<std::uint64_t> resident_bytes; ///< nothing: it is not told
};

/// Everything that metrics are made of.
struct MetricsSight {
    const State& state;
    const MetricCounts& counts;
    base::SystemTime now;
    JudgeLoad judge = {};
    std::map<std::string, runner::SourceLoad> loads = {};
    std::vector<AccountMetrics> accounts = {};
    ProcessMetrics process = {};
    std::string version = {};
};

/// How it all looks to Prometheus: pure functions, one page of families each. Names of mailboxes, users, hosts and
/// files never become labels, so the number of series is bounded by sources, batches, accounts and the catalogue of
/// causes, and what is no longer configured has none (docs/metrics.md). A family is always there, be it without a
/// sample: rules and dashboards can rely on its name.
using MetricFamilies = std::vector<prometheus::MetricFamily>;

MetricFamilies service_metrics(const MetricsSight& sight);
MetricFamilies source_metrics(const MetricsSight& sight);
MetricFamilies source_count_metrics(const MetricsSight& sight);
MetricFamilies batch_metrics(const MetricsSight& sight);
MetricFamilies incident_metrics(const MetricsSight& sight);
MetricFamilies account_metrics(const MetricsSight& sight);

/// All of them, in that order.
MetricFamilies all_metrics(const MetricsSight& sight);

} // namespace mailpreflight::daemon
