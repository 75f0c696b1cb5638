#pragma once

#include "core/credential_gate.hpp"
#include "core/failure.hpp"

#include <string>

namespace mailpreflight::http {

/// What a KDC's error means for the account (RFC 4120 7.5.9, owa-and-auth.md 7.9).
struct KerberosVerdict {
    core::Failure failure;
    /// What the guard is to hear of it, when it answers a message that proved the password.
    core::PresentationResult result = core::PresentationResult::accepted;
};

/// `code` is the error-code of a KRB-ERROR; `about` names who was asked for ("migadmin@CONTOSO.EXAMPLE"). Pure.
KerberosVerdict verdict_of_kdc(int code, const std::string& about);

/// "KDC_ERR_PREAUTH_FAILED", "error 99"
std::string name_of_kdc_error(int code);

} // namespace mailpreflight::http
