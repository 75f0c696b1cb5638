#pragma once

#include "api/call.hpp"
#include "api/page.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::api {

struct MailboxesRequest {
    std::string source;
    std::string batch;
    std::optional<core::State> state; ///< rows with at least one check that is believed to be so
    std::optional<core::Cause> cause;
    std::string after; ///< `next` of the page before
    int limit = usual_rows;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("batch", self.batch);
        field("state", self.state);
        field("cause", self.cause);
        field("after", self.after);
        field("limit", self.limit);
    }
    [[nodiscard]] std::string problem() const {
        return page_problem(limit);
    }
    bool operator==(const MailboxesRequest&) const = default;
};

/// One check of a mailbox as it is believed.
struct MailboxCheck {
    core::Check check = core::Check::mailbox_impersonation;
    core::State state = core::State::unknown;
    core::Cause cause = core::Cause::never_looked_at;
    std::optional<base::SystemTime> at;    ///< of the newest definite look
    std::optional<base::SystemTime> since; ///< believed since
    std::string detail;

    static void describe(auto& self, auto&& field) {
        field("check", self.check);
        field("state", self.state);
        field("cause", self.cause);
        field("at", self.at);
        field("since", self.since);
        field("detail", self.detail);
    }
    bool operator==(const MailboxCheck&) const = default;
};

struct MailboxRow {
    std::string address;
    std::string source;
    std::vector<std::string> batches;
    std::map<std::string, std::string> labels;
    std::vector<MailboxCheck> checks;

    static void describe(auto& self, auto&& field) {
        field("address", self.address);
        field("source", self.source);
        field("batches", self.batches);
        field("labels", self.labels);
        field("checks", self.checks);
    }
    bool operator==(const MailboxRow&) const = default;
};

struct MailboxesResponse {
    std::vector<MailboxRow> mailboxes;
    std::string next; ///< empty on the last page

    static void describe(auto& self, auto&& field) {
        field("mailboxes", self.mailboxes);
        field("next", self.next);
    }
    bool operator==(const MailboxesResponse&) const = default;
};

struct MailboxesCall {
    using Request = MailboxesRequest;
    using Response = MailboxesResponse;
    static constexpr CallInfo info{.name = "mailboxes", .method = Method::get, .path = "/v1/mailboxes"};
};

} // namespace mailpreflight::api
