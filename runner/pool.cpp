#include "runner/pool.hpp"

#include "checks/run.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace mailpreflight::runner {

namespace {

// The injected clock can move without waking us: a waiting lane looks at it again this often.
constexpr std::chrono::milliseconds glance{20};

} // namespace

Runner::Pool::Pool(net::Network& network,
                   core::CredentialGate& gate,
                   const base::Clock& clock,
                   Sink& sink,
                   SourceSetup setup,
                   int lanes) :
    network_(network),
    gate_(gate),
    clock_(clock),
    sink_(sink),
    setup_(std::move(setup)),
    lanes_(lanes),
    pacer_(setup_.requests_per_second),
    back_off_(lanes) {
    for (int lane = 0; lane < lanes_; ++lane) {
        threads_.emplace_back([this, lane](const std::stop_token& stop) { work(stop, lane); });
    }
}

Runner::Pool::~Pool() {
    ask_to_stop();
    join();
}

bool Runner::Pool::submit(core::CheckRequest request) {
    const std::lock_guard lock(mutex_);
    const bool taken = queue_.push(std::move(request));
    wake_.notify_all();
    return taken;
}

void Runner::Pool::limit_lanes(std::optional<int> most) {
    const std::lock_guard lock(mutex_);
    if (most_lanes_ != most) {
        most_lanes_ = most;
        wake_.notify_all();
    }
}

void Runner::Pool::cancel(const std::string& run) {
    std::vector<core::CheckRequest> cancelled;
    {
        const std::lock_guard lock(mutex_);
        cancelled = queue_.remove_if([&](const core::CheckRequest& request) { return request.run == run; });
    }
    for (const core::CheckRequest& request : cancelled) {
        sink_.withheld(request, {core::Stage::judge, core::Cause::never_looked_at, "cancelled", {}});
    }
}

SourceLoad Runner::Pool::load() const {
    const base::SystemTime now = clock_.now();
    const std::lock_guard lock(mutex_);
    SourceLoad load;
    load.queued = queue_.size();
    load.held = queue_.count_if(
        [&](const core::CheckRequest& request) { return back_off_.is_paused(request.key.subject, now); });
    load.in_flight = in_flight_;
    load.lanes = lanes_in_force();
    load.paused_until = back_off_.paused_until(now);
    load.why_paused = load.paused_until ? back_off_.why() : "";
    load.quiet = setup_.is_quiet && setup_.is_quiet(now);
    return load;
}

void Runner::Pool::close() {
    std::vector<core::CheckRequest> left;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        left = queue_.remove_if([](const core::CheckRequest&) { return true; });
        wake_.notify_all();
    }
    for (const core::CheckRequest& request : left) {
        sink_.withheld(request, {core::Stage::judge, core::Cause::never_looked_at, "stopped", {}});
    }
}

void Runner::Pool::wait_until_idle(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    idle_.wait_until(lock, deadline, [&] { return in_flight_ == 0; });
}

void Runner::Pool::ask_to_stop() {
    close();
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
    const std::lock_guard lock(mutex_);
    wake_.notify_all();
}

void Runner::Pool::join() {
    threads_.clear();
}

void Runner::Pool::work(const std::stop_token& stop, int lane) {
    checks::Access access(network_, gate_, clock_, setup_.endpoints, [this](const base::Deadline& deadline) {
        return wait_for_rate(deadline);
    });
    while (auto request = next(stop, lane)) {
        run_one(*request, access, stop);
    }
}

int Runner::Pool::lanes_in_force() const {
    return std::min(back_off_.lanes(), most_lanes_.value_or(lanes_));
}

core::Priority Runner::Pool::least_priority(int lane) const {
    // With two lanes or more the first is kept for people and for the source's own checks; when a back-off or a window
    // has left but one, it does all.
    return lane == 0 && lanes_in_force() > 1 ? core::Priority::source : core::Priority::sweep;
}

std::optional<core::CheckRequest> Runner::Pool::next(const std::stop_token& stop, int lane) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested() && !closed_) {
        const base::SystemTime now = clock_.now();
        const bool held = back_off_.paused_until(now) || (setup_.is_quiet && setup_.is_quiet(now)) ||
                          (lane != 0 && lane >= lanes_in_force());
        if (!held) {
            const auto may_go = [&](const core::CheckRequest& r) { return !back_off_.is_paused(r.key.subject, now); };
            if (auto request = queue_.pop(least_priority(lane), may_go)) {
                ++in_flight_;
                return request;
            }
        }
        // Idle lanes sleep until there is work; those that wait for time glance at the clock.
        if (queue_.empty()) {
            wake_.wait(lock, stop, [&] { return closed_ || !queue_.empty(); });
        } else {
            wake_.wait_for(lock, stop, glance, [] { return false; });
        }
    }
    return std::nullopt;
}

bool Runner::Pool::wait_for_rate(const base::Deadline& deadline) {
    std::unique_lock lock(mutex_);
    while (!deadline.stop.stop_requested() && !deadline.passed()) {
        const auto wait = pacer_.take(clock_.steady_now());
        if (!wait) {
            return true;
        }
        wake_.wait_for(lock, deadline.stop, std::min<base::Duration>(*wait, glance), [] { return false; });
    }
    return false;
}

void Runner::Pool::run_one(const core::CheckRequest& request, checks::Access& access, const std::stop_token& stop) {
    checks::Looked looked;
    try {
        looked = checks::run(request, access, base::Deadline::in(setup_.endpoints.request_timeout, stop));
    } catch (const std::exception& error) {
        // The one place where a bug in a check becomes data instead of ending the service (style, rule 18).
        access.drop();
        looked.observations.push_back(
            core::observe(request.key, clock_.now(), core::Cause::internal_error, error.what()));
    }
    const bool stopped = stop.stop_requested();
    const std::optional<core::Failure> gate = looked.gate;
    {
        const std::lock_guard lock(mutex_);
        if (looked.back_off && !gate) {
            back_off_.slow_down(request.key, *looked.back_off, clock_.now());
        } else if (!gate) {
            back_off_.went_well(clock_.now());
        }
    }
    if (stopped) {
        // What a stop cut short says nothing about the source.
        sink_.withheld(request, {core::Stage::judge, core::Cause::never_looked_at, "stopped", {}});
    } else {
        sink_.looked(request, std::move(looked));
    }
    {
        const std::lock_guard lock(mutex_);
        --in_flight_; // not before it is told: who sees nothing in flight must find all of it judged
        idle_.notify_all();
    }
    if (gate && !stopped) {
        access.drop();
        close_gate(*gate);
    }
}

void Runner::Pool::close_gate(const core::Failure& why) {
    std::vector<core::CheckRequest> held_back;
    {
        const std::lock_guard lock(mutex_);
        held_back = queue_.remove_if(
            [](const core::CheckRequest& request) { return core::is_about_mailbox(request.key.check); });
    }
    for (const core::CheckRequest& request : held_back) {
        sink_.withheld(request, why);
    }
}

} // namespace mailpreflight::runner
