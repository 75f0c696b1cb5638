#pragma once

#include "api/call.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"
#include "core/outbox.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::api {

template <>
struct Words<core::OwedState>
    : NamedWords<core::OwedState, core::OwedState::owed, core::OwedState::delivered, core::OwedState::dead> {};
template <>
struct Words<core::Severity> : NamedWords<core::Severity,
                                          core::Severity::info,
                                          core::Severity::warning,
                                          core::Severity::error,
                                          core::Severity::critical> {};
template <>
struct Words<core::NoticeClass> : NamedWords<core::NoticeClass,
                                             core::NoticeClass::rights,
                                             core::NoticeClass::incident,
                                             core::NoticeClass::verdict,
                                             core::NoticeClass::blind,
                                             core::NoticeClass::digest,
                                             core::NoticeClass::summary,
                                             core::NoticeClass::held,
                                             core::NoticeClass::trial> {};
template <>
struct Words<core::NoticeStatus> : NamedWords<core::NoticeStatus,
                                              core::NoticeStatus::firing,
                                              core::NoticeStatus::acknowledged,
                                              core::NoticeStatus::resolved,
                                              core::NoticeStatus::told> {};

struct NoticesRequest {
    std::optional<core::OwedState> state; ///< none: all
    std::string receiver;                 ///< empty: all
    std::string id;                       ///< of one notice; empty: all
    std::uint64_t limit = 100;            ///< 1 to 1,000

    static void describe(auto& self, auto&& field) {
        field("state", self.state);
        field("receiver", self.receiver);
        field("id", self.id);
        field("limit", self.limit);
    }
    [[nodiscard]] std::string problem() const {
        return limit < 1 || limit > 1000 ? "limit: expected 1 to 1000" : "";
    }
    bool operator==(const NoticesRequest&) const = default;
};

/// A notice without its text.
struct NoticeRow {
    std::string id;
    std::string receiver;
    std::string group;
    core::NoticeClass notice_class = core::NoticeClass::incident;
    core::NoticeStatus status = core::NoticeStatus::told;
    core::Severity severity = core::Severity::info;
    base::SystemTime at; ///< when it was planned
    std::string title;
    std::string reason;
    core::OwedState state = core::OwedState::owed;
    std::uint64_t attempts = 0;
    std::optional<base::SystemTime> tried_at;
    std::optional<base::SystemTime> next_at; ///< of one that is owed: not before
    std::string detail;                      ///< what came of the last attempt

    static void describe(auto& self, auto&& field) {
        field("id", self.id);
        field("receiver", self.receiver);
        field("group", self.group);
        field("class", self.notice_class);
        field("status", self.status);
        field("severity", self.severity);
        field("at", self.at);
        field("title", self.title);
        field("reason", self.reason);
        field("state", self.state);
        field("attempts", self.attempts);
        field("tried_at", self.tried_at);
        field("next_at", self.next_at);
        field("detail", self.detail);
    }
    bool operator==(const NoticeRow&) const = default;
};

/// Newest first.
struct NoticesResponse {
    std::vector<NoticeRow> notices;

    static void describe(auto& self, auto&& field) {
        field("notices", self.notices);
    }
    bool operator==(const NoticesResponse&) const = default;
};

struct NoticesCall {
    using Request = NoticesRequest;
    using Response = NoticesResponse;
    static constexpr CallInfo info{.name = "notices", .method = Method::get, .path = "/v1/notices"};
};

/// Dead notices are owed again, and what waits for its next attempt is tried now.
struct RetryNoticesRequest {
    std::string receiver; ///< empty: of all

    static void describe(auto& self, auto&& field) {
        field("receiver", self.receiver);
    }
    bool operator==(const RetryNoticesRequest&) const = default;
};

struct RetryNoticesResponse {
    std::uint64_t owed = 0; ///< so many are tried

    static void describe(auto& self, auto&& field) {
        field("owed", self.owed);
    }
    bool operator==(const RetryNoticesResponse&) const = default;
};

struct RetryNoticesCall {
    using Request = RetryNoticesRequest;
    using Response = RetryNoticesResponse;
    static constexpr CallInfo info{
        .name = "retry_notices", .method = Method::post, .path = "/v1/notices/retry", .privilege = Privilege::admin};
};

struct TestReceiverRequest {
    std::string receiver;

    static void describe(auto& self, auto&& field) {
        field("receiver", self.receiver);
    }
    bool operator==(const TestReceiverRequest&) const = default;
};

/// The trial is owed as any notice is: `notices` with its id tells what came of it.
struct TestReceiverResponse {
    NoticeRow notice;

    static void describe(auto& self, auto&& field) {
        field("notice", self.notice);
    }
    bool operator==(const TestReceiverResponse&) const = default;
};

struct TestReceiverCall {
    using Request = TestReceiverRequest;
    using Response = TestReceiverResponse;
    static constexpr CallInfo info{.name = "test_receiver",
                                   .method = Method::post,
                                   .path = "/v1/receivers/{receiver}/test",
                                   .privilege = Privilege::admin};
};

} // namespace mailpreflight::api
