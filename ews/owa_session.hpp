#pragma once

#include "base/deadline.hpp"
#include "core/credential_gate.hpp"
#include "ews/answer.hpp"
#include "ews/owa_login.hpp"
#include "http/authenticated_lane.hpp"
#include "http/cookie_jar.hpp"
#include "http/lane.hpp"

#include <memory>
#include <string>

namespace mailpreflight::ews {

struct OwaContext {
    std::string host;
    unsigned short port = 443;
    std::string path = "/owa/"; ///< "/owa/" or "/exchange/"
    std::string user_agent;
};

/// One forms login on one lane, under the guard: the form POST and every request with the session's cookies is a
/// presentation. The cookies die with the session.
class OwaSession {
public:
    /// GET the page, find OWA's own form, post once, fetch the destination as second proof. Failure: stage authenticate with
    /// the login's cause, or exchange. Never posts to another origin or to another product's form.
    static core::Outcome<OwaSession> log_in(http::Lane lane, OwaContext context, std::shared_ptr<const http::Identity> identity,
                                            core::CredentialGate& gate, core::Door door, bool proving,
                                            const base::Deadline& deadline);

    /// Explicit logon by GET (owa-and-auth.md 3.3). ok only never: a shell proves nothing (shell_only); refusals are told.
    core::Outcome<Answer> open_mailbox(const std::string& address, const base::Deadline& deadline);

    /// GET of the log-off page; its result does not matter.
    void log_off(const base::Deadline& deadline);

    [[nodiscard]] const core::Evidence& evidence() const noexcept {
        return evidence_;
    }
    [[nodiscard]] const std::string& detail() const noexcept {
        return detail_;
    }

private:
    OwaSession(http::Lane lane, OwaContext context, std::shared_ptr<const http::Identity> identity, core::CredentialGate& gate,
               core::Door door, bool proving);

    struct LogonPage {
        http::Url url;
        http::Url post_to;
        http::Url destination;
    };
    core::Outcome<LogonPage> find_logon_page(const base::Deadline& deadline);
    core::Outcome<http::Url> post_form(const LogonPage& page, const base::Deadline& deadline);
    core::Outcome<void> prove(const http::Url& destination, const base::Deadline& deadline);
    http::Request get(const http::Url& url) const;
    core::Outcome<http::Response> fetch(const http::Url& url, const base::Deadline& deadline);
    /// A GET with the session's cookies, each a presentation.
    core::Outcome<http::Response> fetch_as_user(const http::Url& url, const base::Deadline& deadline);

    http::Lane lane_;
    OwaContext context_;
    std::shared_ptr<const http::Identity> identity_;
    core::CredentialGate* gate_;
    core::Door door_;
    bool proving_;
    http::Url origin_;
    http::CookieJar jar_;
    core::Evidence evidence_;
    std::string detail_;
};

} // namespace mailpreflight::ews
