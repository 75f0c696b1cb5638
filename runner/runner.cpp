#include "runner/runner.hpp"

#include "runner/pool.hpp"

#include <algorithm>

namespace mailpreflight::runner {

Runner::Runner(
    net::Network& network, core::CredentialGate& gate, const base::Clock& clock, Sink& sink, int total_lanes) :
    network_(network),
    gate_(gate),
    clock_(clock),
    sink_(sink),
    total_lanes_(total_lanes) {}

Runner::~Runner() {
    stop();
}

void Runner::configure(std::map<std::string, SourceSetup> sources, std::chrono::milliseconds grace) {
    std::map<std::string, std::shared_ptr<Pool>> old;
    {
        const std::lock_guard lock(mutex_);
        old.swap(pools_);
    }
    for (auto& [name, pool] : old) {
        pool->close();
    }
    const auto deadline = std::chrono::steady_clock::now() + grace;
    for (auto& [name, pool] : old) {
        pool->wait_until_idle(deadline);
    }
    for (auto& [name, pool] : old) {
        pool->ask_to_stop();
        if (const auto same = sources.find(name); same != sources.end()) {
            same->second.endpoints.book = pool->setup().endpoints.book; // what addresses refused is not forgotten
        }
    }
    old.clear(); // joins: no old lane is alive when the first new one opens
    int left = total_lanes_;
    std::map<std::string, std::shared_ptr<Pool>> fresh;
    for (auto& [name, setup] : sources) {
        const int lanes = std::max(1, std::min(setup.lanes, left));
        left -= lanes;
        fresh.emplace(name, std::make_shared<Pool>(network_, gate_, clock_, sink_, std::move(setup), lanes));
    }
    const std::lock_guard lock(mutex_);
    pools_ = std::move(fresh);
}

bool Runner::submit(core::CheckRequest request) {
    const std::lock_guard lock(mutex_);
    const auto pool = pools_.find(request.key.subject.source);
    return pool != pools_.end() && pool->second->submit(std::move(request));
}

void Runner::limit_lanes(const std::string& source, std::optional<int> most) {
    const std::lock_guard lock(mutex_);
    if (const auto pool = pools_.find(source); pool != pools_.end()) {
        pool->second->limit_lanes(most);
    }
}

void Runner::cancel(const std::string& run) {
    std::map<std::string, std::shared_ptr<Pool>> pools;
    {
        const std::lock_guard lock(mutex_);
        pools = pools_;
    }
    for (auto& [name, pool] : pools) {
        pool->cancel(run);
    }
}

std::map<std::string, SourceLoad> Runner::load() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, SourceLoad> load;
    for (const auto& [name, pool] : pools_) {
        load.emplace(name, pool->load());
    }
    return load;
}

void Runner::stop() {
    configure({}, std::chrono::milliseconds::zero());
}

} // namespace mailpreflight::runner
