#include "daemon/metrics_notices.hpp"

#include "daemon/metric_family.hpp"

#include <utility>

namespace mailpreflight::daemon {

namespace {

std::string word_of(core::AttemptResult result) {
    switch (result) {
    case core::AttemptResult::delivered:
        return "delivered";
    case core::AttemptResult::later:
        return "later";
    case core::AttemptResult::refused:
        return "refused";
    }
    return "later";
}

} // namespace

std::vector<prometheus::MetricFamily> notice_metrics(const std::map<std::string, Couriers::Load>& load) {
    using enum core::AttemptResult;
    auto attempts =
        counter("mailpreflight_notifications_total", "Attempts to tell the receiver, by what came of them.");
    auto owed = gauge("mailpreflight_notices_owed", "Notices that the receiver has not been told yet.");
    for (const auto& [receiver, of_receiver] : load) {
        for (const core::AttemptResult result : {delivered, later, refused}) {
            const auto found = of_receiver.attempts.find(result);
            add(attempts,
                {{"receiver", receiver}, {"outcome", word_of(result)}},
                found == of_receiver.attempts.end() ? 0 : static_cast<double>(found->second));
        }
        add(owed, {{"receiver", receiver}}, static_cast<double>(of_receiver.waiting));
    }
    return {std::move(attempts), std::move(owed)};
}

std::vector<prometheus::MetricFamily> NoticeMetrics::Collect() const {
    return notice_metrics(couriers_.load());
}

} // namespace mailpreflight::daemon
