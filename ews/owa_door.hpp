#pragma once

#include "base/deadline.hpp"
#include "core/failure.hpp"
#include "ews/answer.hpp"
#include "ews/front_door.hpp"

#include <optional>
#include <string>

namespace mailpreflight::ews {

struct OwaContext {
    std::string host;
    unsigned short port = 443;
    std::string path = "/owa/"; ///< "/owa/" or "/exchange/"
    std::string user_agent;
    bool webdav = false; ///< /exchange is WebDAV behind a form: mailboxes are proved by PROPFIND
    bool tmg = false;    ///< the operator says that ISA's or TMG's own form may be posted to
};

/// What a login at OWA's door told on its way, also when it failed.
struct OwaReport {
    core::Evidence evidence; ///< of the last answer
    std::optional<FrontDoor> front_door;
    std::string logon_format;       ///< hint of the logon page (logon_format_of); empty: none was seen
    std::string way;                ///< "form", "webdav, form", "ntlm" ...: how the login went, or was to go
    bool exchange_is_alias = false; ///< the configured /exchange leads to /owa
    std::string build; ///< the front end's, as far as header or page tell it: "15.2.1748"; empty: they do not
};

/// Somebody logged in at OWA's door: by the form, or by HTTP at /exchange.
class OwaDoor {
public:
    OwaDoor() = default;
    virtual ~OwaDoor() = default;
    OwaDoor(const OwaDoor&) = delete;
    OwaDoor& operator=(const OwaDoor&) = delete;

    /// Opens another user's mailbox, reading only. Failure at stage authenticate when the login died (session_not_kept)
    /// or was refused (credential_suspect): that is about the login, not about the mailbox.
    virtual core::Outcome<Answer> open_mailbox(const std::string& address, const base::Deadline& deadline) = 0;

    /// Ends the session; what comes of that does not matter.
    virtual void log_off(const base::Deadline& deadline) = 0;

    /// May the next mailbox be opened by this login, too?
    [[nodiscard]] virtual bool serves_more() const = 0;

    [[nodiscard]] virtual const std::string& detail() const noexcept = 0;
    [[nodiscard]] virtual bool has_own_mailbox() const noexcept = 0;

protected:
    OwaDoor(OwaDoor&&) = default;
    OwaDoor& operator=(OwaDoor&&) = default;
};

} // namespace mailpreflight::ews
