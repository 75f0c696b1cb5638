#pragma once

#include "api/call.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"
#include "core/observation.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::api {

struct ExplainRequest {
    std::string of; ///< an address, an incident ("I17"), a source or the code of a cause

    static void describe(auto& self, auto&& field) {
        field("of", self.of);
    }
    [[nodiscard]] std::string problem() const {
        return of.empty() ? "of: expected an address, an incident, a source or a cause" : "";
    }
    bool operator==(const ExplainRequest&) const = default;
};

/// A look that differs from what is believed and waits for its second look.
struct PendingLook {
    core::State state = core::State::unknown;
    core::Cause cause = core::Cause::never_looked_at;
    base::SystemTime first_seen;
    base::SystemTime next_look; ///< not before

    static void describe(auto& self, auto&& field) {
        field("state", self.state);
        field("cause", self.cause);
        field("first_seen", self.first_seen);
        field("next_look", self.next_look);
    }
    bool operator==(const PendingLook&) const = default;
};

/// One check of the subject: what is believed, why, and what mends it.
struct ExplainedCheck {
    core::Check check = core::Check::source_dns;
    std::string subject;                      ///< the address; empty: the source
    core::State state = core::State::unknown; ///< believed
    core::Cause cause = core::Cause::never_looked_at;
    std::optional<base::SystemTime> since;
    std::optional<base::SystemTime> last_good;
    std::string sentence; ///< of the cause
    core::Mender mender = core::Mender::nobody;
    std::string remedy;                      ///< names filled in
    std::optional<core::Observation> before; ///< the last of what was believed before
    std::optional<core::Observation> now;    ///< the newest look that says what is believed
    std::optional<core::Observation> latest; ///< the newest look, when it says something else
    std::optional<PendingLook> pending;
    std::optional<base::SystemTime> next_look; ///< when the plan asks for it again

    static void describe(auto& self, auto&& field) {
        field("check", self.check);
        field("subject", self.subject);
        field("state", self.state);
        field("cause", self.cause);
        field("since", self.since);
        field("last_good", self.last_good);
        field("sentence", self.sentence);
        field("mender", self.mender);
        field("remedy", self.remedy);
        field("before", self.before);
        field("now", self.now);
        field("latest", self.latest);
        field("pending", self.pending);
        field("next_look", self.next_look);
    }
    bool operator==(const ExplainedCheck&) const = default;
};

/// What must pass before the subject is looked at.
struct GateSight {
    core::Check check = core::Check::source_dns;
    bool open = false;
    std::string detail; ///< why it is closed

    static void describe(auto& self, auto&& field) {
        field("check", self.check);
        field("open", self.open);
        field("detail", self.detail);
    }
    bool operator==(const GateSight&) const = default;
};

/// A change of what was believed.
struct HistoryRow {
    base::SystemTime at; ///< first seen
    core::Check check = core::Check::source_dns;
    std::optional<core::State> before; ///< none: the first that was ever believed
    std::optional<core::Cause> before_cause;
    core::State after = core::State::unknown;
    core::Cause after_cause = core::Cause::never_looked_at;
    std::string detail;

    static void describe(auto& self, auto&& field) {
        field("at", self.at);
        field("check", self.check);
        field("before", self.before);
        field("before_cause", self.before_cause);
        field("after", self.after);
        field("after_cause", self.after_cause);
        field("detail", self.detail);
    }
    bool operator==(const HistoryRow&) const = default;
};

/// A cause as the catalogue has it, and where it is met now.
struct ExplainedCause {
    core::Cause cause = core::Cause::ok;
    core::State state = core::State::unknown; ///< of an observation with this cause
    core::Certainty certainty = core::Certainty::needs_second_look;
    core::Mender mender = core::Mender::nobody;
    std::string sentence;
    std::string remedy;                 ///< <address> and the like stand for names
    std::vector<std::string> shown_by;  ///< checks: "ews.login", "mailbox.*", "any"; "verdict"
    std::string link;                   ///< a public document
    std::vector<std::string> incidents; ///< that are open with it: "I17"

    static void describe(auto& self, auto&& field) {
        field("cause", self.cause);
        field("state", self.state);
        field("certainty", self.certainty);
        field("mender", self.mender);
        field("sentence", self.sentence);
        field("remedy", self.remedy);
        field("shown_by", self.shown_by);
        field("link", self.link);
        field("incidents", self.incidents);
    }
    bool operator==(const ExplainedCause&) const = default;
};

struct ExplainResponse {
    std::string of;   ///< as it was understood: "user@contoso.example", "I17", "contoso", "throttled"
    std::string kind; ///< "mailbox", "incident", "source", "cause"
    std::string source;
    std::vector<std::string> sentences; ///< the whole story, for people, in reading order
    std::vector<ExplainedCheck> checks; ///< of an incident: of its first subjects
    std::vector<GateSight> gates;
    std::vector<HistoryRow> history;                        ///< newest first, at most 50
    std::vector<std::string> batches;                       ///< that need it
    std::string incident;                                   ///< "I17", when it is in one
    std::optional<ExplainedCause> catalogue = std::nullopt; ///< of a cause

    static void describe(auto& self, auto&& field) {
        field("of", self.of);
        field("kind", self.kind);
        field("source", self.source);
        field("sentences", self.sentences);
        field("checks", self.checks);
        field("gates", self.gates);
        field("history", self.history);
        field("batches", self.batches);
        field("incident", self.incident);
        field("catalogue", self.catalogue);
    }
    bool operator==(const ExplainResponse&) const = default;
};

struct ExplainCall {
    using Request = ExplainRequest;
    using Response = ExplainResponse;
    static constexpr CallInfo info{.name = "explain", .method = Method::get, .path = "/v1/explain"};
};

} // namespace mailpreflight::api
