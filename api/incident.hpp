#pragma once

#include "api/call.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::api {

struct IncidentsRequest {
    std::optional<core::IncidentState> state; ///< none: all that are not resolved

    static void describe(auto& self, auto&& field) {
        field("state", self.state);
    }
    bool operator==(const IncidentsRequest&) const = default;
};

struct BatchCount {
    std::string batch;
    std::uint64_t count = 0;

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
        field("count", self.count);
    }
    bool operator==(const BatchCount&) const = default;
};

/// An incident without its subjects, of which there may be 150,000: count and first ones. `explain` and `drift` tell
/// more.
struct IncidentRow {
    std::string id; ///< "I17"
    std::string source;
    core::Cause cause = core::Cause::ok;
    core::Direction direction = core::Direction::lost;
    core::IncidentState state = core::IncidentState::open;
    base::SystemTime opened_at;
    base::SystemTime updated_at;
    std::optional<base::SystemTime> resolved_at;
    std::uint64_t subjects = 0;
    std::uint64_t peak = 0;
    std::vector<std::string> examples; ///< at most 10
    std::vector<BatchCount> batches;
    std::string sentence;
    core::Mender mender = core::Mender::nobody;
    std::string remedy; ///< for the first example
    std::string acknowledged_by;
    std::string comment;
    std::optional<base::SystemTime> acknowledged_until; ///< of the acknowledgement; nothing: until it grows
    bool critical = false;                              ///< a subject is of a batch that is frozen or moves

    static void describe(auto& self, auto&& field) {
        field("id", self.id);
        field("source", self.source);
        field("cause", self.cause);
        field("direction", self.direction);
        field("state", self.state);
        field("opened_at", self.opened_at);
        field("updated_at", self.updated_at);
        field("resolved_at", self.resolved_at);
        field("subjects", self.subjects);
        field("peak", self.peak);
        field("examples", self.examples);
        field("batches", self.batches);
        field("sentence", self.sentence);
        field("mender", self.mender);
        field("remedy", self.remedy);
        field("acknowledged_by", self.acknowledged_by);
        field("comment", self.comment);
        field("acknowledged_until", self.acknowledged_until);
        field("critical", self.critical);
    }
    bool operator==(const IncidentRow&) const = default;
};

/// Newest first, at most 1,000.
struct IncidentsResponse {
    std::vector<IncidentRow> incidents;

    static void describe(auto& self, auto&& field) {
        field("incidents", self.incidents);
    }
    bool operator==(const IncidentsResponse&) const = default;
};

struct IncidentsCall {
    using Request = IncidentsRequest;
    using Response = IncidentsResponse;
    static constexpr CallInfo info{.name = "incidents", .method = Method::get, .path = "/v1/incidents"};
};

struct AcknowledgeRequest {
    std::string id; ///< "I17"
    std::string comment;
    std::optional<base::SystemTime> until; ///< silent until then at most; nothing: until it grows

    static void describe(auto& self, auto&& field) {
        field("id", self.id);
        field("comment", self.comment);
        field("until", self.until);
    }
    [[nodiscard]] std::string problem() const {
        return comment.empty() ? "comment: say why it is acknowledged" : "";
    }
    bool operator==(const AcknowledgeRequest&) const = default;
};

struct AcknowledgeResponse {
    IncidentRow incident;

    static void describe(auto& self, auto&& field) {
        field("incident", self.incident);
    }
    bool operator==(const AcknowledgeResponse&) const = default;
};

struct AcknowledgeCall {
    using Request = AcknowledgeRequest;
    using Response = AcknowledgeResponse;
    static constexpr CallInfo info{.name = "acknowledge",
                                   .method = Method::post,
                                   .path = "/v1/incidents/{id}/acknowledge",
                                   .privilege = Privilege::admin};
};

} // namespace mailpreflight::api
