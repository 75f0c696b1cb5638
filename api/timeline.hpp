#pragma once

#include "api/call.hpp"
#include "api/page.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::api {

struct TimelineRequest {
    std::string of;                         ///< an address, an incident ("I17"), a batch or a source
    std::optional<base::SystemTime> before; ///< only what is older; `next` of the page before
    int limit = usual_rows;

    static void describe(auto& self, auto&& field) {
        field("of", self.of);
        field("before", self.before);
        field("limit", self.limit);
    }
    [[nodiscard]] std::string problem() const {
        return of.empty() ? "of: expected an address, an incident, a batch or a source" : page_problem(limit);
    }
    bool operator==(const TimelineRequest&) const = default;
};

/// One thing that happened: what a check saw ("observation": check, state and cause are set), or what was made of it or
/// done about it ("incident", "verdict", "batch", "exception", "baseline").
struct TimelineRow {
    base::SystemTime at;
    std::string kind;
    std::string text; ///< one plain sentence
    std::string source;
    std::string subject;  ///< address; empty: no single mailbox
    std::string batch;    ///< empty: of none
    std::string incident; ///< "I17"; empty: of none
    std::string by;       ///< "uid 1000 (anna)"; empty: nobody did it
    std::optional<core::Check> check;
    std::optional<core::State> state;
    std::optional<core::Cause> cause;

    static void describe(auto& self, auto&& field) {
        field("at", self.at);
        field("kind", self.kind);
        field("text", self.text);
        field("source", self.source);
        field("subject", self.subject);
        field("batch", self.batch);
        field("incident", self.incident);
        field("by", self.by);
        field("check", self.check);
        field("state", self.state);
        field("cause", self.cause);
    }
    bool operator==(const TimelineRow&) const = default;
};

struct TimelineResponse {
    std::string of;                       ///< as it was understood
    std::string kind;                     ///< "mailbox", "incident", "batch", "source"
    std::vector<TimelineRow> timeline;    ///< newest first
    std::optional<base::SystemTime> next; ///< there is more: `before` of the next page

    static void describe(auto& self, auto&& field) {
        field("of", self.of);
        field("kind", self.kind);
        field("timeline", self.timeline);
        field("next", self.next);
    }
    bool operator==(const TimelineResponse&) const = default;
};

struct TimelineCall {
    using Request = TimelineRequest;
    using Response = TimelineResponse;
    static constexpr CallInfo info{.name = "timeline", .method = Method::get, .path = "/v1/timeline"};
};

} // namespace mailpreflight::api
