#include "daemon/app.hpp"

#include "base/text.hpp"
#include "daemon/log.hpp"
#include "daemon/receivers.hpp"
#include "daemon/tell_news.hpp"
#include "daemon/version.hpp"
#include "store/fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unistd.h>

namespace mailpreflight::daemon {

namespace {

/// What judgement takes from a configuration.
/// Who speaks to receivers: the same over restarts, another on every installation.
notify::Origin origin_of(const runner::Fingerprint& fingerprint) {
    constexpr std::size_t digits = 16;
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    const auto installation = fingerprint("", base::Secret("installation"));
    return {
        host.data(), installation ? installation->substr(0, digits) : std::string(digits, '0'), std::string(version)};
}

// Whether a sweep is through is looked at so often.
constexpr base::Duration life_interval = std::chrono::seconds(10);

/// A reload waits so long for what is in flight; the API and the watchdog bear it.
constexpr std::chrono::seconds reload_grace{5};

void put_into(State& state, const config::Config& config, base::SystemTime now) {
    core::keep(state.plan, state.kept);
    state.plan = core::with_kept(config.plan(), state.kept, now);
    state.retention = config.store.retention;
    state.names.clear();
    state.is_quiet.clear();
    state.in_maintenance.clear();
    state.notice_policies = {journal_policy()};
    for (const auto& [name, receiver] : config.receivers) {
        state.notice_policies.push_back(config::policy_of(receiver));
    }
    for (const auto& [name, source] : config.sources) {
        state.names.emplace(name, runner::names_of(config, name));
        if (!source.maintenance.empty()) {
            state.in_maintenance.emplace(name, [source](base::SystemTime time) { return source.in_maintenance(time); });
        }
        if (!source.limits.quiet.empty()) {
            state.is_quiet.emplace(name,
                                   [limits = source.limits](base::SystemTime time) { return limits.is_quiet(time); });
        }
    }
}

/// What differs between two maps of named parts, one line each.
template <typename Map>
void note_changes(std::string_view what, const Map& before, const Map& after, std::vector<std::string>& changes) {
    for (const auto& [name, part] : after) {
        const auto old = before.find(name);
        if (old == before.end()) {
            changes.push_back(fmt::format("{} {}: new", what, name));
        } else if (!(old->second == part)) {
            changes.push_back(fmt::format("{} {}: changed", what, name));
        }
    }
    for (const auto& [name, part] : before) {
        if (!after.contains(name)) {
            changes.push_back(fmt::format("{} {}: gone", what, name));
        }
    }
}

std::map<std::string, core::Batch> by_name(const std::vector<core::Batch>& batches) {
    std::map<std::string, core::Batch> named;
    for (const core::Batch& batch : batches) {
        named.emplace(batch.name, batch);
    }
    return named;
}

std::vector<std::string> changes_between(const config::Config& before, const config::Config& after) {
    std::vector<std::string> changes;
    note_changes("account", before.accounts, after.accounts, changes);
    note_changes("source", before.sources, after.sources, changes);
    note_changes("receiver", before.receivers, after.receivers, changes);
    note_changes("batch", by_name(before.batches), by_name(after.batches), changes);
    if (!(before.schedule == after.schedule)) {
        changes.emplace_back("schedule: changed");
    }
    return changes;
}

using Accounts = std::map<std::string, runner::LoadedAccount>;

void note_secrets(const Accounts& before, const Accounts& after, std::vector<std::string>& changes) {
    for (const auto& [name, account] : after) {
        const auto old = before.find(name);
        if (old != before.end() && account.identity && old->second.identity &&
            account.identity->fingerprint != old->second.identity->fingerprint) {
            changes.push_back(fmt::format("account {}: another secret", name));
        }
        if (!account.problem.empty() && (old == before.end() || old->second.problem != account.problem)) {
            changes.push_back(fmt::format("account {}: {}", name, account.problem));
        }
    }
}

/// Whose individual password, or user name, is another one than before.
void note_own_logins(const runner::OwnLoginsOfSources& before,
                     const runner::OwnLoginsOfSources& after,
                     std::vector<std::string>& changes) {
    static const checks::OwnLogins none;
    for (const auto& [source, logins] : after) {
        const auto old = before.find(source);
        const checks::OwnLogins& known = old == before.end() ? none : *old->second;
        const auto changed = std::count_if(logins->begin(), logins->end(), [&](const auto& entry) {
            const auto same = known.find(entry.first);
            return same == known.end() || same->second.fingerprint != entry.second.fingerprint ||
                   same->second.username != entry.second.username || same->second.problem != entry.second.problem;
        });
        const auto gone = std::count_if(
            known.begin(), known.end(), [&now = *logins](const auto& entry) { return !now.contains(entry.first); });
        if (changed + gone > 0) {
            changes.push_back(
                fmt::format("source {}: {} individual passwords new or changed, {} gone", source, changed, gone));
        }
    }
}

/// A changed part of the configuration that takes a restart.
std::string needs_restart(const config::Config& before, const config::Config& after) {
    if (!(before.daemon == after.daemon)) {
        return "[daemon] takes effect at the next restart";
    }
    return before.api == after.api ? "" : "[api] takes effect at the next restart";
}

} // namespace

App::App(const base::Clock& clock, AppOptions options) :
    clock_(clock),
    options_(std::move(options)),
    started_at_(clock.now()),
    events_(clock) {}

App::~App() {
    stop();
}

base::Result<std::unique_ptr<App>> App::open(const base::Clock& clock, AppOptions options, config::Config config) {
    std::unique_ptr<App> app(new App(clock, std::move(options))); // NOLINT: the constructor is private
    if (auto opened = app->open_parts(std::move(config)); !opened) {
        return base::failure(opened.error());
    }
    return app;
}

base::Status App::open_parts(config::Config config) {
    const std::filesystem::path directory = config.daemon.state_directory;
    auto store = store::Store::open(directory);
    if (!store) {
        return base::failure(store.error());
    }
    store_ = std::move(*store);
    auto loaded = store_->load();
    if (!loaded) {
        return base::failure(loaded.error());
    }
    auto ledger =
        store::Ledger::open(directory, runner::guard_policies(config), clock_, runner::names_of_accounts(config));
    if (!ledger) {
        return base::failure(ledger.error());
    }
    ledger_ = std::move(*ledger);

    State state;
    for (const auto& [name, batch] : loaded->batches) {
        state.stored.emplace(name, store::BatchRow{batch.source, batch.record});
    }
    state.kept = std::move(loaded->batches);
    put_into(state, config, clock_.now());
    state.tracks = std::move(loaded->tracks);
    state.baseline = std::move(loaded->baseline);
    state.incidents = std::move(loaded->incidents);
    state.next_incident = loaded->next_incident;
    state.last_commit = loaded->last_commit;
    state.clock_leapt = loaded->clock_leapt;
    state.told = std::move(loaded->told);
    for (core::OwedNotice& owed : loaded->owed) {
        state.outbox.insert_or_assign(owed.notice.id, std::move(owed));
    }
    counts_.with([&](MetricCounts& counts) { counts = counts_from(state); });
    judge_ = std::make_unique<Judge>(clock_, *store_, std::move(state), [this](const State& now, const News& news) {
        tell_news(now, news, events_);
        counts_.with([&](MetricCounts& counts) { count_news(counts, now, news); });
        if (couriers_) { // not yet while it starts: what is planned then is found in the outbox
            couriers_->submit(news.notices);
        }
    });
    couriers_ = std::make_unique<Couriers>(clock_, network_, *judge_, directory);
    runner_ = std::make_unique<runner::Runner>(network_, *ledger_, clock_, *this, config.daemon.total_lanes);
    scheduler_ = std::make_unique<Scheduler>(clock_, *judge_, *runner_);
    runs_ = std::make_unique<CheckRuns>(
        [this](core::CheckRequest request) { return runner_->submit(std::move(request)); },
        [this](const api::CheckFinished& counts) {
            // Whoever reads the status after "finished" must find what was seen in it.
            static_cast<void>(judge_->call([](State&, store::Store::Commit&) {}));
            api::WatchEvent event;
            event.kind = api::WatchKind::check;
            event.run = counts.id;
            event.text = fmt::format("check {} is through: {} passed, {} warned, {} failed, {} unknown, {} withheld",
                                     counts.id,
                                     counts.passed,
                                     counts.warned,
                                     counts.failed,
                                     counts.unknown,
                                     counts.withheld);
            events_.publish(std::move(event));
        });
    setting_.with(
        [&](Setting& setting) { setting.config = std::make_shared<const config::Config>(std::move(config)); });
    return {};
}

std::filesystem::path App::state_directory() const {
    return setting().config->daemon.state_directory;
}

App::Setting App::setting() const {
    return setting_.with([](const Setting& setting) { return setting; });
}

runner::Fingerprint App::fingerprint() const {
    return [directory = state_directory(),
            &ledger = *ledger_](const std::string& account, const base::Secret& secret) -> base::Result<std::string> {
        auto fingerprinter = store::Fingerprinter::open(directory);
        if (!fingerprinter) {
            return base::failure(fingerprinter.error());
        }
        return fingerprinter->of(ledger.person_of(account), secret);
    };
}

void App::start() {
    const std::shared_ptr<const config::Config> config = setting().config;
    auto accounts =
        std::make_shared<const Accounts>(runner::load_accounts(*config, options_.credentials_directory, fingerprint()));
    auto own_logins =
        std::make_shared<const runner::OwnLoginsOfSources>(runner::load_own_logins(*config, fingerprint()));
    setting_.with([&](Setting& setting) {
        setting.accounts = accounts;
        setting.own_logins = own_logins;
    });
    // What was stored is judged before anybody can ask: no answer is given on an empty state.
    judge_->step(std::chrono::milliseconds(0));
    judge_thread_ = std::jthread([this] {
        while (!judge_->drained()) {
            judge_->step(std::chrono::milliseconds(100));
            judge_turns_.fetch_add(1);
        }
    });
    configure_receivers(*config);
    runner_->configure(runner::source_setups(*config, *accounts, *own_logins), std::chrono::milliseconds::zero());
}

void App::take_up_notices() {
    const std::lock_guard lock(reload_mutex_);
    configure_receivers(*setting().config);
}

std::vector<std::string> App::configure_receivers(const config::Config& config) {
    std::vector<std::string> problems =
        couriers_->configure(config, options_.credentials_directory, origin_of(fingerprint()));
    Heartbeats::Doors doors;
    for (const auto& [name, receiver] : config.receivers) {
        if (receiver.kind != core::ReceiverKind::heartbeat) {
            continue;
        }
        if (auto door = make_heartbeat(network_, receiver, options_.credentials_directory)) {
            doors.emplace(name, std::move(*door));
        } // else its courier has said so
    }
    heartbeats_.configure(std::move(doors));
    return problems;
}

void App::show_signs_of_life() {
    const base::SteadyTime steady = clock_.steady_now();
    if (!heartbeats_.is_wanted() || (life_shown_at_ && steady - *life_shown_at_ < life_interval)) {
        return;
    }
    life_shown_at_ = steady;
    core::SignsOfLife signs = judge_->with_state([&](const State& state) {
        return core::signs_of_life(state.plan, state.tracks, std::move(life_), clock_.now());
    });
    life_ = std::move(signs.memory);
    heartbeats_.beat(signs.beats);
}

void App::tell_spray_brakes() {
    const auto own_logins = setting().own_logins;
    if (!own_logins) {
        return; // not started yet
    }
    for (const auto& [source, logins] : *own_logins) {
        const core::TrackKey key{core::Check::account_spray_brake, core::Subject::of_source(source)};
        const auto brake = ledger_->spray_brake(source);
        const auto believed = judge_->with_state([&](const State& state) -> std::optional<core::State> {
            const core::Track* const track = core::find_track(state.tracks, key);
            return track != nullptr && track->latest ? std::optional(track->latest->state) : std::nullopt;
        });
        if (!brake || believed == core::state_of(brake->stopped_at ? core::Cause::spray_brake : core::Cause::ok)) {
            continue;
        }
        core::Observation look =
            core::observe(key,
                          clock_.now(),
                          brake->stopped_at ? core::Cause::spray_brake : core::Cause::ok,
                          brake->stopped_at ? brake->why : "individual passwords may be presented");
        look.connected_at = look.at;
        judge_->submit({std::move(look)});
    }
}

core::Outcome<core::SprayBrake> App::release_spray_brake(const std::string& source) {
    auto before = ledger_->release(source);
    if (before) {
        scheduler_->forget_all(); // what was held back is due
    }
    return before;
}

void App::step() {
    tell_spray_brakes();
    scheduler_->step();
    show_signs_of_life();
}

void App::stop() {
    if (!judge_) {
        return;
    }
    runner_->stop();
    couriers_->stop();
    judge_->close();
    if (judge_thread_.joinable()) {
        judge_thread_.join();
    }
    runs_->close();
    events_.close();
}

base::Result<App::Reloaded> App::reload(std::vector<std::string>& problems) {
    const std::lock_guard lock(reload_mutex_);
    config::LoadResult loaded = config::load(options_.configuration, clock_.now());
    Reloaded reloaded;
    for (const config::Problem& problem : loaded.problems) {
        if (problem.severity == config::Problem::Severity::error) {
            problems.push_back(problem.to_text());
        } else {
            reloaded.warnings.push_back(problem.to_text());
        }
    }
    if (!loaded.config) {
        log(Message::configuration_refused,
            fmt::format("the configuration has {} errors; the old one stays in force: {}",
                        problems.size(),
                        problems.empty() ? "" : problems.front()));
        return base::failure(base::ErrorCode::invalid_argument,
                             "the configuration has errors; the old one stays in force");
    }
    const auto warn_of_receivers = [&](const config::Config& in_force) {
        for (std::string& problem : configure_receivers(in_force)) {
            reloaded.warnings.push_back(std::move(problem));
        }
    };
    const Setting before = setting();
    auto config = std::make_shared<const config::Config>(std::move(*loaded.config));
    // Before the secrets: their fingerprints are made for the person.
    if (auto known = ledger_->configure(runner::guard_policies(*config), runner::names_of_accounts(*config)); !known) {
        return base::failure(known.error().wrap("the old configuration stays in force"));
    }
    auto accounts = std::make_shared<const Accounts>(
        runner::load_accounts(*config, options_.credentials_directory, fingerprint(), *before.accounts));
    auto own_logins =
        std::make_shared<const runner::OwnLoginsOfSources>(runner::load_own_logins(*config, fingerprint()));
    reloaded.changes = changes_between(*before.config, *config);
    note_secrets(*before.accounts, *accounts, reloaded.changes);
    note_own_logins(*before.own_logins, *own_logins, reloaded.changes);
    if (std::string warning = needs_restart(*before.config, *config); !warning.empty()) {
        reloaded.warnings.push_back(std::move(warning));
    }
    reloaded.changed = !reloaded.changes.empty();
    if (!reloaded.changed) {
        warn_of_receivers(*before.config); // their secrets may be others
        return reloaded;
    }
    const base::Status judged = judge_->call([&](State& state, store::Store::Commit& commit) {
        put_into(state, *config, commit.at);
        for (const core::Batch& batch : state.plan.batches) {
            if (const auto& pending = batch.record.pending) {
                reloaded.warnings.push_back(
                    fmt::format("the list of batch {} drops {} of {} mailboxes: the last good one stays in force until "
                                "`mailpreflight batch confirm {}`",
                                batch.name,
                                pending->dropped,
                                batch.list.mailboxes.size(),
                                batch.name));
            }
        }
    });
    // A plan is not stored: a disk that fails is no reason to go on with half of the old one.
    if (!judged && judged.error().code() == base::ErrorCode::cancelled) {
        return base::failure(judged.error());
    }
    setting_.with([&](Setting& setting) { setting = {config, accounts, own_logins}; });
    scheduler_->forget_all();
    runner_->configure(runner::source_setups(*config, *accounts, *own_logins), reload_grace);
    warn_of_receivers(*config);
    look_at_sources_now();
    api::WatchEvent event;
    event.kind = api::WatchKind::reload;
    event.text = "configuration reloaded: " + base::join(reloaded.changes, "; ");
    log(Message::configuration_reloaded, event.text);
    events_.publish(std::move(event));
    return reloaded;
}

void App::look_at_sources_now() {
    const core::Plan plan = judge_->with_state([](const State& state) { return state.plan; });
    for (const core::TrackKey& key : core::planned_keys(core::Plan{plan.sources, {}, plan.schedule})) {
        if (key.check == core::Check::tls_certificate || key.check == core::Check::ews_login) {
            core::CheckRequest request;
            request.key = key;
            request.priority = core::Priority::source;
            request.connection_after = clock_.now();
            runner_->submit(request);
        }
    }
}

void App::looked(const core::CheckRequest& request, checks::Looked looked) {
    if (looked.gate) {
        scheduler_->forget(request);
    }
    counts_.with([&](MetricCounts& counts) { count_look(counts, request, looked); });
    judge_->submit(looked.observations);
    runs_->looked(request, looked);
}

void App::withheld(const core::CheckRequest& request, const core::Failure& why) {
    scheduler_->forget(request);
    counts_.with([&](MetricCounts& counts) { count_withheld(counts, request); });
    runs_->withheld(request, why);
}

} // namespace mailpreflight::daemon
