#pragma once

#include "api/call.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"
#include "core/cause.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::api {

/// What the guard makes of an account's secret now (DESIGN 6.1).
enum class AccountState {
    proven,     ///< accepted within login_interval
    unproven,   ///< neither accepted nor refused of late; goes one presentation at a time
    withheld,   ///< nothing is presented for now: an allowance is spent, or a door is suspect
    parked,     ///< nothing is presented until the secret changes or somebody says `credential retry`
    locked,     ///< the server said locked out; left alone for its window
    unreadable, ///< the secret cannot be read
};

std::string_view name_of(AccountState state);

template <>
struct Words<AccountState> : NamedWords<AccountState,
                                        AccountState::proven,
                                        AccountState::unproven,
                                        AccountState::withheld,
                                        AccountState::parked,
                                        AccountState::locked,
                                        AccountState::unreadable> {};

/// An account in few words, as `status` shows it beside its source.
struct AccountSight {
    std::string name; ///< of [account.NAME]
    AccountState state = AccountState::unproven;
    std::optional<base::SystemTime> since; ///< of parked, locked, withheld: since when
    std::optional<base::SystemTime> until; ///< proven until; withheld or locked until
    std::string why;                       ///< the server's word, or the rule that holds it back

    static void describe(auto& self, auto&& field) {
        field("name", self.name);
        field("state", self.state);
        field("since", self.since);
        field("until", self.until);
        field("why", self.why);
    }
    bool operator==(const AccountSight&) const = default;
};

struct AccountsRequest {
    static void describe(auto&, auto&&) {}
    bool operator==(const AccountsRequest&) const = default;
};

/// One door of one source, for this account's secret.
struct DoorRow {
    std::string source;
    std::string door; ///< "ews", "owa", "ews@192.0.2.7", "proxy", "kerberos", "oauth", "ldap"
    std::optional<base::SystemTime> accepted_at;
    std::optional<base::SystemTime> suspect_since;
    std::optional<base::SystemTime> parked_at;
    std::string why;
    core::Cause cause = core::Cause::ok; ///< what `why` meant

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("door", self.door);
        field("accepted_at", self.accepted_at);
        field("suspect_since", self.suspect_since);
        field("parked_at", self.parked_at);
        field("why", self.why);
        field("cause", self.cause);
    }
    bool operator==(const DoorRow&) const = default;
};

struct AccountRow {
    AccountSight sight;
    std::string username;                        ///< CONTOSO\migadmin
    std::optional<base::SystemTime> accepted_at; ///< last
    int presentations = 0;                       ///< by this service in the last 24 h, accepted or not
    int refusals = 0;                            ///< of the last 24 h
    int most_refusals = 2;                       ///< the ceiling of 24 h
    std::optional<base::SystemTime> refused_at;  ///< last, of whatever secret
    std::string refused_source;                  ///< by which door
    std::string refused_door;
    std::string refused_why;                     ///< the server's word
    core::Cause refused_cause = core::Cause::ok; ///< what it meant; ok: never refused
    std::string refused_evidence;                ///< by which the server's administrator finds it
    std::optional<base::SystemTime> next_try;    ///< a login may go from then on; nothing: not by itself
    /// From then on a secret of another content may go; nothing: when an operator says --force.
    std::optional<base::SystemTime> other_secret_from;
    std::optional<base::SystemTime> password_expires;
    std::vector<DoorRow> doors;

    static void describe(auto& self, auto&& field) {
        AccountSight::describe(self.sight, field);
        field("username", self.username);
        field("accepted_at", self.accepted_at);
        field("presentations", self.presentations);
        field("refusals", self.refusals);
        field("most_refusals", self.most_refusals);
        field("refused_at", self.refused_at);
        field("refused_source", self.refused_source);
        field("refused_door", self.refused_door);
        field("refused_why", self.refused_why);
        field("refused_cause", self.refused_cause);
        field("refused_evidence", self.refused_evidence);
        field("next_try", self.next_try);
        field("other_secret_from", self.other_secret_from);
        field("password_expires", self.password_expires);
        field("doors", self.doors);
    }
    bool operator==(const AccountRow&) const = default;
};

/// How the individual passwords of one source go (DESIGN 6.1, spray brake).
struct SprayBrakeRow {
    std::string source;
    int passwords = 0;                          ///< read
    bool succeeded = false;                     ///< one was accepted since the last release
    std::optional<base::SystemTime> stopped_at; ///< since then none is presented
    std::string why;
    int refused_in_a_row = 0; ///< different accounts
    int newest = 0;           ///< accounts with a result, of the last 50
    int refused_of_newest = 0;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("passwords", self.passwords);
        field("succeeded", self.succeeded);
        field("stopped_at", self.stopped_at);
        field("why", self.why);
        field("refused_in_a_row", self.refused_in_a_row);
        field("newest", self.newest);
        field("refused_of_newest", self.refused_of_newest);
    }
    bool operator==(const SprayBrakeRow&) const = default;
};

struct AccountsResponse {
    std::vector<AccountRow> accounts;
    std::vector<SprayBrakeRow> spray_brakes; ///< of the sources with individual passwords

    static void describe(auto& self, auto&& field) {
        field("accounts", self.accounts);
        field("spray_brakes", self.spray_brakes);
    }
    bool operator==(const AccountsResponse&) const = default;
};

struct AccountsCall {
    using Request = AccountsRequest;
    using Response = AccountsResponse;
    static constexpr CallInfo info{.name = "accounts", .method = Method::get, .path = "/v1/accounts"};
};

/// Unparks the account, or the login of the mailbox with this address, for one more presentation. `force` overrides a
/// lockout window and the ceiling of the day.
struct RetryAccountRequest {
    std::string name;
    bool force = false;

    static void describe(auto& self, auto&& field) {
        field("name", self.name);
        field("force", self.force);
    }
    bool operator==(const RetryAccountRequest&) const = default;
};

/// The account as it is after that: the presentation itself follows with the next login check.
struct RetryAccountResponse {
    AccountSight account;

    static void describe(auto& self, auto&& field) {
        field("account", self.account);
    }
    bool operator==(const RetryAccountResponse&) const = default;
};

struct RetryAccountCall {
    using Request = RetryAccountRequest;
    using Response = RetryAccountResponse;
    static constexpr CallInfo info{.name = "retry_account",
                                   .method = Method::post,
                                   .path = "/v1/accounts/{name}/retry",
                                   .privilege = Privilege::admin};
};

/// Releases the spray brake of the source: its individual passwords are tried again, one at a time until one is
/// accepted.
struct ReleaseSprayBrakeRequest {
    std::string source;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
    }
    bool operator==(const ReleaseSprayBrakeRequest&) const = default;
};

struct ReleaseSprayBrakeResponse {
    std::string source;
    bool was_stopped = false;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("was_stopped", self.was_stopped);
    }
    bool operator==(const ReleaseSprayBrakeResponse&) const = default;
};

struct ReleaseSprayBrakeCall {
    using Request = ReleaseSprayBrakeRequest;
    using Response = ReleaseSprayBrakeResponse;
    static constexpr CallInfo info{.name = "release_spray_brake",
                                   .method = Method::post,
                                   .path = "/v1/sources/{source}/release",
                                   .privilege = Privilege::admin};
};

} // namespace mailpreflight::api
