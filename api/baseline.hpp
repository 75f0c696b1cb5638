#pragma once

#include "api/call.hpp"
#include "api/page.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"

#include <cstdint>
#include <map>
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

/// Accepts what is believed now as how it should be. No subjects means all that is planned of the source; a subject is
/// an address, or the source's own name for its source checks.
struct AcceptBaselineRequest {
    std::string source;
    std::vector<std::string> subjects;
    std::string reason;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("subjects", self.subjects);
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
    std::uint64_t too_old = 0;
    std::vector<RefusedSubject> refused; ///< the first 100 that were too old, oldest first

    static void describe(auto& self, auto&& field) {
        field("accepted", self.accepted);
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
