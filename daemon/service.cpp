#include "daemon/service.hpp"

#include "base/text.hpp"
#include "config/local_time.hpp"
#include "core/ending.hpp"
#include "daemon/version.hpp"
#include "daemon/views.hpp"
#include "net/address.hpp"
#include "store/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unistd.h>

namespace mailpreflight::daemon {

namespace {

constexpr std::size_t most_history = 50;

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

/// The address in "192.0.2.7:443" or "[2001:db8::7]:443".
net::Address address_of(const std::string& peer) {
    const std::string host = peer.substr(0, peer.rfind(':'));
    return {host.starts_with('[') ? host.substr(1, host.size() - 2) : host};
}

api::HistoryRow history_row(const core::Transition& transition) {
    api::HistoryRow row;
    row.at = transition.first_seen;
    row.check = transition.key.check;
    if (transition.before) {
        row.before = transition.before->state;
        row.before_cause = transition.before->cause;
    }
    row.after = transition.after.state;
    row.after_cause = transition.after.cause;
    row.detail = transition.after.detail;
    return row;
}

core::TrackKey key_of(const api::ExplainedCheck& check, const std::string& source) {
    return {check.check,
            core::is_about_mailbox(check.check) ? core::Subject::of_mailbox(source, check.subject)
            : check.subject.empty()             ? core::Subject::of_source(source)
                                                : core::Subject::of_address(source, check.subject)};
}

core::TimelineEntry acknowledgement_of(const core::Incident& incident) {
    std::string until = incident.acknowledged_until ? " until " + base::to_rfc3339(*incident.acknowledged_until) : "";
    return {.at = incident.updated_at,
            .kind = core::TimelineKind::incident,
            .source = incident.source,
            .incident = incident.number,
            .by = incident.acknowledged_by,
            .text = fmt::format("{} acknowledged{}: {}", core::id_of(incident), until, incident.comment)};
}

/// When the account's password ends: as its sources were told last, else as it is declared.
std::optional<base::SystemTime>
password_end(const State& state, const config::Config& config, const config::Account& account) {
    for (const auto& [name, source] : config.sources) {
        if (source.account != account.name) {
            continue;
        }
        for (const core::Ending& ending : core::known_endings(state.tracks, name)) {
            if (ending.cause == core::Cause::password_ends_before_window) {
                return ending.at;
            }
        }
    }
    return account.password_expires ? std::optional<base::SystemTime>(*account.password_expires) : std::nullopt;
}

/// When the guard lets this login go; nothing: time alone does not mend it.
std::optional<base::SystemTime> may_go_at(const core::AccountLedger& ledger,
                                          const core::Presentation& login,
                                          const core::GuardPolicy& policy,
                                          base::SystemTime now) {
    const auto grant = core::may_present(ledger, login, policy, now);
    if (grant) {
        return now;
    }
    return grant.error().retry_after ? std::optional(now + *grant.error().retry_after) : std::nullopt;
}

tl::unexpected<api::Problem> refused_retry(const core::Failure& why) {
    const int status = why.cause == core::Cause::account_locked          ? 409
                       : why.cause == core::Cause::presentation_withheld ? 429
                                                                         : 503; // the ledger cannot be used
    return api::refused(status, why.detail);
}

/// Those that are configured, and how much of it each was told.
base::Result<std::vector<api::ReceiverStatus>> receiver_statuses(App& app, const config::Config& config) {
    auto reader = store::Reader::open(app.state_directory());
    if (!reader) {
        return base::failure(reader.error());
    }
    auto owing = reader->owing();
    if (!owing) {
        return base::failure(owing.error());
    }
    std::vector<api::ReceiverStatus> rows;
    for (const auto& [name, receiver] : config.receivers) {
        const core::Owing& of = (*owing)[name];
        rows.push_back({name, of.owed, of.since, of.dead, app.couriers().problem_of(name)});
    }
    return rows;
}

} // namespace

ApiService::ApiService(App& app,
                       std::function<base::Result<App::Reloaded>(std::vector<std::string>& problems)> reload) :
    app_(app),
    reload_(std::move(reload)) {}

api::Answer<api::VersionResponse> ApiService::version(const api::Caller&, const api::VersionRequest&) {
    api::VersionResponse answer;
    answer.version = daemon::version;
    answer.started_at = app_.started_at();
    return answer;
}

api::AccountSight ApiService::sight(const std::string& account) const {
    const App::Setting setting = app_.setting();
    const base::SystemTime now = app_.clock().now();
    const runner::LoadedAccount& loaded = setting.accounts->at(account);
    const auto policies = runner::guard_policies(*setting.config);
    const auto ledger = app_.ledger().snapshot(account);
    return account_sight(account,
                         ledger.value_or(core::AccountLedger{}),
                         loaded.identity ? loaded.identity->fingerprint : "",
                         ledger ? loaded.problem : ledger.error().message(),
                         policies.at(account),
                         now);
}

api::Answer<api::StatusResponse> ApiService::status(const api::Caller&, const api::StatusRequest&) {
    const App::Setting setting = app_.setting();
    api::StatusResponse answer;
    answer.version = daemon::version;
    answer.started_at = app_.started_at();
    answer.now = app_.clock().now();
    answer.vantage.host = host_name();
    const std::map<std::string, runner::SourceLoad> load = app_.runner().load();
    const JudgeLoad judging = app_.judge().load();
    const auto in_ms = [](base::Duration time) {
        return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
    };
    answer.judge = {judging.turns, in_ms(judging.turn_time), judging.commits, in_ms(judging.commit_time)};
    app_.judge().with_state([&](const State& state) {
        answer.degraded = state.degraded;
        answer.batches = batch_statuses(state, answer.now);
        answer.open_incidents = static_cast<std::uint64_t>(
            std::count_if(state.incidents.begin(), state.incidents.end(), [](const core::Incident& incident) {
                return incident.state != core::IncidentState::resolved;
            }));
        for (const auto& [name, source] : setting.config->sources) {
            api::SourceStatus row;
            row.name = name;
            row.url = source.url;
            row.checks = source_checks(state, name);
            answer.vantage.user_agent = source.user_agent;
            std::set<std::string> addresses;
            for (const core::Batch& batch : state.plan.batches) {
                if (batch.source == name) {
                    for (const core::ListedMailbox& mailbox : batch.list.mailboxes) {
                        addresses.insert(mailbox.address);
                    }
                }
            }
            row.mailboxes = addresses.size();
            row.last_sweep = last_sweep(state, name);
            if (const auto working = load.find(name); working != load.end()) {
                row.queued = working->second.queued;
                row.in_flight = static_cast<std::uint64_t>(working->second.in_flight);
                row.paused_until = working->second.paused_until;
                row.paused_why = working->second.quiet ? "a quiet time of the source" : working->second.why_paused;
            }
            answer.sources.push_back(std::move(row));
        }
    });
    for (api::SourceStatus& source : answer.sources) {
        source.account = sight(setting.config->sources.at(source.name).account);
    }
    if (auto receivers = receiver_statuses(app_, *setting.config)) {
        answer.receivers = std::move(*receivers);
    } else if (answer.degraded.empty()) {
        answer.degraded = receivers.error().message();
    }
    return answer;
}

api::Answer<core::Readiness> ApiService::readiness(const api::Caller&, const api::ReadinessRequest& request) {
    return app_.judge().with_state([&](const State& state) -> api::Answer<core::Readiness> {
        const auto found = state.readiness.find(request.batch);
        if (found == state.readiness.end()) {
            return api::refused(404, fmt::format("there is no batch {}", request.batch));
        }
        return found->second;
    });
}

api::Answer<api::ReportPage> ApiService::report(const api::Caller&, const api::ReportRequest& request) {
    const App::Setting setting = app_.setting();
    return app_.judge().with_state([&](const State& state) {
        return report_page(state, request, [&](const std::string& name) {
            report::Setting said;
            said.version = daemon::version;
            said.vantage.host = host_name();
            said.vantage.source_address = net::source_address_to(address_of(newest_peer(state, name)));
            // The configuration may be newer than the state by one reload.
            if (const auto source = setting.config->sources.find(name); source != setting.config->sources.end()) {
                said.url = source->second.url;
                said.vantage.user_agent = source->second.user_agent;
            }
            said.local_time = config::local_text;
            return said;
        });
    });
}

api::Answer<api::CheckAccepted>
ApiService::check(const api::Caller&, const api::CheckRequest& request, std::shared_ptr<api::CheckStream> stream) {
    auto requests = app_.judge().with_state(
        [&](const State& state) { return requests_for(state, request.targets, app_.clock().now()); });
    if (!requests) {
        return tl::unexpected(requests.error());
    }
    if (requests->empty()) {
        return api::refused(409, "there is nothing to check: no source has EWS or OWA and no mailbox is listed");
    }
    return app_.runs().start(std::move(*requests), std::move(stream));
}

api::Answer<api::CancelCheckResponse> ApiService::cancel_check(const api::Caller&,
                                                               const api::CancelCheckRequest& request) {
    api::CancelCheckResponse answer;
    answer.id = request.id;
    if (!app_.runs().cancel(request.id, answer.dropped)) {
        return api::refused(404, fmt::format("no check {} is under way", request.id));
    }
    app_.runner().cancel(request.id);
    return answer;
}

api::Answer<api::MailboxesResponse> ApiService::mailboxes(const api::Caller&, const api::MailboxesRequest& request) {
    return app_.judge().with_state([&](const State& state) { return mailboxes_page(state, request); });
}

api::Answer<api::ExplainResponse> ApiService::explain(const api::Caller&, const api::ExplainRequest& request) {
    auto answer = app_.judge().with_state(
        [&](const State& state) { return daemon::explain(state, request, app_.clock().now()); });
    if (!answer || answer->kind == "cause") {
        return answer;
    }
    auto reader = store::Reader::open(app_.state_directory());
    if (!reader) {
        return tl::unexpected(api::problem_of(reader.error()));
    }
    for (api::ExplainedCheck& check : answer->checks) {
        const auto newest = reader->history(key_of(check, answer->source), 1);
        if (!newest) {
            return tl::unexpected(api::problem_of(newest.error()));
        }
        if (!newest->empty()) {
            check.before = newest->front().before;
        }
    }
    if (answer->kind == "incident") {
        return answer;
    }
    const core::Subject subject = answer->kind == "source" ? core::Subject::of_source(answer->source)
                                                           : core::Subject::of_mailbox(answer->source, answer->of);
    const auto history = reader->history_of(subject, most_history);
    if (!history) {
        return tl::unexpected(api::problem_of(history.error()));
    }
    std::transform(history->begin(), history->end(), std::back_inserter(answer->history), history_row);
    return answer;
}

api::Answer<api::DriftResponse> ApiService::drift(const api::Caller&, const api::DriftRequest& request) {
    return app_.judge().with_state([&](const State& state) { return drift_page(state, request, app_.clock().now()); });
}

api::Answer<api::IncidentsResponse> ApiService::incidents(const api::Caller&, const api::IncidentsRequest& request) {
    return app_.judge().with_state(
        [&](const State& state) { return incidents_list(state, request, app_.clock().now()); });
}

api::Answer<api::AcknowledgeResponse> ApiService::acknowledge(const api::Caller& caller,
                                                              const api::AcknowledgeRequest& request) {
    api::Answer<api::AcknowledgeResponse> answer =
        api::refused(404, fmt::format("there is no incident {}", request.id));
    const base::Status done = app_.judge().call([&](State& state, store::Store::Commit& commit) {
        for (core::Incident& incident : state.incidents) {
            if (core::id_of(incident) != request.id) {
                continue;
            }
            if (incident.state == core::IncidentState::resolved) {
                answer = api::refused(409, fmt::format("incident {} is resolved", request.id));
            } else if (request.until && *request.until <= commit.at) {
                answer = api::refused(400, "until: it has passed already");
            } else {
                incident =
                    core::acknowledged(std::move(incident), caller.who(), request.comment, request.until, commit.at);
                commit.incidents.push_back(incident);
                commit.timeline.push_back(acknowledgement_of(incident));
                answer = api::AcknowledgeResponse{
                    incident_row(state, incident, core::critical_subjects(state.plan, commit.at))};
            }
        }
    });
    if (!done) {
        return tl::unexpected(api::problem_of(done.error()));
    }
    return answer;
}

api::Answer<api::WatchHello>
ApiService::watch(const api::Caller&, const api::WatchRequest& request, std::shared_ptr<api::WatchStream> stream) {
    return app_.events().subscribe(request, std::move(stream), daemon::version);
}

api::Answer<api::ReloadResponse> ApiService::reload(const api::Caller&, const api::ReloadRequest&) {
    std::vector<std::string> problems;
    const auto reloaded = reload_(problems);
    if (!reloaded) {
        api::Problem problem = api::problem(422, reloaded.error().message());
        problem.problems = std::move(problems);
        return tl::unexpected(std::move(problem));
    }
    return api::ReloadResponse{reloaded->changed, reloaded->changes, reloaded->warnings};
}

api::Answer<api::AccountsResponse> ApiService::accounts(const api::Caller&, const api::AccountsRequest&) {
    const App::Setting setting = app_.setting();
    const auto policies = runner::guard_policies(*setting.config);
    api::AccountsResponse answer;
    for (const auto& [name, account] : setting.config->accounts) {
        api::AccountRow row;
        row.sight = sight(name);
        row.username = account.username;
        row.most_refusals = policies.at(name).most_refusals_a_day;
        row.password_expires = app_.judge().with_state(
            [&, &declared = account](const State& state) { return password_end(state, *setting.config, declared); });
        const core::AccountLedger ledger = app_.ledger().snapshot(name).value_or(core::AccountLedger{});
        const core::AccountLedger settled = core::settle(ledger, policies.at(name), app_.clock().now());
        row.accepted_at = ledger.accepted_at;
        row.presentations = app_.ledger().presentations(name);
        row.refusals = static_cast<int>(settled.refusals.size());
        if (const auto& refusal = ledger.last_refusal) {
            row.refused_at = refusal->at;
            row.refused_source = refusal->door.source;
            row.refused_door = refusal->door.name;
            row.refused_why = refusal->why;
            row.refused_cause = refusal->cause;
            row.refused_evidence = refusal->evidence;
        }
        if (const auto& identity = setting.accounts->at(name).identity) {
            core::Presentation login;
            login.account = name;
            login.fingerprint = identity->fingerprint;
            login.proving = true;
            const base::SystemTime now = app_.clock().now();
            row.next_try = may_go_at(settled, login, policies.at(name), now);
            login.fingerprint += " another";
            row.other_secret_from = may_go_at(settled, login, policies.at(name), now);
        }
        for (const auto& [door, kept] : ledger.doors) {
            row.doors.push_back({door.source,
                                 door.name,
                                 kept.accepted_at,
                                 kept.suspect_since,
                                 kept.parked_at,
                                 kept.why,
                                 kept.why.empty() ? core::Cause::ok : kept.cause});
        }
        answer.accounts.push_back(std::move(row));
    }
    for (const auto& [source, logins] : *setting.own_logins) {
        const core::SprayBrake brake = app_.ledger().spray_brake(source).value_or(core::SprayBrake{});
        api::SprayBrakeRow row;
        row.source = source;
        row.passwords = static_cast<int>(logins->size());
        row.succeeded = brake.succeeded;
        row.stopped_at = brake.stopped_at;
        row.why = brake.why;
        row.refused_in_a_row = static_cast<int>(brake.refused.size());
        row.newest = static_cast<int>(brake.newest.size());
        row.refused_of_newest = static_cast<int>(core::refused_of_newest(brake));
        answer.spray_brakes.push_back(std::move(row));
    }
    return answer;
}

api::Answer<api::RetryAccountResponse> ApiService::retry_account(const api::Caller&,
                                                                 const api::RetryAccountRequest& request) {
    const App::Setting setting = app_.setting();
    if (!setting.config->accounts.contains(request.name)) {
        return retry_own_login(request);
    }
    const auto retried = app_.ledger().retry(request.name, request.force, base::Deadline::in(std::chrono::seconds(5)));
    if (!retried) {
        return refused_retry(retried.error());
    }
    // The login checks that were refused are due again at once.
    for (const auto& [name, source] : setting.config->sources) {
        if (source.account == request.name) {
            for (const core::Check check : {core::Check::ews_login, core::Check::owa_login}) {
                core::CheckRequest again;
                again.key = {check, core::Subject::of_source(name)};
                again.priority = core::Priority::source;
                app_.runner().submit(again);
            }
        }
        if (source.proxy_account == request.name) {
            core::CheckRequest again;
            again.key = {core::Check::tls_certificate, core::Subject::of_source(name)};
            again.priority = core::Priority::source;
            app_.runner().submit(again);
        }
    }
    return api::RetryAccountResponse{sight(request.name)};
}

/// The mailbox's own login, by its address.
api::Answer<api::RetryAccountResponse> ApiService::retry_own_login(const api::RetryAccountRequest& request) {
    const App::Setting setting = app_.setting();
    const std::string address = base::to_lower(request.name);
    std::optional<api::RetryAccountResponse> answer;
    for (const auto& [source, logins] : *setting.own_logins) {
        const auto login = logins->find(address);
        if (login == logins->end() || login->second.account.empty()) {
            continue;
        }
        const std::string& account = login->second.account;
        const auto retried = app_.ledger().retry(account, request.force, base::Deadline::in(std::chrono::seconds(5)));
        if (!retried) {
            return refused_retry(retried.error());
        }
        core::CheckRequest again;
        again.key = {core::Check::mailbox_own_login, core::Subject::of_mailbox(source, address)};
        again.priority = core::Priority::on_demand;
        app_.runner().submit(again);
        answer = api::RetryAccountResponse{account_sight(address,
                                                         *retried,
                                                         login->second.fingerprint,
                                                         login->second.problem,
                                                         runner::guard_policies(*setting.config).at(""),
                                                         app_.clock().now())};
    }
    if (!answer) {
        return api::refused(404, fmt::format("there is no account {}, and no mailbox with a password", request.name));
    }
    return *std::move(answer);
}

api::Answer<api::ReleaseSprayBrakeResponse>
ApiService::release_spray_brake(const api::Caller&, const api::ReleaseSprayBrakeRequest& request) {
    if (!app_.setting().own_logins->contains(request.source)) {
        return api::refused(404, fmt::format("there is no source {} with individual passwords", request.source));
    }
    const auto before = app_.release_spray_brake(request.source);
    if (!before) {
        return api::refused(503, before.error().detail);
    }
    return api::ReleaseSprayBrakeResponse{request.source, before->stopped_at.has_value()};
}

} // namespace mailpreflight::daemon
