#pragma once

#include "base/deadline.hpp"
#include "ews/answer.hpp"
#include "ews/password_expiration.hpp"
#include "ews/resolve_names.hpp"
#include "http/authenticated_lane.hpp"

#include <functional>
#include <optional>
#include <string>

namespace mailpreflight::ews {

/// The calls that checks make. An Outcome fails by transport, login or guard; an Answer whose cause is not ok is the
/// service's own word. Each steps the request version down once where the server refuses ours, and remembers it in the
/// context.

/// ConvertId: ok when the service answers as one that has logged us in.
core::Outcome<Answer>
probe_service(http::AuthenticatedLane& lane, CallContext& context, const base::Deadline& deadline);

struct MailboxAnswer : Answer {
    std::string root_id_digest; ///< of msgfolderroot; empty when it was not opened
};

/// Opens msgfolderroot of one mailbox (DESIGN 6.8). An alias is asked again once by the primary address that the server
/// names: opened so, the cause is address_is_alias.
core::Outcome<MailboxAnswer> open_by_impersonation(http::AuthenticatedLane& lane,
                                                   CallContext& context,
                                                   const std::string& address,
                                                   const base::Deadline& deadline);
core::Outcome<MailboxAnswer> open_by_full_access(http::AuthenticatedLane& lane,
                                                 CallContext& context,
                                                 const std::string& address,
                                                 const base::Deadline& deadline);
/// The caller's own mailbox, without naming it; admin_has_no_mailbox when there is none.
core::Outcome<MailboxAnswer>
open_own(http::AuthenticatedLane& lane, CallContext& context, const base::Deadline& deadline);

struct ResolveAnswer : Answer {
    Found found = Found::not_told;
    std::string primary;
};

/// The directory's word about an address: the second witness. cause is ok whenever the directory answered; it is
/// mailbox_not_found_here for Found::none.
core::Outcome<ResolveAnswer> resolve_address(http::AuthenticatedLane& lane,
                                             CallContext& context,
                                             const std::string& address,
                                             const base::Deadline& deadline);

struct ExpirationAnswer : Answer {
    std::optional<PasswordExpiration> expires;
};

/// When the caller's own password ends. Servers before 2010 SP1 do not know the question: version_refused.
core::Outcome<ExpirationAnswer>
ask_password_expiration(http::AuthenticatedLane& lane, CallContext& context, const base::Deadline& deadline);

/// Pure: what a GetFolder answer comes to.
MailboxAnswer judge_opened(Read read);

/// What the calls need of a lane: tests script it.
struct Wire {
    std::function<core::Outcome<http::Response>(const http::Request&)> exchange;
    std::function<bool()> alive;
    std::function<bool()> authenticated; ///< of the last exchange's connection
};

core::Outcome<Answer> probe_service(const Wire& wire, CallContext& context);
core::Outcome<MailboxAnswer> open_by_impersonation(const Wire& wire, CallContext& context, const std::string& address);
core::Outcome<MailboxAnswer> open_by_full_access(const Wire& wire, CallContext& context, const std::string& address);
core::Outcome<MailboxAnswer> open_own(const Wire& wire, CallContext& context);
core::Outcome<ExpirationAnswer> ask_password_expiration(const Wire& wire, CallContext& context);
core::Outcome<ResolveAnswer> resolve_address(const Wire& wire, CallContext& context, const std::string& address);

} // namespace mailpreflight::ews
