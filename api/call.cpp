#include "api/call.hpp"

#include "api/service.hpp"

#include <array>
#include <stdexcept>

namespace mailpreflight::api {

std::string_view name_of(Privilege privilege) {
    switch (privilege) {
    case Privilege::view:
        return "view";
    case Privilege::admin:
        return "admin";
    }
    throw std::logic_error("no such privilege");
}

std::string_view name_of(Method method) {
    switch (method) {
    case Method::get:
        return "GET";
    case Method::post:
        return "POST";
    case Method::del:
        return "DELETE";
    }
    throw std::logic_error("no such method");
}

std::span<const CallInfo> all_calls() {
    static constexpr std::array calls{
        StatusCall::info,
        ReadinessCall::info,
        ReportCall::info,
        CheckCall::info,
        CancelCheckCall::info,
        MailboxesCall::info,
        ExplainCall::info,
        TimelineCall::info,
        DriftCall::info,
        IncidentsCall::info,
        AcknowledgeCall::info,
        BaselineCall::info,
        DiffBaselineCall::info,
        BaselineHistoryCall::info,
        AcceptBaselineCall::info,
        BatchCall::info,
        ExceptCall::info,
        ConfirmBatchCall::info,
        DoneBatchCall::info,
        ForgetBatchCall::info,
        WatchCall::info,
        ReloadCall::info,
        AccountsCall::info,
        RetryAccountCall::info,
        ReleaseSprayBrakeCall::info,
        NoticesCall::info,
        RetryNoticesCall::info,
        TestReceiverCall::info,
        VersionCall::info,
    };
    return calls;
}

std::string_view name_of(AccountState state) {
    switch (state) {
    case AccountState::proven:
        return "proven";
    case AccountState::unproven:
        return "unproven";
    case AccountState::withheld:
        return "withheld";
    case AccountState::parked:
        return "parked";
    case AccountState::locked:
        return "locked";
    case AccountState::unreadable:
        return "unreadable";
    }
    throw std::logic_error("no such state of an account");
}

std::string_view name_of(WatchKind kind) {
    switch (kind) {
    case WatchKind::observation_changed:
        return "observation_changed";
    case WatchKind::drift:
        return "drift";
    case WatchKind::incident:
        return "incident";
    case WatchKind::readiness:
        return "readiness";
    case WatchKind::check:
        return "check";
    case WatchKind::reload:
        return "reload";
    case WatchKind::source:
        return "source";
    case WatchKind::batch:
        return "batch";
    case WatchKind::batch_report:
        return "batch_report";
    }
    throw std::logic_error("no such kind of event");
}

} // namespace mailpreflight::api
