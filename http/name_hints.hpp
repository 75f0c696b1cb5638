#pragma once

#include "http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::http {

/// What a server tells of itself in an NTLM challenge (MS-NLMP 2.2.1.2), before anybody has logged in. Empty: not told.
struct NtlmTarget {
    std::string netbios_domain; ///< "CONTOSO": the DOMAIN of DOMAIN\user
    std::string dns_domain;     ///< "contoso.example"
    std::string computer;       ///< "EX01.contoso.example", else "EX01"

    bool operator==(const NtlmTarget&) const = default;
};

/// A message type 1 that names nobody: it asks for the challenge alone, and is no presentation.
std::string ntlm_question();

/// Reads a message type 2. Nothing for what is none. Pure; any bytes will do.
std::optional<NtlmTarget> read_ntlm_challenge(std::string_view message);

/// The realm of the Basic offer of a 401; empty where there is none.
std::string basic_realm(const Headers& headers);

} // namespace mailpreflight::http
