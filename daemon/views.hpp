#pragma once

#include "api/account.hpp"
#include "api/baseline.hpp"
#include "api/drift.hpp"
#include "api/explain.hpp"
#include "api/incident.hpp"
#include "api/mailbox.hpp"
#include "api/problem.hpp"
#include "api/status.hpp"
#include "core/due.hpp"
#include "core/guard.hpp"
#include "daemon/judge.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::daemon {

/// How the judge's state looks through the API: pure functions from State to answers, one page each.

api::MailboxesResponse mailboxes_page(const State& state, const api::MailboxesRequest& request);
api::DriftResponse drift_page(const State& state, const api::DriftRequest& request);
api::IncidentsResponse incidents_list(const State& state, const api::IncidentsRequest& request);
api::IncidentRow incident_row(const State& state, const core::Incident& incident);
api::BaselineResponse baseline_page(const State& state, const api::BaselineRequest& request);
std::vector<api::SourceCheck> source_checks(const State& state, const std::string& source);
/// When the last full pass over the source's listed mailboxes began: each was looked at since then; nothing before the
/// first pass is complete.
std::optional<base::SystemTime> last_sweep(const State& state, const std::string& source);
std::vector<api::BatchStatus> batch_statuses(const State& state, base::SystemTime now);
api::AccountSight account_sight(const std::string& name,
                                const core::AccountLedger& ledger,
                                const std::string& fingerprint,
                                const std::string& problem,
                                const core::GuardPolicy& policy,
                                base::SystemTime now);

/// Everything that explains an address, an incident or a source, but its history, which the caller reads from the
/// store. Problem 404 when nothing is named so.
api::Answer<api::ExplainResponse> explain(const State& state, const api::ExplainRequest& request, base::SystemTime now);

/// The requests of an on-demand check: sources, batches and addresses by name; none: everything. Problem 404 names what
/// is not known.
api::Answer<std::vector<core::CheckRequest>>
requests_for(const State& state, const std::vector<std::string>& targets, base::SystemTime now);

} // namespace mailpreflight::daemon
