#pragma once

#include "base/deadline.hpp"
#include "core/failure.hpp"
#include "directory/account_state.hpp"
#include "net/network.hpp"
#include "net/tls_policy.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::directory {

/// The answer to one LDAP request.
struct Result {
    int code = 0;
    std::string diagnostic;
    std::vector<Attributes> entries; ///< of a search, two at most
};

/// One connection to an LDAP server. libldap makes and reads the messages; socket, TLS, deadline and stop are ours, as
/// for the lanes: the same authorities, the same judge of the certificate, no blocking call. One thread at a time.
class Connection {
public:
    /// Dials and stands under TLS when it returns. `start_tls`: TLS is asked for on the plain connection first; a
    /// server that does not give it ends the connection, as nothing else goes over it.
    static core::Outcome<Connection>
    open(net::Network& network, const net::Target& server, bool start_tls, const base::Deadline& deadline);
    ~Connection();
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;

    /// A simple bind. `sent` tells whether bytes left, also when no answer came.
    core::Outcome<Result> bind(const std::string& name, std::string_view password, bool& sent);

    /// The entries below `base`, at most two of them asked for.
    core::Outcome<Result>
    search(const std::string& base, const std::string& filter, const std::vector<std::string>& attributes);

private:
    struct Link;
    explicit Connection(std::unique_ptr<Link> link);

    std::unique_ptr<Link> link_;
};

} // namespace mailpreflight::directory
