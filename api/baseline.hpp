#pragma once

#include "api/call.hpp"
#include "api/page.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::api {

struct BaselineRequest {
    std::string source;
    std::string after;
    int limit = usual_rows;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("after", self.after);
        field("limit", self.limit);
    }
    [[nodiscard]] std::string problem() const {
        return page_problem(limit);
    }
    bool operator==(const BaselineRequest&) const = default;
};

struct BaselineRow {
    std::string source;
    std::string subject; ///< address; empty: the source itself
    core::Check check = core::Check::source_dns;
    core::State state = core::State::pass;
    core::Cause cause = core::Cause::ok;
    std::map<std::string, std::string> facts;
    bool provisional = true;
    base::SystemTime at;
    std::string accepted_by;
    std::string reason;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("subject", self.subject);
        field("check", self.check);
        field("state", self.state);
        field("cause", self.cause);
        field("facts", self.facts);
        field("provisional", self.provisional);
        field("at", self.at);
        field("accepted_by", self.accepted_by);
        field("reason", self.reason);
    }
    bool operator==(const BaselineRow&) const = default;
};

struct BaselineResponse {
    std::vector<BaselineRow> baseline;
    std::string next;

    static void describe(auto& self, auto&& field) {
        field("baseline", self.baseline);
        field("next", self.next);
    }
    bool operator==(const BaselineResponse&) const = default;
};

struct BaselineCall {
    using Request = BaselineRequest;
    using Response = BaselineResponse;
    static constexpr CallInfo info{.name = "baseline", .method = Method::get, .path = "/v1/baseline"};
};

/// Compares what is believed now with the baseline. What is empty narrows nothing.
struct DiffBaselineRequest {
    std::string source;
    std::string subject;              ///< an address, or the source's own name for its source checks
    std::string batch;                ///< the mailboxes of this batch
    std::optional<core::Cause> cause; ///< only what is believed for it, or drifted by it
    std::string after;
    int limit = usual_rows;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("subject", self.subject);
        field("batch", self.batch);
        field("cause", self.cause);
        field("after", self.after);
        field("limit", self.limit);
    }
    [[nodiscard]] std::string problem() const {
        return source.empty() ? "source: name the source" : page_problem(limit);
    }
    bool operator==(const DiffBaselineRequest&) const = default;
};

/// A check of which something else is believed, or was accepted, than the baseline said before.
struct BaselineChange {
    std::string subject; ///< address; empty: the source itself
    core::Check check = core::Check::source_dns;
    std::optional<core::State> before; ///< none: the baseline said nothing of it
    std::optional<core::Cause> before_cause;
    core::State now = core::State::pass;
    core::Cause now_cause = core::Cause::ok;
    std::string facts; ///< "build was 15.1, is 15.2"
    base::SystemTime since;

    static void describe(auto& self, auto&& field) {
        field("subject", self.subject);
        field("check", self.check);
        field("before", self.before);
        field("before_cause", self.before_cause);
        field("now", self.now);
        field("now_cause", self.now_cause);
        field("facts", self.facts);
        field("since", self.since);
    }
    bool operator==(const BaselineChange&) const = default;
};

/// What `baseline accept` with the same scope would change.
struct DiffBaselineResponse {
    std::string source;
    std::uint64_t differ = 0;
    std::uint64_t same = 0;
    std::uint64_t too_old = 0; ///< looked at too long ago to be accepted
    std::vector<BaselineChange> differences;
    std::string next;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("differ", self.differ);
        field("same", self.same);
        field("too_old", self.too_old);
        field("differences", self.differences);
        field("next", self.next);
    }
    bool operator==(const DiffBaselineResponse&) const = default;
};

struct DiffBaselineCall {
    using Request = DiffBaselineRequest;
    using Response = DiffBaselineResponse;
    static constexpr CallInfo info{.name = "diff_baseline", .method = Method::get, .path = "/v1/baseline/diff"};
};

struct BaselineHistoryRequest {
    std::string source;                     ///< empty: of all
    std::optional<base::SystemTime> before; ///< only what is older; `next` of the page before
    int limit = 20;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("before", self.before);
        field("limit", self.limit);
    }
    [[nodiscard]] std::string problem() const {
        return page_problem(limit);
    }
    bool operator==(const BaselineHistoryRequest&) const = default;
};

/// Who accepted what, when and why.
struct AcceptanceRow {
    base::SystemTime at;
    std::string source;
    std::string scope; ///< "all", "batch wave1, cause mailbox_recreated"
    std::string by;
    std::string reason;
    std::uint64_t accepted = 0;          ///< checks
    std::uint64_t changed = 0;           ///< of which something else was accepted than before
    std::vector<BaselineChange> changes; ///< the first 100 of them

    static void describe(auto& self, auto&& field) {
        field("at", self.at);
        field("source", self.source);
        field("scope", self.scope);
        field("by", self.by);
        field("reason", self.reason);
        field("accepted", self.accepted);
        field("changed", self.changed);
        field("changes", self.changes);
    }
    bool operator==(const AcceptanceRow&) const = default;
};

struct BaselineHistoryResponse {
    std::vector<AcceptanceRow> history;   ///< newest first
    std::optional<base::SystemTime> next; ///< there is more: `before` of the next page

    static void describe(auto& self, auto&& field) {
        field("history", self.history);
        field("next", self.next);
    }
    bool operator==(const BaselineHistoryResponse&) const = default;
};

struct BaselineHistoryCall {
    using Request = BaselineHistoryRequest;
    using Response = BaselineHistoryResponse;
    static constexpr CallInfo info{.name = "baseline_history", .method = Method::get, .path = "/v1/baseline/history"};
};

/// Accepts what is believed now as how it should be. No subjects, batch and cause means all that is planned of the
/// source; a subject is an address, or the source's own name for its source checks.
struct AcceptBaselineRequest {
    std::string source;
    std::vector<std::string> subjects;
    std::string batch;                ///< the mailboxes of this batch
    std::optional<core::Cause> cause; ///< only what is believed for it, or drifted by it
    std::string reason;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("subjects", self.subjects);
        field("batch", self.batch);
        field("cause", self.cause);
        field("reason", self.reason);
    }
    [[nodiscard]] std::string problem() const {
        if (source.empty()) {
            return "source: name the source";
        }
        return reason.empty() ? "reason: say why this is how it should be" : "";
    }
    bool operator==(const AcceptBaselineRequest&) const = default;
};

/// What was looked at too long ago to be accepted.
struct RefusedSubject {
    std::string subject;
    core::Check check = core::Check::source_dns;

    static void describe(auto& self, auto&& field) {
        field("subject", self.subject);
        field("check", self.check);
    }
    bool operator==(const RefusedSubject&) const = default;
};

struct AcceptBaselineResponse {
    std::uint64_t accepted = 0;
    std::uint64_t changed = 0; ///< of which something else was accepted than before
    std::uint64_t too_old = 0;
    std::vector<RefusedSubject> refused; ///< the first 100 that were too old, oldest first

    static void describe(auto& self, auto&& field) {
        field("accepted", self.accepted);
        field("changed", self.changed);
        field("too_old", self.too_old);
        field("refused", self.refused);
    }
    bool operator==(const AcceptBaselineResponse&) const = default;
};

struct AcceptBaselineCall {
    using Request = AcceptBaselineRequest;
    using Response = AcceptBaselineResponse;
    static constexpr CallInfo info{.name = "accept_baseline",
                                   .method = Method::post,
                                   .path = "/v1/baseline/accept",
                                   .privilege = Privilege::admin};
};

} // namespace mailpreflight::api
