#pragma once

#include "base/deadline.hpp"
#include "core/credential_gate.hpp"
#include "ews/owa_door.hpp"
#include "ews/owa_login.hpp"
#include "ews/owa_page.hpp"
#include "http/authenticated_lane.hpp"
#include "http/cookie_jar.hpp"
#include "http/lane.hpp"

#include <functional>
#include <memory>
#include <string>

namespace mailpreflight::ews {

/// What a session needs of a lane: tests script it.
struct OwaWire {
    std::function<core::Outcome<http::Response>(const http::Request&, const base::Deadline&)> send;
    std::function<bool()> began_to_send;
    std::function<bool()> alive;
};

/// A lane that is dialled anew where the server closed it after an answer, as Exchange 2003 does with each redirect:
/// nothing is sent twice by that.
OwaWire wire_of(http::Lane lane, std::function<core::Outcome<http::Lane>(const base::Deadline&)> dial);

/// One forms login, under the guard: the form POST and every request with the session's cookies is a
/// presentation. The cookies die with the session.
class OwaSession final : public OwaDoor {
public:
    /// GET the page, find OWA's own form, post once with what the page's own fields hold, fetch the destination as
    /// second proof. Failure: stage authenticate with the login's cause, or exchange. Never posts to another origin or
    /// to another product's form, and never twice. An account without a mailbox of its own is logged in
    /// (owa-and-auth.md 2.8). `report` is filled on every way out.
    static core::Outcome<OwaSession> log_in(OwaWire wire,
                                            OwaContext context,
                                            std::shared_ptr<const http::Identity> identity,
                                            core::CredentialGate& gate,
                                            core::Door door,
                                            bool proving,
                                            const base::Deadline& deadline,
                                            OwaReport& report);

    /// OWA: explicit logon by GET (owa-and-auth.md 3.3), never ok: a shell proves nothing (shell_only); refusals are
    /// told. WebDAV: PROPFIND (3.5), ok when it tells the inbox.
    core::Outcome<Answer> open_mailbox(const std::string& address, const base::Deadline& deadline) override;

    /// GET of the log-off page.
    void log_off(const base::Deadline& deadline) override;

    /// OWA itself counts its sessions, and loads a shell in each: one mailbox, one session. WebDAV does not.
    [[nodiscard]] bool serves_more() const override {
        return context_.webdav && wire_.alive() && jar_.size() > 0;
    }
    [[nodiscard]] const std::string& detail() const noexcept override {
        return detail_;
    }
    [[nodiscard]] bool has_own_mailbox() const noexcept override {
        return has_own_mailbox_;
    }

private:
    OwaSession(OwaWire wire,
               OwaContext context,
               std::shared_ptr<const http::Identity> identity,
               core::CredentialGate& gate,
               core::Door door,
               bool proving);

    core::Outcome<void> log_in(const base::Deadline& deadline);
    struct LogonPage {
        http::Url post_to;
        http::Url destination;
        HtmlForm form;
    };
    core::Outcome<LogonPage> find_logon_page(const base::Deadline& deadline);
    /// Where the answer sends us on the way to the logon page; nothing: it is to be read itself.
    core::Outcome<std::optional<http::Url>> next_hop(const http::Url& url, const http::Response& response, int hops);
    std::optional<HtmlForm> logon_form_of(const http::Url& url, const std::string& page) const;
    core::Outcome<LogonPage> logon_page_of(const http::Url& url, HtmlForm form);
    tl::unexpected<core::Failure> no_logon_page(const http::Url& url, const http::Response& response);
    /// The one POST of a login; its permit is finished where no answer came.
    core::Outcome<http::Response>
    post_form(const LogonPage& page, core::Permit& permit, const base::Deadline& deadline);
    core::Outcome<void> log_in_to_owa(const LogonPage& page, const base::Deadline& deadline);
    core::Outcome<void> log_in_to_webdav(const LogonPage& page, const base::Deadline& deadline);
    void end_session(const base::Deadline& deadline);
    core::Outcome<void> prove(const http::Url& destination, const base::Deadline& deadline);
    core::Outcome<Answer> open_by_shell(const std::string& address, const base::Deadline& deadline);
    core::Outcome<Answer> open_by_webdav(const std::string& address, const base::Deadline& deadline);
    http::Request get(const http::Url& url) const;
    /// Sends with the jar's cookies, and takes what comes back into the jar and the report.
    core::Outcome<http::Response> send(http::Request request, const base::Deadline& deadline);
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
    OwaReport report_;
    std::string detail_;
    bool has_own_mailbox_ = true;
};

} // namespace mailpreflight::ews
