#include "ews/response_code.hpp"

namespace mailpreflight::ews {
namespace {

using core::Cause;

struct Row {
    const char* code;
    Transport transport;
    Operation operation;
    Cause cause;
    bool has_guid = false;
    bool moved_recently = false;
};

constexpr auto fault = Transport::fault;
constexpr auto message = Transport::message;
constexpr auto probe = Operation::probe;
constexpr auto impersonation = Operation::impersonation;
constexpr auto full_access = Operation::full_access;
constexpr auto resolve = Operation::resolve;

const std::vector<Row> rows{
    {"NoError", message, impersonation, Cause::ok},
    {"ErrorImpersonateUserDenied", fault, impersonation, Cause::impersonation_denied},
    {"ErrorImpersonationDenied", fault, impersonation, Cause::impersonation_right_missing},
    {"ErrorImpersonationFailed", fault, impersonation, Cause::organization_misconfigured},
    {"ErrorAccessDenied", message, full_access, Cause::access_denied},
    {"ErrorAccessDenied", message, impersonation, Cause::root_not_readable},
    {"ErrorAccessDenied", fault, full_access, Cause::ews_access_blocked},
    {"ErrorAccessDenied", fault, probe, Cause::ews_access_blocked},
    {"ErrorItemNotFound", message, full_access, Cause::access_denied},
    {"ErrorFolderNotFound", message, full_access, Cause::access_denied},
    {"ErrorItemNotFound", message, full_access, Cause::mailbox_moving, false, true},
    {"ErrorItemNotFound", message, impersonation, Cause::root_not_readable},
    {"ErrorNonExistentMailbox", fault, impersonation, Cause::mailbox_not_found_here},
    {"ErrorNonExistentMailbox", message, full_access, Cause::mailbox_not_found_here},
    {"ErrorNonExistentMailbox", message, full_access, Cause::mailbox_moved, true},
    {"ErrorNonPrimarySmtpAddress", fault, impersonation, Cause::address_is_alias},
    {"ErrorInvalidSmtpAddress", fault, impersonation, Cause::invalid_address},
    {"ErrorServerBusy", fault, impersonation, Cause::throttled},
    {"ErrorServerBusy", message, full_access, Cause::throttled},
    {"ErrorExceededConnectionCount", fault, full_access, Cause::throttled},
    {"ErrorTooManyObjectsOpened", message, full_access, Cause::throttled},
    {"ErrorTimeoutExpired", message, full_access, Cause::server_busy},
    {"ErrorADUnavailable", message, full_access, Cause::server_busy},
    {"ErrorInternalServerTransientError", message, full_access, Cause::server_busy},
    {"ErrorInternalServerError", fault, impersonation, Cause::server_error},
    {"ErrorMailboxMoveInProgress", message, full_access, Cause::mailbox_moving},
    {"ErrorMailboxStoreUnavailable", message, full_access, Cause::mailbox_unavailable},
    {"ErrorMailboxFailover", message, full_access, Cause::mailbox_unavailable},
    {"ErrorAccountDisabled", message, impersonation, Cause::mailbox_disabled},
    {"ErrorAccountDisabled", fault, probe, Cause::admin_account_disabled},
    {"ErrorPasswordExpired", fault, probe, Cause::password_expired},
    {"ErrorPasswordExpired", message, full_access, Cause::organization_misconfigured},
    {"ErrorPasswordChangeRequired", message, impersonation, Cause::organization_misconfigured},
    {"ErrorMissingEmailAddress", fault, impersonation, Cause::organization_misconfigured},
    {"ErrorMissingEmailAddress", message, resolve, Cause::admin_has_no_mailbox},
    {"ErrorNameResolutionNoMailbox", message, resolve, Cause::admin_has_no_mailbox},
    {"ErrorNameResolutionNoResults", message, resolve, Cause::mailbox_not_found_here},
    {"ErrorInvalidServerVersion", fault, probe, Cause::version_refused},
    {"ErrorWrongServerVersion", message, full_access, Cause::version_refused},
    {"ErrorSchemaValidation", fault, probe, Cause::request_rejected},
    {"ErrorInvalidRequest", fault, probe, Cause::request_rejected},
    {"ErrorBatchProcessingStopped", message, full_access, Cause::unexpected_answer},
    {"ErrorQuotaExceeded", message, impersonation, Cause::unexpected_answer},
    {"ErrorNoRespondingCASInDestinationSite", fault, full_access, Cause::organization_misconfigured},
    {"ErrorFolderCorrupt", message, impersonation, Cause::root_not_readable},
    {"ErrorOfTheFuture", message, impersonation, Cause::unknown_response_code},
    {"", fault, impersonation, Cause::unknown_response_code},
    {"noerror", message, impersonation, Cause::unknown_response_code},
};

TEST(ResponseCode, means_what_the_reference_says) {
    for (const Row& row : rows) {
        EXPECT_EQ(core::code_of(cause_of(row.code, row.transport, row.operation, row.has_guid, row.moved_recently)),
                  core::code_of(row.cause))
            << row.code;
    }
}

/// A mailbox that did not open must not look as if it had: of what opens one, only NoError passes and only an alias
/// warns.
TEST(ResponseCode, no_error_makes_a_mailbox_pass) {
    for (const Row& row : rows) {
        for (const Operation operation : {impersonation, full_access}) {
            for (const Transport transport : {fault, message}) {
                const Cause cause = cause_of(row.code, transport, operation, false, false);
                const bool good =
                    core::state_of(cause) == core::State::pass || core::state_of(cause) == core::State::warn;
                EXPECT_EQ(good, std::string_view(row.code) == "NoError" || cause == Cause::address_is_alias)
                    << row.code;
            }
        }
    }
}

/// A SOAP body is never a refusal of the credential (DESIGN 6.1).
TEST(ResponseCode, never_refuses_the_credential) {
    for (const Row& row : rows) {
        for (const Operation operation : {probe, impersonation, full_access, resolve}) {
            const Cause cause = cause_of(row.code, fault, operation, false, false);
            EXPECT_NE(cause, Cause::credential_refused) << row.code;
            EXPECT_NE(cause, Cause::account_locked) << row.code;
        }
    }
}

} // namespace
} // namespace mailpreflight::ews
