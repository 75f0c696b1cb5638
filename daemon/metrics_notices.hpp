#pragma once

#include "daemon/couriers.hpp"

#include <prometheus/collectable.h>
#include <vector>

namespace mailpreflight::daemon {

/// How notices fare, by receiver: what became of the attempts and what is owed. A pure function.
std::vector<prometheus::MetricFamily> notice_metrics(const std::map<std::string, Couriers::Load>& load);

/// Those of the couriers, gathered at each scrape. Safe from any thread.
class NoticeMetrics final : public prometheus::Collectable {
public:
    explicit NoticeMetrics(const Couriers& couriers) :
        couriers_(couriers) {}
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

private:
    const Couriers& couriers_;
};

} // namespace mailpreflight::daemon
