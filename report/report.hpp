#pragma once

#include "core/readiness.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a report says, whatever it is written as. A struct's describe() lists its fields for the JSON of the API.
namespace mailpreflight::report {

/// Where we look from: no report claims more than this place saw.
struct Vantage {
    std::string host;
    std::string source_address; ///< of ours, on the way to the source; empty: no way was found
    std::string user_agent;

    static void describe(auto& self, auto&& field) {
        field("host", self.host);
        field("source_address", self.source_address);
        field("user_agent", self.user_agent);
    }
    bool operator==(const Vantage&) const = default;
};

struct Window {
    base::SystemTime start;
    base::SystemTime end;
    std::string zone;
    std::string local_start; ///< "2026-12-05 22:00 America/Chicago"
    std::string local_end;

    static void describe(auto& self, auto&& field) {
        field("start", self.start);
        field("end", self.end);
        field("zone", self.zone);
        field("local_start", self.local_start);
        field("local_end", self.local_end);
    }
    bool operator==(const Window&) const = default;
};

/// What a finding does to the verdict.
enum class Weight { blocker, unknown, warning };
std::string_view name_of(Weight weight);

/// One cause with all it hits, and who can mend it how.
struct Finding {
    Weight weight = Weight::blocker;
    core::Check check = core::Check::source_dns;
    core::Cause cause = core::Cause::ok;
    std::string sentence; ///< of the cause
    std::string why;      ///< what to add to it
    std::uint64_t count = 0;
    std::vector<std::string> examples;
    core::Mender mender = core::Mender::nobody;
    std::string remedy;
    std::optional<base::SystemTime> ends_at;

    static void describe(auto& self, auto&& field) {
        field("weight", self.weight);
        field("check", self.check);
        field("cause", self.cause);
        field("sentence", self.sentence);
        field("why", self.why);
        field("count", self.count);
        field("examples", self.examples);
        field("mender", self.mender);
        field("remedy", self.remedy);
        field("ends_at", self.ends_at);
    }
    bool operator==(const Finding&) const = default;
};

/// One check of a mailbox or of the source, as the verdict takes it: too old is unknown.
struct CheckRow {
    core::Check check = core::Check::source_dns;
    bool required = true; ///< the verdict rests on it
    core::State state = core::State::unknown;
    core::Cause cause = core::Cause::never_looked_at;
    std::string detail;
    std::optional<base::SystemTime> at; ///< of the newest definite look
    std::string remedy;                 ///< empty where nothing is to be mended

    static void describe(auto& self, auto&& field) {
        field("check", self.check);
        field("required", self.required);
        field("state", self.state);
        field("cause", self.cause);
        field("detail", self.detail);
        field("at", self.at);
        field("remedy", self.remedy);
    }
    bool operator==(const CheckRow&) const = default;
};

/// Somebody has taken the mailbox out of the verdict.
struct Excepted {
    std::string reason;
    base::SystemTime until; ///< at the latest the window's end

    static void describe(auto& self, auto&& field) {
        field("reason", self.reason);
        field("until", self.until);
    }
    bool operator==(const Excepted&) const = default;
};

struct MailboxRow {
    std::string address;
    core::State state = core::State::unknown; ///< the worst of its checks
    std::vector<CheckRow> checks;             ///< one for each way that the batch requires
    std::optional<Excepted> excepted;         ///< it does not pass, and the verdict does not rest on it
    bool moved = false;                       ///< it does not pass because the migration has moved it: the same

    static void describe(auto& self, auto&& field) {
        field("address", self.address);
        field("state", self.state);
        field("checks", self.checks);
        field("excepted", self.excepted);
        field("moved", self.moved);
    }
    bool operator==(const MailboxRow&) const = default;
};

/// Something that the logins rest on and that ends.
struct Ending {
    core::Check check = core::Check::account_password; ///< that told of it
    core::Cause cause = core::Cause::ok;               ///< what it is called where a window is not over by then
    base::SystemTime at;

    static void describe(auto& self, auto&& field) {
        field("check", self.check);
        field("cause", self.cause);
        field("at", self.at);
    }
    bool operator==(const Ending&) const = default;
};

/// Who logs in to the source.
struct Login {
    std::string account;  ///< NAME of [account.NAME]
    std::string username; ///< DOMAIN\user, user@domain or user
    std::string upn;      ///< the same account's other form; empty: not given

    static void describe(auto& self, auto&& field) {
        field("account", self.account);
        field("username", self.username);
        field("upn", self.upn);
    }
    bool operator==(const Login&) const = default;
};

/// All of a report but its mailboxes: small, however large the batch is.
struct Head {
    std::string version; ///< of the service
    std::string batch;
    std::string source;
    std::string url;
    Login login;
    core::Verdict verdict = core::Verdict::unknown;
    core::BatchState state = core::BatchState::planned;
    base::SystemTime judged_at;
    std::optional<Window> window;
    std::uint64_t mailboxes = 0; ///< listed
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t unknown = 0;
    std::uint64_t excepted = 0;             ///< do not pass, and somebody has taken them out of the verdict
    std::uint64_t moved = 0;                ///< moved, missing or disabled since the window began: progress
    std::optional<base::SystemTime> oldest; ///< of the definite looks that the verdict rests on
    base::Duration max_age{0};              ///< of a mailbox's look
    std::vector<std::string> turns;         ///< what would turn the verdict, in sentences
    std::vector<Finding> findings;          ///< blockers, unknowns, warnings
    std::vector<Ending> endings;
    std::vector<CheckRow> source_checks;
    std::vector<std::string> servers; ///< of the source that are known by name: front ends, back ends
    Vantage vantage;
    std::vector<std::string> not_tested; ///< in sentences

    static void describe(auto& self, auto&& field) {
        field("version", self.version);
        field("batch", self.batch);
        field("source", self.source);
        field("url", self.url);
        field("login", self.login);
        field("verdict", self.verdict);
        field("state", self.state);
        field("judged_at", self.judged_at);
        field("window", self.window);
        field("mailboxes", self.mailboxes);
        field("passed", self.passed);
        field("failed", self.failed);
        field("unknown", self.unknown);
        field("excepted", self.excepted);
        field("moved", self.moved);
        field("oldest", self.oldest);
        field("max_age", self.max_age);
        field("turns", self.turns);
        field("findings", self.findings);
        field("endings", self.endings);
        field("source_checks", self.source_checks);
        field("servers", self.servers);
        field("vantage", self.vantage);
        field("not_tested", self.not_tested);
    }
    bool operator==(const Head&) const = default;
};

struct Report {
    Head head;
    std::vector<MailboxRow> mailboxes; ///< in the order of the list

    bool operator==(const Report&) const = default;
};

/// How many findings have this weight.
std::size_t count_of(const Head& head, Weight weight);

/// "What to fix": the findings by who can mend them, the most pressing first. Points into the head.
struct FixGroup {
    core::Mender mender = core::Mender::nobody;
    std::vector<const Finding*> findings;
};
std::vector<FixGroup> fixes(const Head& head);
/// "By the source administrator", "By whoever runs the network"
std::string_view by_whom(core::Mender mender);

/// "412 mailboxes", "1 source", "3 rows of the list"
std::string subjects_of(const Finding& finding);

/// "5 mailboxes on contoso (https://..): 1 passed, 2 failed, 2 unknown, 1 excepted."
std::string counts_of(const Head& head);
/// "GO", "GO, 3 excepted"
std::string verdict_of(const Head& head);
/// "excepted until 2026-12-06 10:00Z: leaver"; empty where the verdict rests on the mailbox.
std::string aside_of(const MailboxRow& row);
/// "probe1.hoster.example (192.0.2.99)": host and source address of the vantage, as far as known.
std::string seen_from(const Vantage& vantage);

} // namespace mailpreflight::report
