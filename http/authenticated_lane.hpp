#pragma once

#include "base/secret.hpp"
#include "core/credential_gate.hpp"
#include "http/challenge.hpp"
#include "http/kerberos.hpp"
#include "http/lane.hpp"
#include "http/ntlm.hpp"
#include "http/oauth.hpp"
#include "http/scheme.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::http {

/// Who presents: one [account.NAME], or one mailbox with its own password, with the secret as it was when it was
/// loaded.
struct Identity {
    std::string account;   ///< what the guard knows it by
    std::string username;  ///< DOMAIN\user, user@domain or user
    base::Secret password; ///< empty: the account has a keytab or a ccache
    std::string fingerprint;
    /// What NTLM made of name and password, kept for the next handshake.
    std::shared_ptr<NtlmCredential> ntlm = std::make_shared<NtlmCredential>();
    /// Null: Kerberos is not configured, and never tried.
    std::shared_ptr<Kerberos> kerberos = {};
    base::Secret keytab = {}; ///< its content
    /// Null: the account has no OAuth.
    std::shared_ptr<OAuth> oauth = {};
    base::Secret client_secret = {};
    bool individual = false; ///< one of a list of individual passwords, known to people by its user name

    [[nodiscard]] Means means() const {
        return {.oauth = oauth != nullptr, .kerberos = kerberos != nullptr, .password = !password.empty()};
    }
};

/// Gets a ticket for HTTP at a host; may log the account in at its KDC, under the guard.
using TicketFor = std::function<core::Outcome<KerberosTicket>(const std::string& host, const base::Deadline&)>;

/// Gets tokens for Bearer; may ask the token endpoint for one, under the guard.
struct TokensFor {
    std::function<core::Outcome<TokenPtr>(const base::Deadline&)> token;
    /// For one that was refused: another, or the same where no other may be asked for.
    std::function<core::Outcome<TokenPtr>(const TokenPtr& refused, const base::Deadline&)> another;
};

/// A lane whose requests are authenticated, under the guard. NTLM: the first exchange() makes one handshake (type 1
/// with an empty body, type 3 with the request), later ones ride on the connection. Basic: every request carries the
/// header. Kerberos: one token, with the request; later ones ride, or carry a token each where the server keeps no
/// identity. Negotiate without Kerberos carries bare NTLM messages, as Windows' own clients send them. Channel bindings
/// go with every handshake. Bearer: every request shows a token. To show one is no presentation: no directory counts
/// it, and a 401 says nothing about the secret that it was got with; that secret was presented at the token endpoint.
/// One that is refused is replaced once, and the request, which only reads, is repeated with it. The connection dies at
/// the first refusal, and no second scheme is tried after one. Nothing is presented before a 401 on this connection
/// asked for it: NTLM by its type 2, Basic, Kerberos and Bearer by the offer in answer to one anonymous request.
/// `decided`: what the offers of an earlier connection to the same server came to.
class AuthenticatedLane {
public:
    AuthenticatedLane(Lane lane,
                      Scheme scheme,
                      std::shared_ptr<const Identity> identity,
                      core::CredentialGate& gate,
                      core::Door door,
                      bool proving = false,
                      TicketFor ticket_for = {},
                      std::optional<Way> decided = std::nullopt,
                      TokensFor tokens_for = {});

    /// Failure at stage authenticate: credential_refused, credential_suspect (a 401 where this lane was authenticated
    /// already), auth_scheme_not_offered, account_locked, token_refused, or what the gate said; other stages as
    /// Lane::send. A 401 never comes back as a Response. An answer other than 401 to the step before the presentation
    /// (a redirect, a front door, a 503) comes back as the Response with authenticated() false: nothing was presented.
    /// A bare 502, 503 or 504 after the presentation comes back, too; the gate hears "unanswered" and the lane is dead.
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
    /// How this lane logs in, once the server's offers were seen.
    [[nodiscard]] std::optional<Way> way() const noexcept {
        return asked_ ? way_ : std::nullopt;
    }
    /// Did the server end the connection with the 401 that told its offers? The next connection need not ask again.
    [[nodiscard]] bool closed_by_question() const noexcept {
        return closed_by_question_;
    }
    /// Was a secret, or a ticket, presented on this lane? Else another connection may be tried.
    [[nodiscard]] bool presented() const noexcept {
        return presented_;
    }
    /// The token that was shown last; null: none.
    [[nodiscard]] const TokenPtr& token() const noexcept {
        return token_;
    }
    [[nodiscard]] base::Duration time_to_authenticate() const noexcept {
        return time_to_authenticate_;
    }

private:
    core::Outcome<Response> by_way(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> by_offers(const Request& request, const base::Deadline& deadline);
    tl::unexpected<core::Failure> not_offered();
    core::Outcome<Response> exchange_bearer(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> show_token(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> exchange_kerberos(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> show_ticket(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> exchange_ntlm(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> exchange_basic(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> ride(const Request& request, const base::Deadline& deadline);
    core::Outcome<Response> ask(const Request& question, const base::Deadline& deadline);
    core::Outcome<Response> present(Request request, std::string authorization, const base::Deadline& deadline);
    core::Outcome<Response> judge(core::Permit& permit, core::Outcome<Response> answer);
    tl::unexpected<core::Failure> die(core::Cause cause, std::string detail);

    Lane lane_;
    Scheme scheme_;
    std::shared_ptr<const Identity> identity_;
    core::CredentialGate* gate_;
    core::Door door_;
    bool proving_;
    TicketFor ticket_for_;
    TokensFor tokens_for_;
    TokenPtr token_;
    std::optional<Way> way_;
    bool token_each_ = false; ///< the server forgets who a Kerberos connection is
    bool asked_ = false;      ///< a 401 has asked for a credential
    bool closed_by_question_ = false;
    Headers challenge_; ///< of that 401
    bool presented_ = false;
    bool authenticated_ = false;
    bool dead_ = false;
    base::SteadyTime started_; ///< of the handshake
    std::vector<std::string> offers_;
    base::Duration time_to_authenticate_{0};
};

} // namespace mailpreflight::http
