#pragma once

#include "checks/access.hpp"

namespace mailpreflight::checks {

/// mailbox.impersonation and mailbox.full_access: msgfolderroot opened by that way, one mailbox a request; an address
/// that the server does not know is asked about a second time, by ResolveNames (6.8).
Looked mailbox_impersonation(Access& access,
                             const std::string& address,
                             std::optional<base::SystemTime> newer_than,
                             const base::Deadline& deadline);
Looked mailbox_full_access(Access& access,
                           const std::string& address,
                           std::optional<base::SystemTime> newer_than,
                           const base::Deadline& deadline);

/// mailbox.own_login: the mailbox's own user name and password on a connection of its own, and its own msgfolderroot.
/// What refuses it is that mailbox's trouble and closes no gate; what the spray brake holds back is unknown.
Looked mailbox_own_login(Access& access, const std::string& address, const base::Deadline& deadline);

/// mailbox.owa: OWA's explicit logon by GET in a forms session of its own, which never passes; or WebDAV's PROPFIND at
/// /exchange, where many go over one login, which does.
Looked mailbox_owa(Access& access,
                   const std::string& address,
                   std::optional<base::SystemTime> newer_than,
                   const base::Deadline& deadline);

} // namespace mailpreflight::checks
