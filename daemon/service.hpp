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
    api::Answer<api::CheckAccepted> check(const api::Caller& caller,
                                          const api::CheckRequest& request,
                                          std::shared_ptr<api::CheckStream> stream) override;
    api::Answer<api::CancelCheckResponse> cancel_check(const api::Caller& caller,
                                                       const api::CancelCheckRequest& request) override;
    api::Answer<api::MailboxesResponse> mailboxes(const api::Caller& caller,
                                                  const api::MailboxesRequest& request) override;
    api::Answer<api::ExplainResponse> explain(const api::Caller& caller, const api::ExplainRequest& request) override;
    api::Answer<api::DriftResponse> drift(const api::Caller& caller, const api::DriftRequest& request) override;
    api::Answer<api::IncidentsResponse> incidents(const api::Caller& caller,
                                                  const api::IncidentsRequest& request) override;
    api::Answer<api::AcknowledgeResponse> acknowledge(const api::Caller& caller,
                                                      const api::AcknowledgeRequest& request) override;
    api::Answer<api::BaselineResponse> baseline(const api::Caller& caller,
                                                const api::BaselineRequest& request) override;
    api::Answer<api::AcceptBaselineResponse> accept_baseline(const api::Caller& caller,
                                                             const api::AcceptBaselineRequest& request) override;
    api::Answer<api::WatchHello> watch(const api::Caller& caller,
                                       const api::WatchRequest& request,
                                       std::shared_ptr<api::WatchStream> stream) override;
    api::Answer<api::ReloadResponse> reload(const api::Caller& caller, const api::ReloadRequest& request) override;
    api::Answer<api::AccountsResponse> accounts(const api::Caller& caller,
                                                const api::AccountsRequest& request) override;
    api::Answer<api::RetryAccountResponse> retry_account(const api::Caller& caller,
                                                         const api::RetryAccountRequest& request) override;

private:
    api::AccountSight sight(const std::string& account) const;

    App& app_;
    const std::function<base::Result<App::Reloaded>(std::vector<std::string>&)> reload_;
};

} // namespace mailpreflight::daemon
