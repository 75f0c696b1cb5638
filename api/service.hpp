#pragma once

#include "api/account.hpp"
#include "api/baseline.hpp"
#include "api/batch.hpp"
#include "api/caller.hpp"
#include "api/check.hpp"
#include "api/drift.hpp"
#include "api/explain.hpp"
#include "api/incident.hpp"
#include "api/mailbox.hpp"
#include "api/notice.hpp"
#include "api/problem.hpp"
#include "api/readiness.hpp"
#include "api/reload.hpp"
#include "api/report.hpp"
#include "api/status.hpp"
#include "api/timeline.hpp"
#include "api/version.hpp"
#include "api/watch.hpp"

#include <memory>

namespace mailpreflight::api {

/// One function a call. The server calls them from its few workers, several at a time: an implementation is safe for
/// that, and answers in well under a second. Privilege, limits and the form of the request were checked before. What is
/// thrown becomes a problem 500 with an id.
class Service {
public:
    virtual ~Service() = default;

    virtual Answer<VersionResponse> version(const Caller& caller, const VersionRequest& request) = 0;
    virtual Answer<StatusResponse> status(const Caller& caller, const StatusRequest& request) = 0;
    virtual Answer<core::Readiness> readiness(const Caller& caller, const ReadinessRequest& request) = 0;
    virtual Answer<ReportPage> report(const Caller& caller, const ReportRequest& request) = 0;
    /// Starts a check and returns at once. `stream` is null when the client does not wait; else the service keeps it,
    /// sends CheckObserved, CheckWithheld and at last CheckFinished, and calls finish().
    virtual Answer<CheckAccepted>
    check(const Caller& caller, const CheckRequest& request, std::shared_ptr<CheckStream> stream) = 0;
    virtual Answer<CancelCheckResponse> cancel_check(const Caller& caller, const CancelCheckRequest& request) = 0;
    virtual Answer<MailboxesResponse> mailboxes(const Caller& caller, const MailboxesRequest& request) = 0;
    virtual Answer<ExplainResponse> explain(const Caller& caller, const ExplainRequest& request) = 0;
    virtual Answer<TimelineResponse> timeline(const Caller& caller, const TimelineRequest& request) = 0;
    virtual Answer<DriftResponse> drift(const Caller& caller, const DriftRequest& request) = 0;
    virtual Answer<IncidentsResponse> incidents(const Caller& caller, const IncidentsRequest& request) = 0;
    virtual Answer<AcknowledgeResponse> acknowledge(const Caller& caller, const AcknowledgeRequest& request) = 0;
    virtual Answer<BaselineResponse> baseline(const Caller& caller, const BaselineRequest& request) = 0;
    virtual Answer<DiffBaselineResponse> diff_baseline(const Caller& caller, const DiffBaselineRequest& request) = 0;
    virtual Answer<BaselineHistoryResponse> baseline_history(const Caller& caller,
                                                             const BaselineHistoryRequest& request) = 0;
    virtual Answer<AcceptBaselineResponse> accept_baseline(const Caller& caller,
                                                           const AcceptBaselineRequest& request) = 0;
    virtual Answer<BatchResponse> batch(const Caller& caller, const BatchRequest& request) = 0;
    virtual Answer<ExceptResponse> except(const Caller& caller, const ExceptRequest& request) = 0;
    virtual Answer<ConfirmBatchResponse> confirm_batch(const Caller& caller, const ConfirmBatchRequest& request) = 0;
    virtual Answer<DoneBatchResponse> done_batch(const Caller& caller, const DoneBatchRequest& request) = 0;
    virtual Answer<ForgetBatchResponse> forget_batch(const Caller& caller, const ForgetBatchRequest& request) = 0;
    /// Keeps the stream and sends each event from then on, until it is no longer open; events behind request.after
    /// that are still kept are sent at once.
    virtual Answer<WatchHello>
    watch(const Caller& caller, const WatchRequest& request, std::shared_ptr<WatchStream> stream) = 0;
    virtual Answer<ReloadResponse> reload(const Caller& caller, const ReloadRequest& request) = 0;
    virtual Answer<AccountsResponse> accounts(const Caller& caller, const AccountsRequest& request) = 0;
    virtual Answer<RetryAccountResponse> retry_account(const Caller& caller, const RetryAccountRequest& request) = 0;
    virtual Answer<ReleaseSprayBrakeResponse> release_spray_brake(const Caller& caller,
                                                                  const ReleaseSprayBrakeRequest& request) = 0;
    virtual Answer<NoticesResponse> notices(const Caller& caller, const NoticesRequest& request) = 0;
    virtual Answer<RetryNoticesResponse> retry_notices(const Caller& caller, const RetryNoticesRequest& request) = 0;
    virtual Answer<TestReceiverResponse> test_receiver(const Caller& caller, const TestReceiverRequest& request) = 0;
};

} // namespace mailpreflight::api
