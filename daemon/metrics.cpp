#include "daemon/metrics.hpp"

#include <iterator>
#include <utility>

namespace mailpreflight::daemon {

MetricFamilies all_metrics(const MetricsSight& sight) {
    MetricFamilies all;
    for (const auto page :
         {service_metrics, source_metrics, source_count_metrics, batch_metrics, incident_metrics, account_metrics}) {
        MetricFamilies families = page(sight);
        all.insert(all.end(), std::make_move_iterator(families.begin()), std::make_move_iterator(families.end()));
    }
    return all;
}

} // namespace mailpreflight::daemon
