#pragma once

#include "base/deadline.hpp"
#include "core/credential_gate.hpp"
#include "ews/answer.hpp"
#include "ews/owa_login.hpp"
#include "http/authenticated_lane.hpp"
#include "http/cookie_jar.hpp"
#include "http/lane.hpp"

#include <functional>
#include <memory>
#include <string>

namespace mailpreflight::ews {

struct OwaContext {
    std::string host;
    unsigned short port = 443;
    std::string path = "/owa/"; ///< "/owa/" or "/exchange/"
    std::string user_agent;
};

/// What a session needs of a lane: tests script it.
struct OwaWire {
    std::function<core::Outcome<http::Response>(const http::Request&, const base::Deadline&)> send;
    std::function<bool()> began_to_send;
    std::function<bool()> alive;
};

/// One forms login on one lane, under the guard: the form POST and every request with the session's cookies is a
/// presentation. The cookies die with the session.
class OwaSession {
public:
    /// GET the page, find OWA's own form, post once, fetch the destination as second proof. Failure: stage authenticate
    /// with the login's cause, or exchange. Never posts to another origin or to another product's form, and never
    /// twice. An account without a mailbox of its own is logged in (owa-and-auth.md 2.8).
    static core::Outcome<OwaSession> log_in(http::Lane lane,
                                            OwaContext context,
                                            std::shared_ptr<const http::Identity> identity,
                                            core::CredentialGate& gate,
                                            core::Door door,
                                            bool proving,
                                            const base::Deadline& deadline);
    static core::Outcome<OwaSession> log_in(OwaWire wire,
                                            OwaContext context,
                                            std::shared_ptr<const http::Identity> identity,
                                            core::CredentialGate& gate,
                                            core::Door door,
                                            bool proving,
                                            const base::Deadline& deadline);

    /// Explicit logon by GET (owa-and-auth.md 3.3). Never ok: a shell proves nothing (shell_only); refusals are told.
    /// Failure at stage authenticate when the session died (session_not_kept) or its cookies were refused
    /// (credential_suspect): that is about the login, not about the mailbox.
    core::Outcome<Answer> open_mailbox(const std::string& address, const base::Deadline& deadline);

    /// GET of the log-off page; its result does not matter.
    void log_off(const base::Deadline& deadline);

    [[nodiscard]] const core::Evidence& evidence() const noexcept {
        return evidence_;
    }
    [[nodiscard]] const std::string& detail() const noexcept {
        return detail_;
    }
    /// The front end's build as far as header or logon page tell it: "15.2.1748"; empty: they do not.
    [[nodiscard]] const std::string& build() const noexcept {
        return build_;
    }
    [[nodiscard]] bool has_own_mailbox() const noexcept {
        return has_own_mailbox_;
    }

private:
    OwaSession(OwaWire wire,
               OwaContext context,
               std::shared_ptr<const http::Identity> identity,
               core::CredentialGate& gate,
               core::Door door,
               bool proving);

    struct LogonPage {
        http::Url url;
        http::Url post_to;
        http::Url destination;
    };
    core::Outcome<LogonPage> find_logon_page(const base::Deadline& deadline);
    /// Where the accepted login leads; nothing where there is nothing to fetch.
    core::Outcome<std::optional<http::Url>> post_form(const LogonPage& page, const base::Deadline& deadline);
    core::Outcome<void> prove(const http::Url& destination, const base::Deadline& deadline);
    http::Request get(const http::Url& url) const;
    core::Outcome<http::Response> fetch(const http::Url& url, const base::Deadline& deadline);
    struct Fetched {
        http::Response response;
        PageVerdict verdict;
    };
    /// A GET with the session's cookies, each a presentation. Failure also when they were refused or the session is
    /// gone.
    core::Outcome<Fetched> fetch_as_user(const http::Url& url, const base::Deadline& deadline);
    /// The same with at most two redirects within OWA.
    core::Outcome<Fetched> fetch_page(http::Url url, const base::Deadline& deadline);

    OwaWire wire_;
    OwaContext context_;
    std::shared_ptr<const http::Identity> identity_;
    core::CredentialGate* gate_;
    core::Door door_;
    bool proving_;
    http::Url origin_;
    http::CookieJar jar_;
    core::Evidence evidence_;
    std::string detail_;
    std::string build_;
    std::string base_path_ = "/owa/"; ///< "/exchange/" on Exchange 2003
    bool has_own_mailbox_ = true;
};

} // namespace mailpreflight::ews
