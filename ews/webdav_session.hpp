#pragma once

#include "ews/owa_door.hpp"
#include "http/authenticated_lane.hpp"

#include <functional>
#include <string>

namespace mailpreflight::ews {

/// What a session needs of an authenticated lane: tests script it.
struct WebDavWire {
    std::function<core::Outcome<http::Response>(const http::Request&, const base::Deadline&)> exchange;
    std::function<bool()> alive;
    std::function<bool()> authenticated;
};

/// WebDAV at /exchange behind HTTP authentication (owa-and-auth.md 3.5). The lane presents, under the guard.
class WebDavSession final : public OwaDoor {
public:
    /// Logs in by a PROPFIND of the account's own mailbox by its alias: the path that names nobody answers 401 for an
    /// account without a mailbox, too, and would look like a refusal. A 404 of Exchange is a login.
    static core::Outcome<WebDavSession> log_in(WebDavWire wire,
                                               OwaContext context,
                                               const std::string& username,
                                               const base::Deadline& deadline,
                                               OwaReport& report);

    core::Outcome<Answer> open_mailbox(const std::string& address, const base::Deadline& deadline) override;
    /// There is no session to end: the connection is.
    void log_off(const base::Deadline&) override {}
    [[nodiscard]] bool serves_more() const override {
        return wire_.alive();
    }
    [[nodiscard]] const std::string& detail() const noexcept override {
        return detail_;
    }
    [[nodiscard]] bool has_own_mailbox() const noexcept override {
        return has_own_mailbox_;
    }

private:
    WebDavSession(WebDavWire wire, OwaContext context);

    WebDavWire wire_;
    OwaContext context_;
    std::string detail_;
    bool has_own_mailbox_ = false;
};

WebDavWire wire_of(http::AuthenticatedLane lane);

} // namespace mailpreflight::ews
