#include "daemon/api_routes.hpp"

#include "base/text.hpp"

#include <type_traits>
#include <utility>

namespace mailpreflight::daemon {

namespace {

/// What there may be 150,000 of in one check, or what a slow watcher can do without.
template <typename T>
constexpr bool is_droppable = std::is_same_v<T, api::CheckObserved> || std::is_same_v<T, api::CheckWithheld> ||
                              std::is_same_v<T, api::WatchEvent>;

template <typename Event>
class EncodingStream final : public api::EventStream<Event> {
public:
    explicit EncodingStream(std::shared_ptr<LineSink> sink) :
        sink_(std::move(sink)) {}
    ~EncodingStream() override {
        sink_->finish();
    }
    EncodingStream(const EncodingStream&) = delete;
    EncodingStream& operator=(const EncodingStream&) = delete;

    void send(const Event& event) override {
        if (sink_->is_open()) {
            const bool droppable =
                std::visit([](const auto& e) { return is_droppable<std::decay_t<decltype(e)>>; }, event);
            sink_->send_line(api::line_of(event), droppable);
        }
    }
    void finish() override {
        sink_->finish();
    }
    [[nodiscard]] bool is_open() const override {
        return sink_->is_open();
    }

private:
    const std::shared_ptr<LineSink> sink_;
};

template <typename T>
RouteAnswer document_of(const api::Answer<T>& answer, int status = 200) {
    if (!answer) {
        return answer.error();
    }
    return Document{.status = status, .body = api::to_text(*answer)};
}

template <typename T>
RouteAnswer stream_of(const api::Answer<T>& answer) {
    if (!answer) {
        return answer.error();
    }
    return StreamStart{.first_line = api::line_of(*answer)};
}

/// A route of a call that answers with one document.
template <typename Call>
Route document_route(api::Answer<typename Call::Response> (api::Service::*function)(const api::Caller&,
                                                                                    const typename Call::Request&)) {
    return {.info = Call::info,
            .answer = [function](api::Service& service,
                                 const api::Caller& caller,
                                 const json::Value& fields,
                                 const std::shared_ptr<LineSink>&) -> RouteAnswer {
                const auto request = api::from_fields<typename Call::Request>(Call::info, fields);
                if (!request) {
                    return api::problem_of(request.error());
                }
                return document_of((service.*function)(caller, *request));
            }};
}

RouteAnswer answer_check(api::Service& service,
                         const api::Caller& caller,
                         const json::Value& fields,
                         std::shared_ptr<LineSink> sink) {
    const auto request = api::from_fields<api::CheckRequest>(api::CheckCall::info, fields);
    if (!request) {
        return api::problem_of(request.error());
    }
    if (!request->wait) {
        return document_of(service.check(caller, *request, nullptr), 202);
    }
    return stream_of(
        service.check(caller, *request, std::make_shared<EncodingStream<api::CheckEvent>>(std::move(sink))));
}

RouteAnswer answer_watch(api::Service& service,
                         const api::Caller& caller,
                         const json::Value& fields,
                         std::shared_ptr<LineSink> sink) {
    const auto request = api::from_fields<api::WatchRequest>(api::WatchCall::info, fields);
    if (!request) {
        return api::problem_of(request.error());
    }
    return stream_of(
        service.watch(caller, *request, std::make_shared<EncodingStream<api::WatchLine>>(std::move(sink))));
}

} // namespace

std::span<const Route> routes() {
    using api::Service;
    static const std::vector<Route> all{
        document_route<api::StatusCall>(&Service::status),
        document_route<api::ReadinessCall>(&Service::readiness),
        document_route<api::ReportCall>(&Service::report),
        Route{.info = api::CheckCall::info, .answer = answer_check},
        document_route<api::CancelCheckCall>(&Service::cancel_check),
        document_route<api::MailboxesCall>(&Service::mailboxes),
        document_route<api::ExplainCall>(&Service::explain),
        document_route<api::TimelineCall>(&Service::timeline),
        document_route<api::DriftCall>(&Service::drift),
        document_route<api::IncidentsCall>(&Service::incidents),
        document_route<api::AcknowledgeCall>(&Service::acknowledge),
        document_route<api::BaselineCall>(&Service::baseline),
        document_route<api::DiffBaselineCall>(&Service::diff_baseline),
        document_route<api::BaselineHistoryCall>(&Service::baseline_history),
        document_route<api::AcceptBaselineCall>(&Service::accept_baseline),
        document_route<api::BatchCall>(&Service::batch),
        document_route<api::ExceptCall>(&Service::except),
        document_route<api::ConfirmBatchCall>(&Service::confirm_batch),
        document_route<api::DoneBatchCall>(&Service::done_batch),
        document_route<api::ForgetBatchCall>(&Service::forget_batch),
        Route{.info = api::WatchCall::info, .answer = answer_watch},
        document_route<api::ReloadCall>(&Service::reload),
        document_route<api::AccountsCall>(&Service::accounts),
        document_route<api::RetryAccountCall>(&Service::retry_account),
        document_route<api::ReleaseSprayBrakeCall>(&Service::release_spray_brake),
        document_route<api::NoticesCall>(&Service::notices),
        document_route<api::RetryNoticesCall>(&Service::retry_notices),
        document_route<api::TestReceiverCall>(&Service::test_receiver),
        document_route<api::VersionCall>(&Service::version),
    };
    return all;
}

RouteMatch find_route(std::string_view method, std::string_view path) {
    RouteMatch match;
    std::vector<std::string> allowed;
    for (const Route& route : routes()) {
        auto fields = api::match_path(route.info.path, path);
        if (!fields) {
            continue;
        }
        if (name_of(route.info.method) == method) {
            match.route = &route;
            match.path_fields = std::move(*fields);
            return match;
        }
        allowed.emplace_back(name_of(route.info.method));
    }
    match.allow = base::join(allowed, ", ");
    return match;
}

} // namespace mailpreflight::daemon
