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

/** The POST of a logon form, of whatever version: counts the presentation, gives the cookies. */
OwaAnswer serve_logon_form(const HttpRequest& request, State& state, FormsSessions& sessions, TimePoint now);

/** Whom the cookies of a request stand for. */
struct FormsVisitor {
    const Account* account = nullptr; ///< null: nobody, and `refusal` is the answer
    std::string canary;
    OwaAnswer refusal; ///< its verdict is that of the cookies in either case
};
FormsVisitor find_visitor(const HttpRequest& request, State& state, FormsSessions& sessions, TimePoint now);

/** OWA behind forms login: everything below /owa and /ecp. Depends on nothing but its arguments. */
OwaAnswer serve_owa(const HttpRequest& request, State& state, FormsSessions& sessions, TimePoint now);

/** The same for somebody who was authenticated by HTTP (forms login switched off). */
OwaAnswer serve_owa_authenticated(const HttpRequest& request, const State& state, const std::string& account);

/** The address in /owa/<address>/...; empty if the path names none. */
std::string explicit_logon_address(const HttpRequest& request);

} // namespace mailpreflight::simulator
