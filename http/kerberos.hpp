#pragma once

#include "base/secret.hpp"
#include "core/credential_gate.hpp"
#include "core/failure.hpp"
#include "net/kdc.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mailpreflight::http {

/// Tickets in this process' memory, by a name that libkrb5 and GSSAPI know; gone with the last who holds it.
class TicketCache {
public:
    TicketCache();
    ~TicketCache();
    TicketCache(const TicketCache&) = delete;
    TicketCache& operator=(const TicketCache&) = delete;

    /// "MEMORY:..."
    [[nodiscard]] const std::string& name() const noexcept {
        return name_;
    }

private:
    std::string name_;
};

/// A service ticket that is ready to be shown: with it GSSAPI needs no network.
struct KerberosTicket {
    std::shared_ptr<const TicketCache> cache;
    std::string service; ///< "HTTP/mail.contoso.example@CONTOSO.EXAMPLE"
};

/// How an account gets its tickets.
struct KerberosSettings {
    enum class From { password, keytab, ccache };

    From from = From::password;
    /// "migadmin@CONTOSO.EXAMPLE"; with a keytab or a ccache empty: whoever it is for.
    std::string principal;
    /// In their order. Empty: the realm's own name, whose address records Active Directory keeps at its controllers.
    std::vector<net::Kdc> kdcs;
    std::string ccache_file; ///< read at each login: somebody else renews it
};

/// The Kerberos side of one account, shared by its lanes. Speaks to the KDC itself, by libkrb5's step functions: one
/// message to one KDC, within a deadline, and not a second try with another mechanism or server (owa-and-auth.md 7.6).
/// The machine's krb5.conf is not asked, names are not canonicalised. Safe to use from any thread.
class Kerberos {
public:
    explicit Kerberos(KerberosSettings settings) :
        settings_(std::move(settings)) {}

    /// Asks for the permit that a message which proves the password or key needs.
    using AskPermit = std::function<core::Outcome<core::Permit>(const base::Deadline&)>;

    /// A ticket for HTTP/`host`. `fresh`: the account logs in anew, as only that proves its secret. `secret` is the
    /// password or the keytab's content. Failure at stage authenticate: what the KDC said (http/kerberos_error.hpp),
    /// kerberos_unreachable, kerberos_ticket_missing, or what the guard said.
    core::Outcome<KerberosTicket> ticket(net::Network& network,
                                         const base::Secret& secret,
                                         const std::string& host,
                                         bool fresh,
                                         const AskPermit& ask_permit,
                                         const base::Deadline& deadline);

private:
    const KerberosSettings settings_;
    std::timed_mutex mutex_;
    std::shared_ptr<const TicketCache> logged_in_; ///< holds the ticket-granting ticket
};

} // namespace mailpreflight::http
