#pragma once

#include "base/secret.hpp"
#include "core/credential_gate.hpp"
#include "http/challenge.hpp"
#include "http/lane.hpp"
#include "http/ntlm.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::http {

enum class Scheme { ntlm, basic };

std::string_view name_of(Scheme scheme);

/// Who presents: one [account.NAME] with its secret as it was when it was loaded.
struct Identity {
    std::string account;
    std::string username; ///< DOMAIN\user, user@domain or user
    base::Secret password;
    std::string fingerprint;
    /// What NTLM made of name and password, kept for the next handshake.
    std::shared_ptr<NtlmCredential> ntlm = std::make_shared<NtlmCredential>();
};

/// A lane whose requests are authenticated, under the guard. NTLM: the first exchange() makes one handshake (type 1
/// with an empty body, type 3 with the request), later ones ride on the connection. Basic: every request carries the
/// header. Channel bindings go with every NTLM handshake. The connection dies at the first refusal. Nothing is
/// presented before a 401 on this connection asked for it: NTLM by its type 2, Basic by its offer in answer to one
/// anonymous request.
class AuthenticatedLane {
public:
    AuthenticatedLane(Lane lane,
                      Scheme scheme,
                      std::shared_ptr<const Identity> identity,
                      core::CredentialGate& gate,
                      core::Door door,
                      bool proving = false);

    /// Failure at stage authenticate: credential_refused, credential_suspect (a 401 where this lane was authenticated
    /// already), auth_scheme_not_offered, account_locked, or what the gate said; other stages as Lane::send.
    /// A 401 never comes back as a Response. An answer other than 401 to the step before the presentation (a redirect,
    /// a front door, a 503) comes back as the Response with authenticated() false: nothing was presented. A bare 502,
    /// 503 or 504 after the presentation comes back, too; the gate hears "unanswered" and the lane is dead.
    core::Outcome<Response> exchange(const Request& request, const base::Deadline& deadline);

    [[nodiscard]] bool alive() const {
        return !dead_ && lane_.alive();
    }
    [[nodiscard]] bool authenticated() const noexcept {
        return authenticated_;
    }
    [[nodiscard]] const Lane& lane() const noexcept {
        return lane_;
    }
    /// The schemes of the last 401 that was seen, for evidence and drift of offers.
    [[nodiscard]] const std::vector<std::string>& offers() const noexcept {
        return offers_;
    }
    [[nodiscard]] base::Duration time_to_authenticate() const noexcept {
        return time_to_authenticate_;
    }

private:
    core::Outcome<Response> exchange_ntlm(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> exchange_basic(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> ride(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> ask(Request question, const base::Deadline& deadline);
    core::Outcome<Response> present(Request request, std::string authorization, const base::Deadline& deadline);
    core::Outcome<Response> judge(core::Permit& permit, core::Outcome<Response> answer);
    tl::unexpected<core::Failure> die(core::Cause cause, std::string detail);

    Lane lane_;
    Scheme scheme_;
    std::shared_ptr<const Identity> identity_;
    core::CredentialGate* gate_;
    core::Door door_;
    bool proving_;
    bool authenticated_ = false;
    bool dead_ = false;
    bool basic_offered_ = false; ///< on this connection
    base::SteadyTime started_;   ///< of the handshake
    std::vector<std::string> offers_;
    base::Duration time_to_authenticate_{0};
};

} // namespace mailpreflight::http
