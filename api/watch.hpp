#pragma once

#include "api/call.hpp"
#include "api/event_stream.hpp"
#include "api/words.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace mailpreflight::api {

/// Everything that happens, as it happens, from the event behind `after` if it is still kept.
struct WatchRequest {
    std::optional<std::uint64_t> after;

    static void describe(auto& self, auto&& field) {
        field("after", self.after);
    }
    bool operator==(const WatchRequest&) const = default;
};

struct WatchHello {
    static constexpr std::string_view event = "hello";
    std::string version;
    base::SystemTime now;
    std::uint64_t newest = 0; ///< id of the newest event so far
    bool missed = false;      ///< events behind `after` are no longer kept

    static void describe(auto& self, auto&& field) {
        field("version", self.version);
        field("now", self.now);
        field("newest", self.newest);
        field("missed", self.missed);
    }
    bool operator==(const WatchHello&) const = default;
};

enum class WatchKind { observation_changed, drift, incident, readiness, check, reload, source, batch, batch_report };

std::string_view name_of(WatchKind kind);

template <>
struct Words<WatchKind> : NamedWords<WatchKind,
                                     WatchKind::observation_changed,
                                     WatchKind::drift,
                                     WatchKind::incident,
                                     WatchKind::readiness,
                                     WatchKind::check,
                                     WatchKind::reload,
                                     WatchKind::source,
                                     WatchKind::batch,
                                     WatchKind::batch_report> {};

/// One event; what does not belong to its kind stays empty.
struct WatchEvent {
    WatchKind kind = WatchKind::source; ///< the line's "event"
    std::uint64_t id = 0;               ///< grows by one with each event since the service started
    base::SystemTime at;
    std::string text; ///< one line for people
    std::string source;
    std::string batch;
    std::string subject; ///< address
    std::optional<core::Check> check;
    std::optional<core::State> before;
    std::optional<core::State> state;
    std::optional<core::Cause> cause;
    std::optional<core::Direction> direction;
    std::optional<core::Verdict> verdict;
    std::string incident; ///< "I17"
    std::optional<core::IncidentState> incident_state;
    std::optional<core::BatchState> batch_state;
    std::optional<std::uint64_t> subjects; ///< of the incident, now
    std::string run;                       ///< id of an on-demand check

    [[nodiscard]] std::string_view event_word() const {
        return name_of(kind);
    }
    bool take_event_word(std::string_view word) {
        const auto known = Words<WatchKind>::from_word(word);
        kind = known.value_or(kind);
        return known.has_value();
    }
    static void describe(auto& self, auto&& field) {
        field("id", self.id);
        field("at", self.at);
        field("text", self.text);
        field("source", self.source);
        field("batch", self.batch);
        field("subject", self.subject);
        field("check", self.check);
        field("before", self.before);
        field("state", self.state);
        field("cause", self.cause);
        field("direction", self.direction);
        field("verdict", self.verdict);
        field("incident", self.incident);
        field("incident_state", self.incident_state);
        field("batch_state", self.batch_state);
        field("subjects", self.subjects);
        field("run", self.run);
    }
    bool operator==(const WatchEvent&) const = default;
};

using WatchLine = std::variant<WatchHello, WatchEvent, Heartbeat, Skipped, Stopping>;
using WatchStream = EventStream<WatchLine>;

struct WatchCall {
    using Request = WatchRequest;
    using Response = WatchHello;
    using Event = WatchLine;
    static constexpr CallInfo info{
        .name = "watch", .method = Method::get, .path = "/v1/watch", .answering = Answering::stream};
};

} // namespace mailpreflight::api
