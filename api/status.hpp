#pragma once

#include "api/account.hpp"
#include "api/call.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"
#include "core/readiness.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::api {

struct StatusRequest {
    static void describe(auto&, auto&&) {}
    bool operator==(const StatusRequest&) const = default;
};

/// Where we look from: no report claims more than this place saw.
struct Vantage {
    std::string host;
    std::string user_agent;

    static void describe(auto& self, auto&& field) {
        field("host", self.host);
        field("user_agent", self.user_agent);
    }
    bool operator==(const Vantage&) const = default;
};

/// An observation in four words.
struct Look {
    core::State state = core::State::unknown;
    core::Cause cause = core::Cause::never_looked_at;
    base::SystemTime at;
    std::string detail;

    static void describe(auto& self, auto&& field) {
        field("state", self.state);
        field("cause", self.cause);
        field("at", self.at);
        field("detail", self.detail);
    }
    bool operator==(const Look&) const = default;
};

struct SourceCheck {
    core::Check check = core::Check::source_dns;
    std::optional<Look> latest;    ///< the newest look; none yet: never looked at
    std::optional<Look> confirmed; ///< what is believed

    static void describe(auto& self, auto&& field) {
        field("check", self.check);
        field("latest", self.latest);
        field("confirmed", self.confirmed);
    }
    bool operator==(const SourceCheck&) const = default;
};

struct SourceStatus {
    std::string name;
    std::string url;
    std::vector<SourceCheck> checks;
    AccountSight account;
    std::uint64_t queued = 0; ///< checks that wait for a lane
    std::uint64_t in_flight = 0;
    std::optional<base::SystemTime> paused_until; ///< a back-off, or a quiet time
    std::string paused_why;
    std::uint64_t mailboxes = 0;
    std::optional<base::SystemTime> last_sweep; ///< when the last full pass began

    static void describe(auto& self, auto&& field) {
        field("name", self.name);
        field("url", self.url);
        field("checks", self.checks);
        field("account", self.account);
        field("queued", self.queued);
        field("in_flight", self.in_flight);
        field("paused_until", self.paused_until);
        field("paused_why", self.paused_why);
        field("mailboxes", self.mailboxes);
        field("last_sweep", self.last_sweep);
    }
    bool operator==(const SourceStatus&) const = default;
};

struct WindowTimes {
    base::SystemTime start;
    base::SystemTime end;
    std::string zone;

    static void describe(auto& self, auto&& field) {
        field("start", self.start);
        field("end", self.end);
        field("zone", self.zone);
    }
    bool operator==(const WindowTimes&) const = default;
};

struct BatchStatus {
    core::Readiness readiness;
    std::optional<WindowTimes> window;
    core::BatchState state = core::BatchState::planned;
    base::Duration max_age{0};

    static void describe(auto& self, auto&& field) {
        field("readiness", self.readiness);
        field("window", self.window);
        field("state", self.state);
        field("max_age", self.max_age);
    }
    bool operator==(const BatchStatus&) const = default;
};

/// What judging has cost since the start of the service, in milliseconds of wall time.
struct JudgeStatus {
    std::uint64_t turns = 0;
    std::uint64_t turn_ms = 0; ///< the commits' included
    std::uint64_t commits = 0;
    std::uint64_t commit_ms = 0;

    static void describe(auto& self, auto&& field) {
        field("turns", self.turns);
        field("turn_ms", self.turn_ms);
        field("commits", self.commits);
        field("commit_ms", self.commit_ms);
    }
    bool operator==(const JudgeStatus&) const = default;
};

/// Whether a receiver of notices hears of what is found.
struct ReceiverStatus {
    std::string name;
    std::uint64_t owed = 0;                     ///< notices that it has not been told yet
    std::optional<base::SystemTime> owed_since; ///< when the oldest of them was planned
    std::uint64_t dead = 0;                     ///< notices that were given up
    std::string problem;                        ///< why it cannot be used; empty: it can

    static void describe(auto& self, auto&& field) {
        field("name", self.name);
        field("owed", self.owed);
        field("owed_since", self.owed_since);
        field("dead", self.dead);
        field("problem", self.problem);
    }
    bool operator==(const ReceiverStatus&) const = default;
};

struct StatusResponse {
    std::string version;
    base::SystemTime started_at;
    base::SystemTime now;
    std::string degraded; ///< why the service does not do all that it should; empty when it does
    Vantage vantage;
    std::vector<SourceStatus> sources;
    std::vector<BatchStatus> batches;
    std::uint64_t open_incidents = 0;
    std::vector<ReceiverStatus> receivers; ///< that are configured
    JudgeStatus judge;

    static void describe(auto& self, auto&& field) {
        field("version", self.version);
        field("started_at", self.started_at);
        field("now", self.now);
        field("degraded", self.degraded);
        field("vantage", self.vantage);
        field("sources", self.sources);
        field("batches", self.batches);
        field("open_incidents", self.open_incidents);
        field("receivers", self.receivers);
        field("judge", self.judge);
    }
    bool operator==(const StatusResponse&) const = default;
};

struct StatusCall {
    using Request = StatusRequest;
    using Response = StatusResponse;
    static constexpr CallInfo info{.name = "status", .method = Method::get, .path = "/v1/status"};
};

} // namespace mailpreflight::api
