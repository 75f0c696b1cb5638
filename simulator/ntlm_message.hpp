#pragma once

#include <optional>
#include <string>
#include <string_view>

/** Just enough of MS-NLMP to name who is knocking and to recognise an old password. */
namespace mailpreflight::simulator {

enum class NtlmMessageType { negotiate = 1, challenge = 2, authenticate = 3 };

/** Finds an NTLM message in a token, bare or wrapped in SPNEGO. */
std::optional<std::string_view> find_ntlm_message(std::string_view token, NtlmMessageType type);

struct NtlmAuthenticate {
    std::string domain;      ///< UTF-8
    std::string user;        ///< UTF-8
    std::string nt_response; ///< raw

    /** DOMAIN\user, or \user where the client gave no domain. */
    std::string name() const;
    bool is_anonymous() const;
    /** False for NTLMv1 and for LM alone, which Exchange's domain policy refuses. */
    bool is_version_2() const;
    /** True if the answer to this challenge (a whole type 2 message) was made with this password. */
    bool proves(std::string_view challenge_message, std::string_view password) const;
};

/**
 * Clients that copy the flags of the challenge promise a Version field and then leave it out. Windows reads the payload
 * where the fields say; libraries look behind the missing field. The promise is taken back in place.
 */
std::string without_missing_version(std::string token);

/** NTOWFv1: what NTLM makes of a password. Raw 16 bytes. */
std::string nt_hash(std::string_view password);

/** Reads a type 3 message; nothing if its fields point outside. */
std::optional<NtlmAuthenticate> read_ntlm_authenticate(std::string_view message);

} // namespace mailpreflight::simulator
