#include "ews/client.hpp"

#include "base/text.hpp"
#include "ews/convert_id.hpp"
#include "ews/get_folder.hpp"

#include <fmt/format.h>

namespace mailpreflight::ews {

namespace {

struct Call {
    std::string operation;
    std::string response_name;
    Operation kind = Operation::probe;
    std::optional<std::string> impersonate;
    std::string anchor;
};

core::Outcome<Read> call_once(const Wire& wire, const CallContext& context, const Call& call) {
    const http::Request request = soap_request(context, call.operation, call.impersonate, call.anchor);
    const auto response = wire.exchange(request);
    if (!response) {
        return tl::unexpected(response.error());
    }
    if (!wire.authenticated()) {
        return read_unasked_answer(request, *response, context);
    }
    return read_answer(request, *response, context, call.response_name, call.kind);
}

/// One step down on a version refusal. It is remembered only where the older version is not refused as well; else the
/// first answer stands: the request was wrong in another way.
core::Outcome<Read> call_service(const Wire& wire, CallContext& context, const Call& call) {
    auto read = call_once(wire, context, call);
    if (!read || !read->answer.version_refused || context.version == RequestVersion::exchange2007_sp1) {
        return read;
    }
    CallContext older = context;
    older.version = RequestVersion::exchange2007_sp1;
    if (!wire.alive()) {
        context.version = older.version;
        return core::failed(core::Stage::exchange,
                            core::Cause::connection_lost,
                            fmt::format("the server refuses {} and closed the connection; the next look asks by {}",
                                        schema_name(RequestVersion::exchange2010_sp1),
                                        schema_name(older.version)));
    }
    auto second = call_once(wire, older, call);
    if (second && second->answer.version_refused) {
        return read;
    }
    if (second) {
        context.version = older.version;
    }
    return second;
}

core::Outcome<MailboxAnswer> open(const Wire& wire, CallContext& context, const Call& call) {
    auto read = call_service(wire, context, call);
    if (!read) {
        return tl::unexpected(read.error());
    }
    return judge_opened(std::move(*read));
}

Call impersonating(const std::string& address) {
    return {get_folder_operation(std::nullopt), "GetFolderResponse", Operation::impersonation, address, address};
}

Call with_full_access(const std::string& address) {
    return {get_folder_operation(address), "GetFolderResponse", Operation::full_access, std::nullopt, address};
}

/// An application may ask for nothing without naming a mailbox. Who is told so has logged in (ews.md 4.1; the text
/// where the code is another).
bool wants_a_mailbox_named(const Answer& answer) {
    return answer.evidence.response_code == "ErrorInvalidExchangeImpersonationHeaderData" ||
           answer.evidence.message.find("ExchangeImpersonation SOAP header must be present") != std::string::npos;
}

/// Once more by the primary address where the server named one. address_is_alias is a warning: it leaves here only for
/// a mailbox that opened.
core::Outcome<MailboxAnswer>
open_alias(const Wire& wire, CallContext& context, const std::string& address, Call (*make)(const std::string&)) {
    auto answer = open(wire, context, make(address));
    if (!answer || answer->cause != core::Cause::address_is_alias) {
        return answer;
    }
    const std::string primary = answer->primary_address.value_or("");
    if (primary.empty() || base::equals_ignoring_case(primary, address)) {
        answer->cause = core::Cause::request_rejected;
        answer->detail = "the server wants the primary address and names no other: " + answer->detail;
        return answer;
    }
    auto second = open(wire, context, make(primary));
    if (!second) {
        return second;
    }
    const bool alias_again = second->cause == core::Cause::address_is_alias;
    second->primary_address = primary;
    if (alias_again) {
        second->cause = core::Cause::unexpected_answer;
        second->detail = fmt::format("the server calls {} no primary address after naming it as one", primary);
    } else if (second->cause == core::Cause::ok) {
        second->cause = core::Cause::address_is_alias;
        second->detail = fmt::format("the primary address is {}", primary);
    } else {
        second->detail = fmt::format("asked for as {}, its primary address: {}", primary, second->detail);
    }
    return second;
}

Wire wire_of(http::AuthenticatedLane& lane, const base::Deadline& deadline) {
    return {[&lane, deadline](const http::Request& request) { return lane.exchange(request, deadline); },
            [&lane] { return lane.alive(); },
            [&lane] { return lane.authenticated(); }};
}

} // namespace

MailboxAnswer judge_opened(Read read) {
    MailboxAnswer answer{std::move(read.answer), {}};
    if (answer.cause != core::Cause::ok) {
        return answer;
    }
    const auto folder = read.message ? read_folder(*read.message) : std::nullopt;
    if (!folder) {
        answer.cause = core::Cause::unexpected_answer;
        answer.detail = "the answer says success but holds no folder";
        return answer;
    }
    answer.root_id_digest = folder->id_digest;
    if (!folder->can_read) {
        answer.cause = core::Cause::root_not_readable;
        answer.detail = "EffectiveRights of msgfolderroot have no Read";
    }
    return answer;
}

core::Outcome<Answer> probe_service(const Wire& wire, CallContext& context) {
    const auto read =
        call_service(wire, context, {convert_id_operation(), "ConvertIdResponse", Operation::probe, std::nullopt, ""});
    if (!read) {
        return tl::unexpected(read.error());
    }
    Answer answer = read->answer;
    if (read->message && proves_login(answer.evidence.response_code)) {
        answer.cause = core::Cause::ok;
        answer.detail = "the service answered";
    } else if (wants_a_mailbox_named(answer)) {
        answer.cause = core::Cause::ok;
        answer.detail = "the service answered; of an application it wants a mailbox named";
    } else if (answer.version_refused && answer.cause == core::Cause::request_rejected) {
        answer.cause = core::Cause::version_refused;
    }
    return answer;
}

core::Outcome<MailboxAnswer> open_by_impersonation(const Wire& wire, CallContext& context, const std::string& address) {
    return open_alias(wire, context, address, impersonating);
}

core::Outcome<MailboxAnswer> open_by_full_access(const Wire& wire, CallContext& context, const std::string& address) {
    return open_alias(wire, context, address, with_full_access);
}

core::Outcome<MailboxAnswer> open_own(const Wire& wire, CallContext& context) {
    auto answer =
        open(wire,
             context,
             {get_folder_operation(std::nullopt), "GetFolderResponse", Operation::full_access, std::nullopt, ""});
    if (answer && (answer->evidence.response_code == "ErrorNonExistentMailbox" ||
                   answer->evidence.response_code == "ErrorMissingEmailAddress")) {
        answer->cause = core::Cause::admin_has_no_mailbox;
    }
    return answer;
}

core::Outcome<ResolveAnswer> resolve_address(const Wire& wire, CallContext& context, const std::string& address) {
    const auto read =
        call_service(wire,
                     context,
                     {resolve_names_operation(address), "ResolveNamesResponse", Operation::resolve, std::nullopt, ""});
    if (!read) {
        return tl::unexpected(read.error());
    }
    ResolveAnswer answer{read->answer, Found::not_told, {}};
    if (read->message) {
        const Resolved resolved = read_resolution(*read->message, answer.evidence.response_code, address);
        answer.found = resolved.found;
        answer.primary = resolved.primary_address;
    }
    if (answer.found != Found::none && answer.found != Found::not_told) {
        answer.cause = core::Cause::ok;
        answer.detail.clear();
    } else if (answer.cause == core::Cause::ok) {
        answer.cause = core::Cause::unexpected_answer;
        answer.detail = "a ResolveNames answer without a match in it";
    }
    return answer;
}

core::Outcome<ExpirationAnswer> ask_password_expiration(const Wire& wire, CallContext& context) {
    if (context.version == RequestVersion::exchange2007_sp1) {
        ExpirationAnswer unknown;
        unknown.cause = core::Cause::version_refused;
        return unknown;
    }
    // Not by call_service: an older version does not know the operation.
    const auto read = call_once(
        wire,
        context,
        {password_expiration_operation(), "GetPasswordExpirationDateResponse", Operation::probe, std::nullopt, ""});
    if (!read) {
        return tl::unexpected(read.error());
    }
    ExpirationAnswer answer{read->answer, std::nullopt};
    if (answer.cause == core::Cause::ok && read->message) {
        answer.expires = read_password_expiration(*read->message);
    }
    return answer;
}

core::Outcome<Answer>
probe_service(http::AuthenticatedLane& lane, CallContext& context, const base::Deadline& deadline) {
    return probe_service(wire_of(lane, deadline), context);
}

core::Outcome<MailboxAnswer> open_by_impersonation(http::AuthenticatedLane& lane,
                                                   CallContext& context,
                                                   const std::string& address,
                                                   const base::Deadline& deadline) {
    return open_by_impersonation(wire_of(lane, deadline), context, address);
}

core::Outcome<MailboxAnswer> open_by_full_access(http::AuthenticatedLane& lane,
                                                 CallContext& context,
                                                 const std::string& address,
                                                 const base::Deadline& deadline) {
    return open_by_full_access(wire_of(lane, deadline), context, address);
}

core::Outcome<MailboxAnswer>
open_own(http::AuthenticatedLane& lane, CallContext& context, const base::Deadline& deadline) {
    return open_own(wire_of(lane, deadline), context);
}

core::Outcome<ExpirationAnswer>
ask_password_expiration(http::AuthenticatedLane& lane, CallContext& context, const base::Deadline& deadline) {
    return ask_password_expiration(wire_of(lane, deadline), context);
}

core::Outcome<ResolveAnswer> resolve_address(http::AuthenticatedLane& lane,
                                             CallContext& context,
                                             const std::string& address,
                                             const base::Deadline& deadline) {
    return resolve_address(wire_of(lane, deadline), context, address);
}

} // namespace mailpreflight::ews
