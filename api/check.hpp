#pragma once

#include "api/call.hpp"
#include "api/event_stream.hpp"
#include "api/words.hpp"
#include "core/observation.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace mailpreflight::api {

/// Looks now at sources, batches and addresses by name; no target means everything. With `wait` the answer is a stream
/// of CheckEvents; without, CheckAccepted alone. A client that goes away does not cancel.
struct CheckRequest {
    std::vector<std::string> targets;
    bool wait = true;

    static void describe(auto& self, auto&& field) {
        field("targets", self.targets);
        field("wait", self.wait);
    }
    bool operator==(const CheckRequest&) const = default;
};

struct CheckAccepted {
    static constexpr std::string_view event = "accepted";
    std::string id;
    std::uint64_t total = 0; ///< checks to come

    static void describe(auto& self, auto&& field) {
        field("id", self.id);
        field("total", self.total);
    }
    bool operator==(const CheckAccepted&) const = default;
};

struct CheckObserved {
    static constexpr std::string_view event = "observation";
    core::Observation observation;
    std::uint64_t done = 0; ///< observed and withheld so far, this one included
    std::uint64_t total = 0;

    static void describe(auto& self, auto&& field) {
        field("observation", self.observation);
        field("done", self.done);
        field("total", self.total);
    }
    bool operator==(const CheckObserved&) const = default;
};

/// No observation, because a gate before it is closed or the account is parked.
struct CheckWithheld {
    static constexpr std::string_view event = "withheld";
    core::TrackKey key;
    core::Cause cause = core::Cause::presentation_withheld;
    std::string detail;
    std::uint64_t done = 0;
    std::uint64_t total = 0;

    static void describe(auto& self, auto&& field) {
        field("key", self.key);
        field("cause", self.cause);
        field("detail", self.detail);
        field("done", self.done);
        field("total", self.total);
    }
    bool operator==(const CheckWithheld&) const = default;
};

/// The last event of a check.
struct CheckFinished {
    static constexpr std::string_view event = "finished";
    std::string id;
    std::uint64_t passed = 0;
    std::uint64_t warned = 0;
    std::uint64_t failed = 0;
    std::uint64_t unknown = 0;
    std::uint64_t withheld = 0;
    bool cancelled = false;

    static void describe(auto& self, auto&& field) {
        field("id", self.id);
        field("passed", self.passed);
        field("warned", self.warned);
        field("failed", self.failed);
        field("unknown", self.unknown);
        field("withheld", self.withheld);
        field("cancelled", self.cancelled);
    }
    bool operator==(const CheckFinished&) const = default;
};

using CheckEvent =
    std::variant<CheckAccepted, CheckObserved, CheckWithheld, CheckFinished, Heartbeat, Skipped, Stopping>;
using CheckStream = EventStream<CheckEvent>;

struct CheckCall {
    using Request = CheckRequest;
    using Response = CheckAccepted;
    using Event = CheckEvent;
    static constexpr CallInfo info{.name = "check",
                                   .method = Method::post,
                                   .path = "/v1/checks",
                                   .privilege = Privilege::admin,
                                   .answering = Answering::document_or_stream};
};

struct CancelCheckRequest {
    std::string id;

    static void describe(auto& self, auto&& field) {
        field("id", self.id);
    }
    bool operator==(const CancelCheckRequest&) const = default;
};

struct CancelCheckResponse {
    std::string id;
    std::uint64_t dropped = 0; ///< checks that were taken out of the queue; what was in flight ends by itself

    static void describe(auto& self, auto&& field) {
        field("id", self.id);
        field("dropped", self.dropped);
    }
    bool operator==(const CancelCheckResponse&) const = default;
};

struct CancelCheckCall {
    using Request = CancelCheckRequest;
    using Response = CancelCheckResponse;
    static constexpr CallInfo info{
        .name = "cancel_check", .method = Method::del, .path = "/v1/checks/{id}", .privilege = Privilege::admin};
};

} // namespace mailpreflight::api
