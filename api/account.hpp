#pragma once

#include "api/call.hpp"
#include "api/words.hpp"
#include "base/clock.hpp"

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
    std::string door; ///< "ews", "owa"
    std::optional<base::SystemTime> accepted_at;
    std::optional<base::SystemTime> suspect_since;
    std::optional<base::SystemTime> parked_at;
    std::string why;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("door", self.door);
        field("accepted_at", self.accepted_at);
        field("suspect_since", self.suspect_since);
        field("parked_at", self.parked_at);
        field("why", self.why);
    }
    bool operator==(const DoorRow&) const = default;
};

struct AccountRow {
    AccountSight sight;
    std::string username;                        ///< CONTOSO\migadmin
    std::optional<base::SystemTime> accepted_at; ///< last
    int refusals = 0;                            ///< of the last 24 h
    int most_refusals = 2;                       ///< the ceiling of 24 h
    std::optional<base::SystemTime> password_expires;
    std::vector<DoorRow> doors;

    static void describe(auto& self, auto&& field) {
        AccountSight::describe(self.sight, field);
        field("username", self.username);
        field("accepted_at", self.accepted_at);
        field("refusals", self.refusals);
        field("most_refusals", self.most_refusals);
        field("password_expires", self.password_expires);
        field("doors", self.doors);
    }
    bool operator==(const AccountRow&) const = default;
};

struct AccountsResponse {
    std::vector<AccountRow> accounts;

    static void describe(auto& self, auto&& field) {
        field("accounts", self.accounts);
    }
    bool operator==(const AccountsResponse&) const = default;
};

struct AccountsCall {
    using Request = AccountsRequest;
    using Response = AccountsResponse;
    static constexpr CallInfo info{.name = "accounts", .method = Method::get, .path = "/v1/accounts"};
};

/// Unparks the account for one more presentation. `force` overrides a lockout window and the ceiling of the day.
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

} // namespace mailpreflight::api
