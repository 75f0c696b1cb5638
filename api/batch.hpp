#pragma once

#include "api/call.hpp"
#include "api/status.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::api {

inline constexpr std::size_t longest_reason = 1000; ///< bytes

/// A mailbox that somebody has taken out of its batch's verdict.
struct ExceptionRow {
    std::string address;
    bool in_force = false;
    base::SystemTime at;
    base::SystemTime until;   ///< as asked for
    base::SystemTime ends_at; ///< at the latest: `until`, the window's end, or when it was withdrawn
    std::string by;
    std::string reason;
    std::string withdrawn_by;

    static void describe(auto& self, auto&& field) {
        field("address", self.address);
        field("in_force", self.in_force);
        field("at", self.at);
        field("until", self.until);
        field("ends_at", self.ends_at);
        field("by", self.by);
        field("reason", self.reason);
        field("withdrawn_by", self.withdrawn_by);
    }
    bool operator==(const ExceptionRow&) const = default;
};

/// A list that drops so much that somebody must confirm it.
struct PendingListRow {
    std::string digest;
    base::SystemTime read_at;
    std::uint64_t rows = 0;
    std::uint64_t dropped = 0;
    std::uint64_t added = 0;
    std::vector<std::string> dropped_examples;

    static void describe(auto& self, auto&& field) {
        field("digest", self.digest);
        field("read_at", self.read_at);
        field("rows", self.rows);
        field("dropped", self.dropped);
        field("added", self.added);
        field("dropped_examples", self.dropped_examples);
    }
    bool operator==(const PendingListRow&) const = default;
};

struct BatchRequest {
    std::string batch;

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
    }
    bool operator==(const BatchRequest&) const = default;
};

/// Everything of a batch but its mailboxes.
struct BatchResponse {
    BatchStatus status;
    base::SystemTime now;
    std::vector<std::string> prove;
    std::string destination;
    base::Duration sweep_interval{0}; ///< in force
    std::string held_by;              ///< the batch whose window keeps the sweeps back; empty: none
    std::string list_digest;          ///< of the list in force, once a good one was read
    std::vector<std::string> list_problems;
    std::optional<PendingListRow> pending;
    std::vector<ExceptionRow> exceptions; ///< the last 1,000
    std::optional<base::SystemTime> done_at;
    std::string done_by;
    std::optional<base::SystemTime> forgotten_at;
    std::string forgotten_by;

    static void describe(auto& self, auto&& field) {
        field("status", self.status);
        field("now", self.now);
        field("prove", self.prove);
        field("destination", self.destination);
        field("sweep_interval", self.sweep_interval);
        field("held_by", self.held_by);
        field("list_digest", self.list_digest);
        field("list_problems", self.list_problems);
        field("pending", self.pending);
        field("exceptions", self.exceptions);
        field("done_at", self.done_at);
        field("done_by", self.done_by);
        field("forgotten_at", self.forgotten_at);
        field("forgotten_by", self.forgotten_by);
    }
    bool operator==(const BatchResponse&) const = default;
};

struct BatchCall {
    using Request = BatchRequest;
    using Response = BatchResponse;
    static constexpr CallInfo info{.name = "batch", .method = Method::get, .path = "/v1/batches/{batch}"};
};

/// Takes a mailbox out of its batch's verdict until a time.
struct ExceptRequest {
    std::string address;
    std::string batch; ///< empty: the one batch that is not done and lists the address
    std::string reason;
    /// RFC 3339 with an offset, local time in the window's zone, "window" for its end, "now" to withdraw an exception.
    std::string until;

    static void describe(auto& self, auto&& field) {
        field("address", self.address);
        field("batch", self.batch);
        field("reason", self.reason);
        field("until", self.until);
    }
    [[nodiscard]] std::string problem() const {
        if (address.empty()) {
            return "address: name the mailbox";
        }
        if (reason.empty()) {
            return "reason: say why the batch may move without it";
        }
        if (reason.size() > longest_reason) {
            return "reason: at most 1000 bytes";
        }
        return until.empty() ? "until: say when it ends: a time, \"window\" or \"now\"" : "";
    }
    bool operator==(const ExceptRequest&) const = default;
};

struct ExceptResponse {
    std::string batch;
    ExceptionRow exception;
    std::string zone; ///< of the window; empty: none

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
        field("exception", self.exception);
        field("zone", self.zone);
    }
    bool operator==(const ExceptResponse&) const = default;
};

struct ExceptCall {
    using Request = ExceptRequest;
    using Response = ExceptResponse;
    static constexpr CallInfo info{
        .name = "except", .method = Method::post, .path = "/v1/exceptions", .privilege = Privilege::admin};
};

/// Puts the list that waits in force.
struct ConfirmBatchRequest {
    std::string batch;
    std::string digest; ///< of the list that is meant; empty: whichever waits

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
        field("digest", self.digest);
    }
    bool operator==(const ConfirmBatchRequest&) const = default;
};

struct ConfirmBatchResponse {
    std::string batch;
    std::uint64_t mailboxes = 0;
    std::uint64_t dropped = 0;
    std::uint64_t added = 0;

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
        field("mailboxes", self.mailboxes);
        field("dropped", self.dropped);
        field("added", self.added);
    }
    bool operator==(const ConfirmBatchResponse&) const = default;
};

struct ConfirmBatchCall {
    using Request = ConfirmBatchRequest;
    using Response = ConfirmBatchResponse;
    static constexpr CallInfo info{.name = "confirm_batch",
                                   .method = Method::post,
                                   .path = "/v1/batches/{batch}/confirm",
                                   .privilege = Privilege::admin};
};

struct DoneBatchRequest {
    std::string batch;

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
    }
    bool operator==(const DoneBatchRequest&) const = default;
};

struct DoneBatchResponse {
    std::string batch;
    base::SystemTime done_at;
    std::string text; ///< the last report, one line

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
        field("done_at", self.done_at);
        field("text", self.text);
    }
    bool operator==(const DoneBatchResponse&) const = default;
};

struct DoneBatchCall {
    using Request = DoneBatchRequest;
    using Response = DoneBatchResponse;
    static constexpr CallInfo info{.name = "done_batch",
                                   .method = Method::post,
                                   .path = "/v1/batches/{batch}/done",
                                   .privilege = Privilege::admin};
};

/// Deletes what the service keeps of a done batch's addresses.
struct ForgetBatchRequest {
    std::string batch;

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
    }
    bool operator==(const ForgetBatchRequest&) const = default;
};

struct ForgetBatchResponse {
    std::string batch;
    std::uint64_t addresses = 0; ///< forgotten
    std::uint64_t kept = 0;      ///< in another batch too, or among must_not_open

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
        field("addresses", self.addresses);
        field("kept", self.kept);
    }
    bool operator==(const ForgetBatchResponse&) const = default;
};

struct ForgetBatchCall {
    using Request = ForgetBatchRequest;
    using Response = ForgetBatchResponse;
    static constexpr CallInfo info{.name = "forget_batch",
                                   .method = Method::post,
                                   .path = "/v1/batches/{batch}/forget",
                                   .privilege = Privilege::admin};
};

} // namespace mailpreflight::api
