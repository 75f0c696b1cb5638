#include "daemon/app.hpp"

#include "base/text.hpp"
#include "daemon/log.hpp"
#include "daemon/version.hpp"
#include "store/fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::daemon {

namespace {

/// What judgement takes from a configuration.
void put_into(State& state, const config::Config& config) {
    state.plan = config.plan();
    state.retention = config.store.retention;
    state.names.clear();
    state.is_quiet.clear();
    for (const auto& [name, source] : config.sources) {
        state.names.emplace(name, runner::names_of(config, name));
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
    auto ledger = store::Ledger::open(directory, runner::guard_policies(config), clock_);
    if (!ledger) {
        return base::failure(ledger.error());
    }
    ledger_ = std::move(*ledger);

    State state;
    put_into(state, config);
    state.tracks = std::move(loaded->tracks);
    state.baseline = std::move(loaded->baseline);
    state.incidents = std::move(loaded->incidents);
    state.next_incident = loaded->next_incident;
    state.last_commit = loaded->last_commit;
    state.clock_leapt = loaded->clock_leapt;
    judge_ = std::make_unique<Judge>(
        clock_, *store_, std::move(state), [this](const State& now, const News& news) { tell(now, news); });
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
    return [directory = state_directory()](const std::string& account,
                                           const base::Secret& secret) -> base::Result<std::string> {
        auto fingerprinter = store::Fingerprinter::open(directory);
        if (!fingerprinter) {
            return base::failure(fingerprinter.error());
        }
        return fingerprinter->of(account, secret);
    };
}

void App::start() {
    const std::shared_ptr<const config::Config> config = setting().config;
    auto accounts =
        std::make_shared<const Accounts>(runner::load_accounts(*config, options_.credentials_directory, fingerprint()));
    setting_.with([&](Setting& setting) { setting.accounts = accounts; });
    // What was stored is judged before anybody can ask: no answer is given on an empty state.
    judge_->step(std::chrono::milliseconds(0));
    judge_thread_ = std::jthread([this] {
        while (!judge_->drained()) {
            judge_->step(std::chrono::milliseconds(100));
            judge_turns_.fetch_add(1);
        }
    });
    runner_->configure(runner::source_setups(*config, *accounts));
}

void App::step() {
    scheduler_->step();
}

void App::stop() {
    if (!judge_) {
        return;
    }
    runner_->stop();
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
    const Setting before = setting();
    auto config = std::make_shared<const config::Config>(std::move(*loaded.config));
    auto accounts =
        std::make_shared<const Accounts>(runner::load_accounts(*config, options_.credentials_directory, fingerprint()));
    reloaded.changes = changes_between(*before.config, *config);
    note_secrets(*before.accounts, *accounts, reloaded.changes);
    if (std::string warning = needs_restart(*before.config, *config); !warning.empty()) {
        reloaded.warnings.push_back(std::move(warning));
    }
    reloaded.changed = !reloaded.changes.empty();
    if (!reloaded.changed) {
        return reloaded;
    }
    ledger_->set_policies(runner::guard_policies(*config));
    const base::Status judged = judge_->call([&](State& state, store::Store::Commit&) { put_into(state, *config); });
    // A plan is not stored: a disk that fails is no reason to go on with half of the old one.
    if (!judged && judged.error().code() == base::ErrorCode::cancelled) {
        return base::failure(judged.error());
    }
    setting_.with([&](Setting& setting) { setting = {config, accounts}; });
    scheduler_->forget_all();
    runner_->configure(runner::source_setups(*config, *accounts));
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
    judge_->submit(looked.observations);
    runs_->looked(request, looked);
}

void App::withheld(const core::CheckRequest& request, const core::Failure& why) {
    scheduler_->forget(request);
    runs_->withheld(request, why);
}

void App::tell(const State& state, const News& news) {
    for (const core::Transition& transition : news.transitions) {
        api::WatchEvent event;
        event.kind =
            core::is_about_mailbox(transition.key.check) ? api::WatchKind::observation_changed : api::WatchKind::source;
        event.source = transition.key.subject.source;
        event.subject = transition.key.subject.name;
        event.check = transition.key.check;
        if (transition.before) {
            event.before = transition.before->state;
        }
        event.state = transition.after.state;
        event.cause = transition.after.cause;
        event.text = fmt::format("{} of {} is {} ({})",
                                 core::name_of(transition.key.check),
                                 core::to_text(transition.key.subject),
                                 core::name_of(transition.after.state),
                                 core::code_of(transition.after.cause));
        events_.publish(std::move(event));
    }
    for (const core::IncidentChange& change : news.incidents) {
        const auto incident = std::find_if(state.incidents.begin(),
                                           state.incidents.end(),
                                           [&](const core::Incident& i) { return i.number == change.number; });
        if (incident == state.incidents.end()) {
            continue;
        }
        api::WatchEvent event;
        event.kind = api::WatchKind::incident;
        event.source = incident->source;
        event.cause = incident->cause;
        event.direction = incident->direction;
        event.incident = core::id_of(*incident);
        event.incident_state = incident->state;
        event.subjects = incident->subjects.size();
        event.text = fmt::format("{} {}: {} {} on {}, {} subjects",
                                 event.incident,
                                 core::name_of(change.kind),
                                 core::code_of(incident->cause),
                                 core::name_of(incident->direction),
                                 incident->source,
                                 change.subjects);
        const Message message = change.kind == core::IncidentChangeKind::opened     ? Message::incident_opened
                                : change.kind == core::IncidentChangeKind::resolved ? Message::incident_resolved
                                                                                    : Message::incident_changed;
        log(message, event.text, {{"MPF_SOURCE", incident->source}, {"MPF_INCIDENT", event.incident}});
        events_.publish(std::move(event));
    }
    for (const std::string& batch : news.verdicts) {
        const core::Readiness& readiness = state.readiness.at(batch);
        api::WatchEvent event;
        event.kind = api::WatchKind::readiness;
        event.source = readiness.source;
        event.batch = batch;
        event.verdict = readiness.verdict;
        event.text = fmt::format("batch {} is {}: {} of {} mailboxes passed, {} failed, {} unknown",
                                 batch,
                                 core::name_of(readiness.verdict),
                                 readiness.passed,
                                 readiness.mailboxes,
                                 readiness.failed,
                                 readiness.unknown);
        log(Message::verdict_changed, event.text, {{"MPF_BATCH", batch}, {"MPF_SOURCE", readiness.source}});
        events_.publish(std::move(event));
    }
}

} // namespace mailpreflight::daemon
