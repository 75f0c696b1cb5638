#pragma once

#include "api/service.hpp"
#include "daemon/app.hpp"

#include <functional>

namespace mailpreflight::daemon {

/// The API's calls on the App: reads the judge's state, hands work to the parts, writes the audit line of each change.
/// Safe from any thread.
class ApiService final : public api::Service {
public:
    /// `reload` does what SIGHUP does (it also tells systemd).
    ApiService(App& app, std::function<base::Result<App::Reloaded>(std::vector<std::string>& problems)> reload);

    api::Answer<api::VersionResponse> version(const api::Caller& caller, const api::VersionRequest& request) override;
    api::Answer<api::StatusResponse> status(const api::Caller& caller, const api::StatusRequest& request) override;
    api::Answer<core::Readiness> readiness(const api::Caller& caller, const api::ReadinessRequest& request) override;
    api::Answer<api::ReportPage> report(const api::Caller& caller, const api::ReportRequest& request) override;
    api::Answer<api::CheckAccepted> check(const api::Caller& caller,
                                          const api::CheckRequest& request,
                                          std::shared_ptr<api::CheckStream> stream) override;
    api::Answer<api::CancelCheckResponse> cancel_check(const api::Caller& caller,
                                                       const api::CancelCheckRequest& request) override;
    api::Answer<api::MailboxesResponse> mailboxes(const api::Caller& caller,
                                                  const api::MailboxesRequest& request) override;
    api::Answer<api::ExplainResponse> explain(const api::Caller& caller, const api::ExplainRequest& request) override;
    api::Answer<api::TimelineResponse> timeline(const api::Caller& caller,
                                                const api::TimelineRequest& request) override;
    api::Answer<api::DriftResponse> drift(const api::Caller& caller, const api::DriftRequest& request) override;
    api::Answer<api::IncidentsResponse> incidents(const api::Caller& caller,
                                                  const api::IncidentsRequest& request) override;
    api::Answer<api::AcknowledgeResponse> acknowledge(const api::Caller& caller,
                                                      const api::AcknowledgeRequest& request) override;
    api::Answer<api::BaselineResponse> baseline(const api::Caller& caller,
                                                const api::BaselineRequest& request) override;
    api::Answer<api::DiffBaselineResponse> diff_baseline(const api::Caller& caller,
                                                         const api::DiffBaselineRequest& request) override;
    api::Answer<api::BaselineHistoryResponse> baseline_history(const api::Caller& caller,
                                                               const api::BaselineHistoryRequest& request) override;
    api::Answer<api::AcceptBaselineResponse> accept_baseline(const api::Caller& caller,
                                                             const api::AcceptBaselineRequest& request) override;
    api::Answer<api::BatchResponse> batch(const api::Caller& caller, const api::BatchRequest& request) override;
    api::Answer<api::ExceptResponse> except(const api::Caller& caller, const api::ExceptRequest& request) override;
    api::Answer<api::ConfirmBatchResponse> confirm_batch(const api::Caller& caller,
                                                         const api::ConfirmBatchRequest& request) override;
    api::Answer<api::DoneBatchResponse> done_batch(const api::Caller& caller,
                                                   const api::DoneBatchRequest& request) override;
    api::Answer<api::ForgetBatchResponse> forget_batch(const api::Caller& caller,
                                                       const api::ForgetBatchRequest& request) override;
    api::Answer<api::WatchHello> watch(const api::Caller& caller,
                                       const api::WatchRequest& request,
                                       std::shared_ptr<api::WatchStream> stream) override;
    api::Answer<api::ReloadResponse> reload(const api::Caller& caller, const api::ReloadRequest& request) override;
    api::Answer<api::AccountsResponse> accounts(const api::Caller& caller,
                                                const api::AccountsRequest& request) override;
    api::Answer<api::RetryAccountResponse> retry_account(const api::Caller& caller,
                                                         const api::RetryAccountRequest& request) override;
    api::Answer<api::ReleaseSprayBrakeResponse>
    release_spray_brake(const api::Caller& caller, const api::ReleaseSprayBrakeRequest& request) override;
    api::Answer<api::NoticesResponse> notices(const api::Caller& caller, const api::NoticesRequest& request) override;
    api::Answer<api::RetryNoticesResponse> retry_notices(const api::Caller& caller,
                                                         const api::RetryNoticesRequest& request) override;
    api::Answer<api::TestReceiverResponse> test_receiver(const api::Caller& caller,
                                                         const api::TestReceiverRequest& request) override;

private:
    api::AccountSight sight(const std::string& account) const;
    api::Answer<api::RetryAccountResponse> retry_own_login(const api::RetryAccountRequest& request);

    App& app_;
    const std::function<base::Result<App::Reloaded>(std::vector<std::string>&)> reload_;
};

} // namespace mailpreflight::daemon
