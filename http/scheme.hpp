#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::http {

/// What an operator allows. `automatic`: the strongest of the offers that the account can do.
enum class Scheme { automatic, oauth, negotiate, ntlm, basic };

/// "auto", "oauth", "negotiate", "ntlm", "basic"
std::string_view name_of(Scheme scheme);

/// How a connection really logs in, the strongest first. Negotiate carries Kerberos, or bare NTLM messages as Windows'
/// own clients send them.
enum class Way { bearer, kerberos, ntlm, negotiated_ntlm, basic };

/// "bearer", "kerberos", "ntlm", "negotiate (ntlm)", "basic"
std::string_view name_of(Way way);

/// What an account has to log in with.
struct Means {
    bool oauth = false;
    bool kerberos = false; ///< configured: a realm, a keytab or a ccache
    bool password = false;
};

/// Does a 401 with these offers (lower case) ask for that way?
bool is_offered(Way way, const std::vector<std::string>& offers);

/// The way of a scheme that is not `automatic`.
Way way_of(Scheme scheme, const Means& means);

/// The strongest way among the offers that the operator allows and the account can do (owa-and-auth.md 7.1).
std::optional<Way> best_way(Scheme scheme, const Means& means, const std::vector<std::string>& offers);

/// The scheme that keeps to a way once the offers have decided on it.
Scheme scheme_of(Way way);

} // namespace mailpreflight::http
