#pragma once

#include "base/clock.hpp"
#include "checks/address_book.hpp"
#include "core/credential_gate.hpp"
#include "directory/read_account.hpp"
#include "ews/client.hpp"
#include "ews/owa_door.hpp"
#include "http/authenticated_lane.hpp"
#include "net/client_hello.hpp"
#include "net/network.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailpreflight::checks {

/// A mailbox's own user name and password.
struct OwnLogin {
    std::string account; ///< what the guard knows it by
    std::string username;
    base::Secret password;
    std::string fingerprint;
    std::string problem; ///< not empty: why it cannot be presented
};
using OwnLogins = std::map<std::string, OwnLogin>; ///< by address

/// How one source is reached: what config says, made ready for the wire.
struct SourceEndpoints {
    std::string source;
    net::Target ews;      ///< host and TLS of EWS
    std::string ews_path; ///< empty: the source has no EWS
    net::Target owa;
    std::string owa_path;                  ///< "/owa/" or "/exchange/"; empty: the source has no OWA
    bool posts_to_tmg = false;             ///< the operator says that TMG's own form may be posted to
    std::vector<std::string> destinations; ///< of the batches that move off this source, each once
    std::string user_agent;
    std::string own_user_agent;       ///< ours, where user_agent is the migration tool's; else empty
    std::optional<http::Proxy> proxy; ///< its gate and door are filled in by Access
    http::Scheme scheme = http::Scheme::automatic;
    std::shared_ptr<const http::Identity> identity;       ///< null: the secret could not be read
    std::string identity_problem;                         ///< why not
    std::optional<base::SystemTime> password_expires;     ///< declared
    std::shared_ptr<const directory::Settings> directory; ///< null: no directory is asked about the account
    std::shared_ptr<const OwnLogins> own_logins;          ///< null: no batch wants them
    std::string token_scope;                              ///< of an account with OAuth
    std::optional<base::SystemTime> last_window_end;      ///< of the source's batches
    std::chrono::milliseconds request_timeout{120'000};
    std::chrono::milliseconds dial_timeout{20'000};
    std::shared_ptr<AddressBook> book = std::make_shared<AddressBook>(); ///< of the source, for all its lanes
};

/// What a check works with: lends a lane, a session or a fresh dial. Belongs to one thread. Connections die with the
/// first refusal, after 25 s idle, and with the Access.
class Access {
public:
    /// `pace` is called before each request goes out and blocks until the source's rate allows it; false: stop.
    using Pace = std::function<bool(const base::Deadline&)>;

    Access(net::Network& network,
           core::CredentialGate& gate,
           const base::Clock& clock,
           SourceEndpoints endpoints,
           Pace pace);
    ~Access();
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

    struct EwsLane {
        http::AuthenticatedLane lane;
        ews::CallContext context;
        base::SystemTime opened_at;
        std::chrono::steady_clock::time_point used_at;
    };

    /// An EWS lane, the kept one or a new one: `newer_than` refuses a kept one that was opened before. `proving` lanes
    /// are those of ews.login: they visit the addresses of the name in turn, but none that is `passed_over`. On failure
    /// the report of the dial is in last_dial().
    core::Outcome<EwsLane*> ews_lane(std::optional<base::SystemTime> newer_than,
                                     bool proving,
                                     const base::Deadline& deadline,
                                     const std::vector<net::Address>& passed_over = {});

    /// Why the guard lets nothing of this login out, as far as that is known without a connection.
    std::optional<core::Failure> own_login_held(const OwnLogin& login);
    /// A new connection for one mailbox's own login. It and what NTLM makes of the password end with the caller; no
    /// other mailbox ever rides on it.
    core::Outcome<EwsLane> own_lane(const OwnLogin& login, const base::Deadline& deadline);
    /// What the server asked of an own lane, for the next one.
    void note_own_way(const http::AuthenticatedLane& lane);

    /// A login at OWA's door: the kept one where it serves more than one mailbox (WebDAV), else a new one, which the
    /// caller logs off. `newer_than` refuses a kept one that was opened before. What it told is in owa_report(), also
    /// after a failure. Valid until the next call.
    struct OwaLogin {
        std::unique_ptr<ews::OwaDoor> door;
        base::SystemTime opened_at;
        bool proving = false;
        std::chrono::steady_clock::time_point used_at;
    };
    core::Outcome<OwaLogin*>
    owa_login(std::optional<base::SystemTime> newer_than, bool proving, const base::Deadline& deadline);
    [[nodiscard]] const ews::OwaReport& owa_report() const noexcept {
        return owa_report_;
    }
    /// Logs off, unless the login serves further mailboxes. One that proved serves none: it would go on proving.
    void end_owa(const base::Deadline& deadline);

    /// What the directory says of the account, read by another one; nothing where no directory is configured.
    std::optional<core::Outcome<directory::AccountState>> directory_state(const base::Deadline& deadline);

    /// A fresh connection to the source without any credential.
    core::Outcome<http::Lane> dial(const base::Deadline& deadline);
    /// The same to one address of its name alone.
    core::Outcome<http::Lane> dial(const net::Address& address, const base::Deadline& deadline);

    /// The addresses that the source's name has now, of the version that is configured.
    core::Outcome<std::vector<net::Address>> addresses(const base::Deadline& deadline);
    /// Where dial() goes.
    [[nodiscard]] const net::Target& target() const noexcept {
        return endpoints_.ews_path.empty() ? endpoints_.owa : endpoints_.ews;
    }

    /// The same, accepting these weaknesses of TLS only. Leaves last_dial() alone.
    core::Outcome<http::Lane> dial_accepting(std::set<core::TlsWeakness> legacy, const base::Deadline& deadline);

    /// What the source answers to a hand-shaped TLS hello.
    core::Outcome<net::HelloAnswer>
    ask_hello(net::TlsVersion newest, net::Suites suites, const base::Deadline& deadline);
    /// The same to OWA's host.
    core::Outcome<http::Lane> dial_owa(const base::Deadline& deadline);

    [[nodiscard]] const http::DialReport& last_dial() const noexcept {
        return last_dial_;
    }
    [[nodiscard]] const SourceEndpoints& endpoints() const noexcept {
        return endpoints_;
    }
    [[nodiscard]] base::SystemTime now() const {
        return clock_.now();
    }
    /// Was the account's secret accepted somewhere within login_interval?
    [[nodiscard]] bool is_proven() const {
        return endpoints_.identity && gate_.is_proven(endpoints_.identity->account, endpoints_.identity->fingerprint);
    }
    /// Did the newest login visit one of several addresses with a secret that was proven when it set out?
    [[nodiscard]] bool visited_proven() const noexcept {
        return visits_proven_;
    }
    /// Waits for the source's rate before a further request of the same check.
    bool pace(const base::Deadline& deadline) {
        return pace_(deadline);
    }
    /// Closes the kept lane; what it learned of the server's version stays.
    void drop();

private:
    [[nodiscard]] std::string door(const std::string& name, bool proving) const;
    http::TicketFor tickets(bool proving);
    http::TokensFor tokens(bool proving);
    core::Outcome<http::Lane> open(const net::Target& target, const base::Deadline& deadline);
    [[nodiscard]] const http::Proxy* proxy() const {
        return endpoints_.proxy ? &*endpoints_.proxy : nullptr;
    }
    core::Outcome<http::Lane> open_in_turn(const net::Target& target,
                                           const std::string& door,
                                           const base::Deadline& deadline,
                                           const std::vector<net::Address>& passed_over);
    core::Outcome<http::Lane> open_owa_again(const base::Deadline& deadline);
    core::Outcome<std::unique_ptr<ews::OwaDoor>> open_owa(bool proving, const base::Deadline& deadline);
    core::Outcome<std::unique_ptr<ews::OwaDoor>>
    open_exchange(http::Lane lane, ews::OwaContext context, bool proving, const base::Deadline& deadline);
    core::Outcome<std::unique_ptr<ews::OwaDoor>>
    log_in_by_form(http::Lane lane, ews::OwaContext context, bool proving, const base::Deadline& deadline);
    [[nodiscard]] core::Presentation presentation(std::string door, bool proving) const;

    net::Network& network_;
    core::CredentialGate& gate_;
    const base::Clock& clock_;
    SourceEndpoints endpoints_;
    Pace pace_;
    std::optional<EwsLane> kept_;
    std::optional<OwaLogin> kept_owa_;
    ews::OwaReport owa_report_;
    std::optional<http::Way> way_;     ///< that the source's offers decided on
    std::optional<http::Way> own_way_; ///< likewise for individual passwords
    bool closed_by_question_ = false;
    ews::RequestVersion version_ = ews::RequestVersion::exchange2010_sp1; ///< learned once per source
    http::DialReport last_dial_;
    bool visits_ = false;        ///< the newest login went to one of several addresses
    bool visits_proven_ = false; ///< the secret was proven when it set out
};

/// What running a check came to.
struct Looked {
    std::vector<core::Observation>
        observations;                       ///< of the check itself, and of gates that were passed or failed on the way
    std::optional<core::Failure> gate;      ///< set: a gate before the check is closed; the check saw nothing
    std::optional<base::Duration> back_off; ///< what the server asked us to wait
};

/// The observation that a failed talk is about: a failure to resolve, connect, handshake or log in belongs to the gate
/// of that name, not to the check behind it.
core::Check gate_of(const core::Failure& failure, core::Check login);

} // namespace mailpreflight::checks
