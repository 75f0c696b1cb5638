#pragma once

#include "base/guarded.hpp"
#include "daemon/api_server.hpp"
#include "daemon/app.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <prometheus/collectable.h>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::daemon {

/// The metrics of an App, gathered at each scrape. Safe from any thread.
class AppMetrics final : public prometheus::Collectable {
public:
    explicit AppMetrics(App& app) :
        app_(app) {}
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

private:
    App& app_;
};

/// /metrics in Prometheus' text format: what each part collects, one after the other. Gathering walks over all
/// mailboxes, so what was gathered is given to everybody who asks within `fresh`. Safe from any thread.
class MetricsPage {
public:
    static constexpr std::string_view path = "/metrics";
    static constexpr std::chrono::seconds fresh{1};

    explicit MetricsPage(std::vector<std::shared_ptr<const prometheus::Collectable>> parts) :
        parts_(std::move(parts)) {}

    [[nodiscard]] ApiPage page();

private:
    struct Gathered {
        std::chrono::steady_clock::time_point at; ///< real time, whatever clock judgement is given
        std::string text;
    };
    const std::vector<std::shared_ptr<const prometheus::Collectable>> parts_;
    base::Guarded<std::optional<Gathered>> gathered_;
};

} // namespace mailpreflight::daemon
