#include "daemon/service.hpp"
#include "store/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailpreflight::daemon {

namespace {

constexpr std::size_t most_retried = 1'000;
constexpr std::size_t most_searched = 5'000;

api::NoticeRow row_of(const core::OwedNotice& owed) {
    const core::Notice& notice = owed.notice;
    return {.id = notice.id,
            .receiver = notice.receiver,
            .group = notice.group,
            .notice_class = notice.notice_class,
            .status = notice.status,
            .severity = notice.severity,
            .at = notice.at,
            .title = notice.title,
            .reason = notice.reason,
            .state = owed.state,
            .attempts = owed.attempts,
            .tried_at = owed.tried_at,
            .next_at = owed.next_at,
            .detail = owed.detail};
}

bool is_receiver(const State& state, const std::string& name) {
    return std::any_of(state.notice_policies.begin(), state.notice_policies.end(), [&](const auto& policy) {
        return policy.receiver == name;
    });
}

} // namespace

api::Answer<api::NoticesResponse> ApiService::notices(const api::Caller&, const api::NoticesRequest& request) {
    auto reader = store::Reader::open(app_.state_directory());
    if (!reader) {
        return api::refused(503, reader.error().message());
    }
    const auto found = reader->outbox(request.state, most_searched);
    if (!found) {
        return api::refused(503, found.error().message());
    }
    api::NoticesResponse answer;
    for (const core::OwedNotice& owed : *found) {
        const bool wanted = (request.receiver.empty() || owed.notice.receiver == request.receiver) &&
                            (request.id.empty() || owed.notice.id == request.id);
        if (wanted && answer.notices.size() < request.limit) {
            answer.notices.push_back(row_of(owed));
        }
    }
    return answer;
}

api::Answer<api::RetryNoticesResponse> ApiService::retry_notices(const api::Caller&,
                                                                 const api::RetryNoticesRequest& request) {
    auto reader = store::Reader::open(app_.state_directory());
    auto dead = reader ? reader->outbox(core::OwedState::dead, most_retried)
                       : base::Result<std::vector<core::OwedNotice>>(base::failure(reader.error()));
    if (!dead) {
        return api::refused(503, dead.error().message());
    }
    api::RetryNoticesResponse answer;
    const base::Status done = app_.judge().call([&](State& state, store::Store::Commit& commit) {
        for (core::OwedNotice& owed : *dead) {
            if ((request.receiver.empty() || owed.notice.receiver == request.receiver) &&
                is_receiver(state, owed.notice.receiver)) {
                state.outbox.insert_or_assign(owed.notice.id, std::move(owed));
            }
        }
        for (auto& [id, owed] : state.outbox) {
            if (request.receiver.empty() || owed.notice.receiver == request.receiver) {
                owed.state = core::OwedState::owed;
                owed.next_at.reset();
                commit.outbox.insert_or_assign(id, owed);
                ++answer.owed;
            }
        }
    });
    if (!done) {
        return tl::unexpected(api::problem_of(done.error()));
    }
    app_.take_up_notices();
    return answer;
}

api::Answer<api::TestReceiverResponse> ApiService::test_receiver(const api::Caller& caller,
                                                                 const api::TestReceiverRequest& request) {
    if (const std::string problem = app_.couriers().problem_of(request.receiver); !problem.empty()) {
        return api::refused(409, fmt::format("{} cannot be told anything: {}", request.receiver, problem));
    }
    core::OwedNotice owed;
    bool known = false;
    const base::Status done = app_.judge().call([&](State& state, store::Store::Commit& commit) {
        known = is_receiver(state, request.receiver);
        if (!known) {
            return;
        }
        core::ReceiverMemory& memory = state.told[request.receiver];
        owed.notice = core::trial_notice(request.receiver, ++memory.last, caller.who(), commit.at);
        commit.told = state.told;
        state.outbox.insert_or_assign(owed.notice.id, owed);
        commit.outbox.insert_or_assign(owed.notice.id, owed);
    });
    if (!known) {
        return api::refused(404, fmt::format("there is no receiver {}", request.receiver));
    }
    if (!done) {
        return tl::unexpected(api::problem_of(done.error()));
    }
    app_.couriers().submit({owed});
    return api::TestReceiverResponse{row_of(owed)};
}

} // namespace mailpreflight::daemon
