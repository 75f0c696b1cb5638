#pragma once

#include "simulator/forms_session.hpp"
#include "simulator/http_message.hpp"
#include "simulator/state.hpp"

#include <optional>
#include <string>

namespace mailpreflight::simulator {

struct OwaAnswer {
    HttpResponse response;
    std::optional<Verdict> verdict; ///< if the request presented a password, by form or by cookie
    std::string account;            ///< logon name of who is signed in
    std::string mailbox;            ///< whom an explicit logon names
    std::string error;              ///< X-OWA-Error or the owaError of the redirect
};

/** OWA behind forms login: everything below /owa and /ecp. Depends on nothing but its arguments. */
OwaAnswer serve_owa(const HttpRequest& request, State& state, FormsSessions& sessions, TimePoint now);

/** The same for somebody who was authenticated by HTTP (forms login switched off). */
OwaAnswer serve_owa_authenticated(const HttpRequest& request, const State& state, const std::string& account);

/** The address in /owa/<address>/...; empty if the path names none. */
std::string explicit_logon_address(const HttpRequest& request);

} // namespace mailpreflight::simulator
