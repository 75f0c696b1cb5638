#pragma once

#include "api/account.hpp"
#include "api/baseline.hpp"
#include "api/batch.hpp"
#include "api/drift.hpp"
#include "api/explain.hpp"
#include "api/incident.hpp"
#include "api/mailbox.hpp"
#include "api/problem.hpp"
#include "api/report.hpp"
#include "api/status.hpp"
#include "core/acceptance.hpp"
#include "core/due.hpp"
#include "core/guard.hpp"
#include "daemon/judge.hpp"
#include "report/make.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailpreflight::daemon {

/// How the judge's state looks through the API: pure functions from State to answers, one page each.

api::MailboxesResponse mailboxes_page(const State& state, const api::MailboxesRequest& request);
api::DriftResponse drift_page(const State& state, const api::DriftRequest& request, base::SystemTime now);
api::IncidentsResponse incidents_list(const State& state, const api::IncidentsRequest& request, base::SystemTime now);
/// `critical`: core::critical_subjects() of the moment.
api::IncidentRow
incident_row(const State& state, const core::Incident& incident, const std::set<core::Subject>& critical);
/// The cursor of a page is the key of its last row; it survives changes of the list between two pages.
std::string cursor_of(const core::TrackKey& key);
api::BaselineResponse baseline_page(const State& state, const api::BaselineRequest& request);
api::DiffBaselineResponse diff_page(const core::BaselineComparison& comparison,
                                    const api::DiffBaselineRequest& request);
api::AcceptanceRow acceptance_row(const core::Acceptance& acceptance);
std::vector<api::SourceCheck> source_checks(const State& state, const std::string& source);
/// When the last full pass over the source's listed mailboxes began: each was looked at since then; nothing before the
/// first pass is complete.
std::optional<base::SystemTime> last_sweep(const State& state, const std::string& source);
api::BatchStatus batch_status(const State& state, const core::Batch& batch, base::SystemTime now);
std::vector<api::BatchStatus> batch_statuses(const State& state, base::SystemTime now);
api::AccountSight account_sight(const std::string& name,
                                const core::AccountLedger& ledger,
                                const std::string& fingerprint,
                                const std::string& problem,
                                const core::GuardPolicy& policy,
                                base::SystemTime now);

/// Everything of a batch but its mailboxes.
api::BatchResponse batch_view(const State& state, const core::Batch& batch, base::SystemTime now);
api::ExceptionRow exception_row(const core::Exception& exception, const core::Batch& batch, base::SystemTime now);
/// What a report says of a source that the state does not know; the names are the state's.
using ReportSetting = std::function<report::Setting(const std::string& source)>;
/// A page of the report of one batch. Problem 404: no such batch; 409: `after` left the list since the page before.
api::Answer<api::ReportPage>
report_page(const State& state, const api::ReportRequest& request, const ReportSetting& setting_of);
/// "192.0.2.7:443": what answered at the newest look at the source; empty: nothing yet.
std::string newest_peer(const State& state, const std::string& source);

/// Everything that explains an address, an incident or a source, but its history, which the caller reads from the
/// store. Problem 404 when nothing is named so.
api::Answer<api::ExplainResponse> explain(const State& state, const api::ExplainRequest& request, base::SystemTime now);

/// The requests of an on-demand check: sources, batches and addresses by name; none: everything. Problem 404 names what
/// is not known.
api::Answer<std::vector<core::CheckRequest>>
requests_for(const State& state, const std::vector<std::string>& targets, base::SystemTime now);

} // namespace mailpreflight::daemon
