#include "daemon/service.hpp"

#include "daemon/version.hpp"
#include "daemon/views.hpp"
#include "store/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unistd.h>

namespace mailpreflight::daemon {

namespace {

constexpr std::size_t most_history = 50;
constexpr std::size_t most_refused = 100;

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
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
    if (!answer || answer->kind == "incident") {
        return answer;
    }
    const core::Subject subject = answer->kind == "source" ? core::Subject::of_source(answer->source)
                                                           : core::Subject::of_mailbox(answer->source, answer->of);
    auto reader = store::Reader::open(app_.state_directory());
    if (!reader) {
        return tl::unexpected(api::problem_of(reader.error()));
    }
    const auto history = reader->history_of(subject, most_history);
    if (!history) {
        return tl::unexpected(api::problem_of(history.error()));
    }
    std::transform(history->begin(), history->end(), std::back_inserter(answer->history), history_row);
    return answer;
}

api::Answer<api::DriftResponse> ApiService::drift(const api::Caller&, const api::DriftRequest& request) {
    return app_.judge().with_state([&](const State& state) { return drift_page(state, request); });
}

api::Answer<api::IncidentsResponse> ApiService::incidents(const api::Caller&, const api::IncidentsRequest& request) {
    return app_.judge().with_state([&](const State& state) { return incidents_list(state, request); });
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
            } else {
                incident.state = core::IncidentState::acknowledged;
                incident.acknowledged_by = caller.who();
                incident.comment = request.comment;
                incident.updated_at = commit.at;
                commit.incidents.push_back(incident);
                answer = api::AcknowledgeResponse{incident_row(state, incident)};
            }
        }
    });
    if (!done) {
        return tl::unexpected(api::problem_of(done.error()));
    }
    return answer;
}

api::Answer<api::BaselineResponse> ApiService::baseline(const api::Caller&, const api::BaselineRequest& request) {
    return app_.judge().with_state([&](const State& state) { return baseline_page(state, request); });
}

api::Answer<api::AcceptBaselineResponse> ApiService::accept_baseline(const api::Caller& caller,
                                                                     const api::AcceptBaselineRequest& request) {
    api::Answer<api::AcceptBaselineResponse> answer =
        api::refused(404, fmt::format("there is no source {}", request.source));
    const base::Status done = app_.judge().call([&](State& state, store::Store::Commit& commit) {
        const bool known = std::any_of(state.plan.sources.begin(), state.plan.sources.end(), [&](const auto& source) {
            return source.name == request.source;
        });
        if (!known) {
            return;
        }
        std::set<core::Subject> only;
        for (const std::string& subject : request.subjects) {
            only.insert(subject == request.source ? core::Subject::of_source(request.source)
                                                  : core::Subject::of_mailbox(request.source, subject));
        }
        core::Acceptance acceptance = core::accept(state.plan,
                                                   state.baseline,
                                                   state.tracks,
                                                   request.source,
                                                   only,
                                                   caller.who(),
                                                   request.reason,
                                                   state.plan.schedule.sweep_interval * 3 / 2,
                                                   commit.at);
        for (const auto& [key, entry] : acceptance.baseline) {
            const auto before = state.baseline.find(key);
            if (before == state.baseline.end() || !(before->second == entry)) {
                commit.baseline.insert_or_assign(key, entry);
            }
        }
        state.baseline = std::move(acceptance.baseline);
        api::AcceptBaselineResponse accepted;
        accepted.accepted = acceptance.accepted;
        accepted.too_old = acceptance.too_old.size();
        for (const core::TrackKey& key : acceptance.too_old) {
            if (accepted.refused.size() < most_refused) {
                accepted.refused.push_back({core::to_text(key.subject), key.check});
            }
        }
        answer = std::move(accepted);
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
        if (account.password_expires) {
            row.password_expires = base::SystemTime(*account.password_expires);
        }
        const core::AccountLedger ledger = app_.ledger().snapshot(name).value_or(core::AccountLedger{});
        const core::AccountLedger settled = core::settle(ledger, policies.at(name), app_.clock().now());
        row.accepted_at = ledger.accepted_at;
        row.refusals = static_cast<int>(settled.refusals.size());
        for (const auto& [door, kept] : ledger.doors) {
            row.doors.push_back(
                {door.source, door.name, kept.accepted_at, kept.suspect_since, kept.parked_at, kept.why});
        }
        answer.accounts.push_back(std::move(row));
    }
    return answer;
}

api::Answer<api::RetryAccountResponse> ApiService::retry_account(const api::Caller&,
                                                                 const api::RetryAccountRequest& request) {
    const App::Setting setting = app_.setting();
    if (!setting.config->accounts.contains(request.name)) {
        return api::refused(404, fmt::format("there is no account {}", request.name));
    }
    const auto retried = app_.ledger().retry(request.name, request.force, base::Deadline::in(std::chrono::seconds(5)));
    if (!retried) {
        const core::Cause cause = retried.error().cause;
        const int status = cause == core::Cause::account_locked          ? 409
                           : cause == core::Cause::presentation_withheld ? 429
                                                                         : 503; // the ledger cannot be used
        return api::refused(status, retried.error().detail);
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
    }
    return api::RetryAccountResponse{sight(request.name)};
}

} // namespace mailpreflight::daemon
