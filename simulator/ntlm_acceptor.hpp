#pragma once

#include "simulator/ntlm_message.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::simulator {

/**
 * The server's side of one NTLM handshake, bare or inside SPNEGO, by gss-ntlmssp. For one thread.
 *
 * The account is given to gss-ntlmssp by a key file in memory, one for each handshake, as passwords change while the
 * simulator runs.
 */
class NtlmAcceptor {
public:
    enum class Wrapping { ntlm, spnego };

    /**
     * end_point_hash empty: channel bindings are not looked at (IIS' "None"). `host` is what the client calls us: this
     * library's challenge names its service, as Windows' does not, and its clients hold us to that.
     */
    NtlmAcceptor(Wrapping wrapping, std::string end_point_hash, const std::string& host);
    NtlmAcceptor(const NtlmAcceptor&) = delete;
    NtlmAcceptor& operator=(const NtlmAcceptor&) = delete;
    ~NtlmAcceptor();

    /** The client's first token → our challenge. Nothing if the token is not acceptable. */
    std::optional<std::string> challenge(std::string_view token);

    struct Judgement {
        bool accepted = false;   ///< GSSAPI says so: password and binding are right
        bool bound = false;      ///< the client sent the right channel binding
        std::string final_token; ///< SPNEGO's last word; often empty
    };
    /** Judges the client's second token against this password. Once. */
    Judgement judge(std::string_view token, const NtlmAuthenticate& claim, std::string_view password);

    /** The NTLM challenge message as it was sent, for NtlmAuthenticate::proves. */
    std::string_view challenge_message() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace mailpreflight::simulator
