#pragma once

#include "api/call.hpp"
#include "api/page.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::api {

struct DriftRequest {
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
    bool operator==(const DriftRequest&) const = default;
};

struct DriftRow {
    std::string source;
    std::string subject; ///< address; empty: the source itself
    core::Check check = core::Check::source_dns;
    core::Direction direction = core::Direction::lost;
    core::Cause cause = core::Cause::ok;
    core::State before = core::State::pass;
    core::Cause before_cause = core::Cause::ok;
    core::State after = core::State::fail;
    core::Cause after_cause = core::Cause::ok;
    std::string detail;
    base::SystemTime first_seen;
    std::optional<base::SystemTime> last_good;
    std::string incident;  ///< "I17"
    bool critical = false; ///< it touches a batch that is frozen or moves

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("subject", self.subject);
        field("check", self.check);
        field("direction", self.direction);
        field("cause", self.cause);
        field("before", self.before);
        field("before_cause", self.before_cause);
        field("after", self.after);
        field("after_cause", self.after_cause);
        field("detail", self.detail);
        field("first_seen", self.first_seen);
        field("last_good", self.last_good);
        field("incident", self.incident);
        field("critical", self.critical);
    }
    bool operator==(const DriftRow&) const = default;
};

struct DriftResponse {
    std::vector<DriftRow> drift;
    std::string next;

    static void describe(auto& self, auto&& field) {
        field("drift", self.drift);
        field("next", self.next);
    }
    bool operator==(const DriftResponse&) const = default;
};

struct DriftCall {
    using Request = DriftRequest;
    using Response = DriftResponse;
    static constexpr CallInfo info{.name = "drift", .method = Method::get, .path = "/v1/drift"};
};

} // namespace mailpreflight::api
