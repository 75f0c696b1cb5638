#pragma once

#include "core/credential_gate.hpp"
#include "core/failure.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::directory {

/// What a directory's answer to a simple bind means.
struct BindVerdict {
    core::Failure failure; ///< cause ok: accepted
    core::PresentationResult result = core::PresentationResult::accepted;
};

/// `code` is LDAP's result code, `diagnostic` the server's text: Active Directory tells the reason of a refusal there
/// ("80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v3839").
BindVerdict verdict_of_bind(int code, std::string_view diagnostic);

/// "52e" of such a text; empty where there is none.
std::string reason_code(std::string_view diagnostic);

} // namespace mailpreflight::directory
