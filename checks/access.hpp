#pragma once

#include "base/clock.hpp"
#include "core/credential_gate.hpp"
#include "ews/client.hpp"
#include "ews/owa_session.hpp"
#include "http/authenticated_lane.hpp"
#include "net/network.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mailpreflight::checks {

/// How one source is reached: what config says, made ready for the wire.
struct SourceEndpoints {
    std::string source;
    net::Target ews;      ///< host and TLS of EWS
    std::string ews_path; ///< empty: the source has no EWS
    net::Target owa;
    std::string owa_path; ///< "/owa/" or "/exchange/"; empty: the source has no OWA
    std::string user_agent;
    http::Scheme scheme = http::Scheme::ntlm;
    std::shared_ptr<const http::Identity> identity; ///< null: the secret could not be read
    std::string identity_problem;                   ///< why not
    std::chrono::milliseconds request_timeout{120'000};
    std::chrono::milliseconds dial_timeout{20'000};
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
    /// are those of ews.login. On failure the report of the dial is in last_dial().
    core::Outcome<EwsLane*>
    ews_lane(std::optional<base::SystemTime> newer_than, bool proving, const base::Deadline& deadline);

    /// A new forms session of OWA; lent for one check, logged off by the caller.
    core::Outcome<ews::OwaSession> owa_session(bool proving, const base::Deadline& deadline);

    /// A fresh connection to the source without any credential.
    core::Outcome<http::Lane> dial(const base::Deadline& deadline);

    [[nodiscard]] const http::DialReport& last_dial() const noexcept {
        return last_dial_;
    }
    [[nodiscard]] const SourceEndpoints& endpoints() const noexcept {
        return endpoints_;
    }
    [[nodiscard]] base::SystemTime now() const {
        return clock_.now();
    }
    /// Waits for the source's rate before a further request of the same check.
    bool pace(const base::Deadline& deadline) {
        return pace_(deadline);
    }
    /// Closes the kept lane; what it learned of the server's version stays.
    void drop();

private:
    net::Network& network_;
    core::CredentialGate& gate_;
    const base::Clock& clock_;
    SourceEndpoints endpoints_;
    Pace pace_;
    std::optional<EwsLane> kept_;
    ews::RequestVersion version_ = ews::RequestVersion::exchange2010_sp1; ///< learned once per source
    http::DialReport last_dial_;
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
