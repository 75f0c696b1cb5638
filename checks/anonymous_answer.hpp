#pragma once

#include "checks/access.hpp"

namespace mailpreflight::checks {

/// What EWS says to a request without credentials: which schemes it offers (probe's step; nothing is presented). The
/// observation is filed under ews.login; ok means a 401 that offers something we can do.
core::Observation anonymous_answer(Access& access, const base::Deadline& deadline);

/// The admin's own mailbox (probe's step): ok, or admin_has_no_mailbox, which from 2016 on does not matter.
core::Observation own_mailbox(Access& access, const base::Deadline& deadline);

} // namespace mailpreflight::checks
