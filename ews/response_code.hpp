#pragma once

#include "core/cause.hpp"

#include <string_view>

namespace mailpreflight::ews {

/// Where a code arrived: a Fault is about the whole request, a message about one folder (ews.md 4.1).
enum class Transport { fault, message };

/// What the request did: it decides what the ambiguous codes mean.
enum class Operation { probe, impersonation, full_access, resolve };

/// The one table from ResponseCode to cause (ews.md 4.3). A code that it does not hold is unknown_response_code; the
/// evidence keeps its name. `has_mailbox_guid`: MessageXml named a MailboxGuid; `moved_recently`: the text's tail says
/// so.
core::Cause
cause_of(std::string_view code, Transport transport, Operation operation, bool has_mailbox_guid, bool moved_recently);

/// Does the code only say that the request's version is not for this server (ews.md 1.5)?
bool is_version_refusal(std::string_view code);

} // namespace mailpreflight::ews
