#pragma once

#include "http/krb.hpp"

#include <string>

namespace mailpreflight::http {

/// The AS exchange: the account proves its password or key to a KDC, and the ticket-granting ticket goes into the cache
/// of that name. Failure as Kerberos::ticket says.
core::Outcome<void> log_in_at_kdc(const krb::Library& library,
                                  const KerberosSettings& settings,
                                  net::Network& network,
                                  const base::Secret& secret,
                                  const std::string& cache,
                                  const Kerberos::AskPermit& ask_permit,
                                  const base::Deadline& deadline);

} // namespace mailpreflight::http
