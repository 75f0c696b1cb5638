#include "daemon/metrics_page.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "daemon/metrics.hpp"
#include "daemon/version.hpp"
#include "daemon/views.hpp"

#include <charconv>
#include <iterator>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace mailpreflight::daemon {

namespace {

double in_seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::optional<std::uint64_t> resident_bytes() {
    const auto text = base::read_file("/proc/self/statm", 256); // "size resident shared ..." in pages
    if (!text) {
        return std::nullopt;
    }
    const std::vector<std::string> fields = base::split(*text, ' ');
    std::uint64_t pages = 0;
    if (fields.size() < 2 ||
        std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), pages).ec != std::errc()) {
        return std::nullopt;
    }
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

ProcessMetrics this_process(base::SystemTime started_at) {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return {started_at, in_seconds(used.ru_utime) + in_seconds(used.ru_stime), resident_bytes()};
}

std::vector<AccountMetrics> accounts_of(App& app) {
    const App::Setting setting = app.setting();
    const base::SystemTime now = app.clock().now();
    const auto policies = runner::guard_policies(*setting.config);
    std::vector<AccountMetrics> accounts;
    for (const auto& [name, account] : setting.config->accounts) {
        const runner::LoadedAccount& loaded = setting.accounts->at(name);
        const auto ledger = app.ledger().snapshot(name);
        const core::AccountLedger kept = ledger.value_or(core::AccountLedger{});
        const api::AccountSight sight = account_sight(name,
                                                      kept,
                                                      loaded.identity ? loaded.identity->fingerprint : "",
                                                      ledger ? loaded.problem : ledger.error().message(),
                                                      policies.at(name),
                                                      now);
        accounts.push_back({.name = name,
                            .state = sight.state,
                            .presentations = app.ledger().presentations(name),
                            .refusals = static_cast<int>(core::settle(kept, policies.at(name), now).refusals.size())});
    }
    return accounts;
}

} // namespace

std::vector<prometheus::MetricFamily> AppMetrics::Collect() const {
    const MetricCounts counts = app_.metric_counts();
    const JudgeLoad judge = app_.judge().load();
    std::map<std::string, runner::SourceLoad> loads = app_.runner().load();
    std::vector<AccountMetrics> accounts = accounts_of(app_);
    ProcessMetrics process = this_process(app_.started_at());
    return app_.judge().with_state([&](const State& state) {
        return all_metrics({.state = state,
                            .counts = counts,
                            .now = app_.clock().now(),
                            .judge = judge,
                            .loads = std::move(loads),
                            .accounts = std::move(accounts),
                            .process = process,
                            .version = version});
    });
}

ApiPage MetricsPage::page() {
    return gathered_.with([this](std::optional<Gathered>& gathered) {
        const auto now = std::chrono::steady_clock::now();
        if (!gathered || now - gathered->at >= fresh) {
            std::vector<prometheus::MetricFamily> families;
            for (const auto& part : parts_) {
                std::vector<prometheus::MetricFamily> some = part->Collect();
                families.insert(
                    families.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
            }
            gathered = Gathered{std::chrono::steady_clock::now(), prometheus::TextSerializer().Serialize(families)};
        }
        return ApiPage{"text/plain; version=0.0.4; charset=utf-8", gathered->text};
    });
}

} // namespace mailpreflight::daemon
