#pragma once

#include "simulator/http_message.hpp"
#include "simulator/ntlm_acceptor.hpp"
#include "simulator/state.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::simulator {

/** What belongs to one TCP connection. Used by its own thread only. */
struct Connection {
    std::uint64_t id = 0;
    std::string front_end;      ///< which of the servers behind the name answers here
    std::string end_point_hash; ///< of the certificate that this connection showed; empty without TLS
    std::string authenticated;  ///< logon name of the NTLM or Negotiate identity that the connection carries
    std::unique_ptr<NtlmAcceptor> handshake;
    Door handshake_door = Door::ews_ntlm;
};

/** How one virtual directory authenticates over HTTP. */
struct AuthPolicy {
    std::vector<std::string> offers; ///< "negotiate", "ntlm", "basic", "bearer"
    ExtendedProtection extended_protection = ExtendedProtection::off;
    std::string realm;
    Door basic_door = Door::ews_basic;
    bool lockout_body = false;
};

struct AuthOutcome {
    std::string account;                  ///< logon name; empty: refused or not yet
    std::optional<HttpResponse> response; ///< the 401 to send where there is no account
    std::optional<Verdict> verdict;       ///< if this request presented a password
    std::string final_token;              ///< Negotiate's last word for the 200
};

/** IIS' part of a request: who is this? Counts presentations in the directory. */
AuthOutcome authenticate(
    const HttpRequest& request, Connection& connection, Directory& directory, const AuthPolicy& policy, TimePoint now);

/** A 401 with all offers, each in a header of its own. */
HttpResponse unauthorized(const AuthPolicy& policy);

} // namespace mailpreflight::simulator
