#pragma once

#include "api/service.hpp"
#include "cli/check_tally.hpp"
#include "cli/list_findings.hpp"
#include "cli/paper.hpp"
#include "runner/doctor.hpp"
#include "runner/probe.hpp"

#include <string>

// What people read: a response and the paper in, text out. Whatever came from a server is made safe here.

namespace mailpreflight::cli {

std::string render(const api::StatusResponse& status, const Paper& paper);
std::string render(const api::MailboxesResponse& page, base::SystemTime now, const Paper& paper);
std::string render(const api::ExplainResponse& explained, const Paper& paper);
std::string render(const api::TimelineResponse& page, const Paper& paper);
std::string render(const api::DriftResponse& page, base::SystemTime now, const Paper& paper);
std::string render(const api::NoticesResponse& notices, base::SystemTime now, const Paper& paper);
std::string render(const api::IncidentsResponse& incidents, base::SystemTime now, const Paper& paper);
std::string render(const api::BaselineResponse& page, base::SystemTime now, const Paper& paper);
std::string render(const api::DiffBaselineResponse& page, base::SystemTime now, const Paper& paper);
std::string render(const api::BaselineHistoryResponse& page, base::SystemTime now, const Paper& paper);
std::string render(const api::AcceptBaselineResponse& accepted, const Paper& paper);
std::string render(const api::AccountsResponse& accounts, base::SystemTime now, const Paper& paper);
std::string render(const api::BatchResponse& batch, const Paper& paper);
std::string render(const api::ExceptResponse& excepted, const Paper& paper);
std::string render(const api::ConfirmBatchResponse& confirmed, const Paper& paper);
std::string render(const api::DoneBatchResponse& done, const Paper& paper);
std::string render(const api::ForgetBatchResponse& forgotten, const Paper& paper);
/// What the parser thought of a list: rows, domains, labels, problems.
std::string render(const ListFindings& found, const core::MailboxList& list, const Paper& paper);
std::string render(const api::ReloadResponse& reloaded, const Paper& paper);
/// A problem as a sentence, its list under it.
std::string render(const api::Problem& problem, const Paper& paper);
/// One line of `watch`; empty for a heartbeat.
std::string render(const api::WatchLine& line, const Paper& paper);

/// "frozen; window 2026-12-05 22:00 America/Chicago (2026-12-06 04:00 UTC) to ..., begins in 5 h"
std::string words_for(const api::BatchStatus& batch, base::SystemTime now);
/// "GO, 3 excepted"; "done" where nothing is judged any more.
std::string verdict_words(const api::BatchStatus& batch);

/// The account in a few words: "proven until 2026-12-05 22:00 UTC", "parked since ...: 401 after NTLM type 3".
std::string words_for(const api::AccountSight& account);

/// The summary of a check, grouped by cause.
std::string render(const CheckTally& tally, const Paper& paper);
/// "[#####.....] 45/312  3 failed", at most the paper's width.
std::string progress_bar(const CheckTally& tally, const Paper& paper);
/// One step of `probe`, with its time, evidence and remedy.
std::string render(const runner::ProbeStep& step, const Paper& paper);
std::string render(const runner::Advice& advice, const Paper& paper);
/// One observation that is not a pass, on one line; empty for a pass.
std::string observation_line(const core::Observation& observation, const Paper& paper);

} // namespace mailpreflight::cli
