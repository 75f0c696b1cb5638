#include "ews/response_code.hpp"

#include <algorithm>
#include <array>

namespace mailpreflight::ews {

namespace {

using core::Cause;

struct Row {
    std::string_view code;
    Cause cause;
};

// ews.md 4.3, sorted by code. Codes whose meaning depends on where they came from are judged in cause_of() first.
constexpr std::array rows{
    Row{"ErrorADOperation", Cause::server_busy},
    Row{"ErrorADSessionFilter", Cause::server_busy},
    Row{"ErrorADUnavailable", Cause::server_busy},
    Row{"ErrorArchiveMailboxNotEnabled", Cause::request_rejected},
    Row{"ErrorArchiveMailboxServiceDiscoveryFailed", Cause::organization_misconfigured},
    Row{"ErrorAutoDiscoverFailed", Cause::organization_misconfigured},
    Row{"ErrorBatchProcessingStopped", Cause::unexpected_answer},
    Row{"ErrorCallerIsInvalidADAccount", Cause::organization_misconfigured},
    Row{"ErrorCannotFindUser", Cause::mailbox_not_found_here},
    Row{"ErrorClientDisconnected", Cause::server_busy},
    Row{"ErrorConnectionFailed", Cause::mailbox_unavailable},
    Row{"ErrorConnectionFailedTransientError", Cause::mailbox_unavailable},
    Row{"ErrorCorruptData", Cause::root_not_readable},
    Row{"ErrorCrossSiteRequest", Cause::organization_misconfigured},
    Row{"ErrorDataSourceOperation", Cause::server_busy},
    Row{"ErrorDiscoverySearchesDisabled", Cause::organization_misconfigured},
    Row{"ErrorDuplicateLegacyDistinguishedName", Cause::organization_misconfigured},
    Row{"ErrorDuplicateSOAPHeader", Cause::request_rejected},
    Row{"ErrorExceededConnectionCount", Cause::throttled},
    Row{"ErrorExceededFindCountLimit", Cause::throttled},
    Row{"ErrorExceededSubscriptionCount", Cause::throttled},
    Row{"ErrorFindRemoteArchiveFolderFailed", Cause::organization_misconfigured},
    Row{"ErrorFolderCorrupt", Cause::root_not_readable},
    Row{"ErrorFolderPropertRequestFailed", Cause::root_not_readable}, // the schema's own spelling
    Row{"ErrorGetRemoteArchiveFolderFailed", Cause::organization_misconfigured},
    Row{"ErrorImpersonateUserDenied", Cause::impersonation_denied},
    Row{"ErrorImpersonationDenied", Cause::impersonation_right_missing},
    Row{"ErrorImpersonationFailed", Cause::organization_misconfigured},
    Row{"ErrorIncorrectSchemaVersion", Cause::version_refused},
    Row{"ErrorInsufficientResources", Cause::server_busy},
    Row{"ErrorInternalServerError", Cause::server_error},
    Row{"ErrorInternalServerTransientError", Cause::server_busy},
    Row{"ErrorInvalidArgument", Cause::request_rejected},
    Row{"ErrorInvalidAuthorizationContext", Cause::organization_misconfigured},
    Row{"ErrorInvalidClientSecurityContext", Cause::organization_misconfigured},
    Row{"ErrorInvalidCrossForestCredentials", Cause::organization_misconfigured},
    Row{"ErrorInvalidExchangeImpersonationHeaderData", Cause::request_rejected},
    Row{"ErrorInvalidExtendedProperty", Cause::request_rejected},
    Row{"ErrorInvalidFolderId", Cause::request_rejected},
    Row{"ErrorInvalidId", Cause::request_rejected},
    Row{"ErrorInvalidIdEmpty", Cause::request_rejected},
    Row{"ErrorInvalidIdMalformed", Cause::request_rejected},
    Row{"ErrorInvalidIndexedPagingParameters", Cause::request_rejected},
    Row{"ErrorInvalidLicense", Cause::mailbox_disabled},
    Row{"ErrorInvalidManagementRoleHeader", Cause::request_rejected},
    Row{"ErrorInvalidNetworkServiceContext", Cause::organization_misconfigured},
    Row{"ErrorInvalidOperation", Cause::request_rejected},
    Row{"ErrorInvalidPagingMaxRows", Cause::request_rejected},
    Row{"ErrorInvalidPropertyRequest", Cause::request_rejected},
    Row{"ErrorInvalidProxySecurityContext", Cause::organization_misconfigured},
    Row{"ErrorInvalidRequest", Cause::request_rejected},
    Row{"ErrorInvalidSchemaVersionForMailboxVersion", Cause::version_refused},
    Row{"ErrorInvalidSerializedAccessToken", Cause::organization_misconfigured},
    Row{"ErrorInvalidServerVersion", Cause::version_refused},
    Row{"ErrorInvalidSid", Cause::request_rejected},
    Row{"ErrorInvalidSmtpAddress", Cause::invalid_address},
    Row{"ErrorInvalidUserPrincipalName", Cause::mailbox_not_found_here},
    Row{"ErrorInvalidUserSid", Cause::mailbox_not_found_here},
    Row{"ErrorInvalidUserSidMissingUPN", Cause::organization_misconfigured},
    Row{"ErrorItemCorrupt", Cause::root_not_readable},
    Row{"ErrorItemPropertyRequestFailed", Cause::root_not_readable},
    Row{"ErrorLogonAsNetworkServiceFailed", Cause::organization_misconfigured},
    Row{"ErrorMailRecipientNotFound", Cause::mailbox_not_found_here},
    Row{"ErrorMailTipsDisabled", Cause::organization_misconfigured},
    Row{"ErrorMailboxConfiguration", Cause::organization_misconfigured},
    Row{"ErrorMailboxFailover", Cause::mailbox_unavailable},
    Row{"ErrorMailboxLogonFailed", Cause::access_denied},
    Row{"ErrorMailboxMoveInProgress", Cause::mailbox_moving},
    Row{"ErrorMailboxStoreUnavailable", Cause::mailbox_unavailable},
    Row{"ErrorMissingArgument", Cause::request_rejected},
    Row{"ErrorMissingExchangePrincipal", Cause::organization_misconfigured},
    Row{"ErrorMissingInformationEmailAddress", Cause::invalid_address},
    Row{"ErrorMultiLegacyMailboxAccess", Cause::request_rejected},
    Row{"ErrorNameResolutionNoMailbox", Cause::admin_has_no_mailbox},
    Row{"ErrorNameResolutionNoResults", Cause::mailbox_not_found_here},
    Row{"ErrorNoApplicableProxyCASServersAvailable", Cause::organization_misconfigured},
    Row{"ErrorNoDestinationCASDueToKerberosRequirements", Cause::organization_misconfigured},
    Row{"ErrorNoDestinationCASDueToSSLRequirements", Cause::organization_misconfigured},
    Row{"ErrorNoDestinationCASDueToVersionMismatch", Cause::organization_misconfigured},
    Row{"ErrorNoOAuthServerAvailableForRequest", Cause::organization_misconfigured},
    Row{"ErrorNoPublicFolderReplicaAvailable", Cause::organization_misconfigured},
    Row{"ErrorNoPublicFolderServerAvailable", Cause::organization_misconfigured},
    Row{"ErrorNoRespondingCASInDestinationSite", Cause::organization_misconfigured},
    Row{"ErrorNonPrimarySmtpAddress", Cause::address_is_alias},
    Row{"ErrorNotEnoughMemory", Cause::server_busy},
    Row{"ErrorOrganizationAccessBlocked", Cause::organization_misconfigured},
    Row{"ErrorProxiedSubscriptionCallFailure", Cause::request_rejected},
    Row{"ErrorProxyCallFailed", Cause::organization_misconfigured},
    Row{"ErrorProxyGroupSidLimitExceeded", Cause::organization_misconfigured},
    Row{"ErrorProxyRequestNotAllowed", Cause::organization_misconfigured},
    Row{"ErrorProxyRequestProcessingFailed", Cause::organization_misconfigured},
    Row{"ErrorProxyServiceDiscoveryFailed", Cause::organization_misconfigured},
    Row{"ErrorProxySoapException", Cause::organization_misconfigured},
    Row{"ErrorPublicFolderMailboxDiscoveryFailed", Cause::organization_misconfigured},
    Row{"ErrorPublicFolderOperationFailed", Cause::organization_misconfigured},
    Row{"ErrorPublicFolderRequestProcessingFailed", Cause::organization_misconfigured},
    Row{"ErrorPublicFolderServerNotFound", Cause::organization_misconfigured},
    Row{"ErrorPublicFolderSyncException", Cause::organization_misconfigured},
    Row{"ErrorQuotaExceeded", Cause::unexpected_answer}, // reading works when it is full: not for us
    Row{"ErrorRequestStreamTooBig", Cause::request_rejected},
    Row{"ErrorSchemaValidation", Cause::request_rejected},
    Row{"ErrorServerBusy", Cause::throttled},
    Row{"ErrorServiceDiscoveryFailed", Cause::organization_misconfigured},
    Row{"ErrorSubmissionQuotaExceeded", Cause::throttled},
    Row{"ErrorTeamMailboxNotFound", Cause::mailbox_not_found_here},
    Row{"ErrorTimeoutExpired", Cause::server_busy},
    Row{"ErrorTokenSerializationDenied", Cause::organization_misconfigured},
    Row{"ErrorTooManyObjectsOpened", Cause::throttled},
    Row{"ErrorUnifiedGroupMailboxNotFound", Cause::mailbox_not_found_here},
    Row{"ErrorUnsupportedMapiPropertyType", Cause::request_rejected},
    Row{"ErrorWin32InteropError", Cause::server_busy},
    Row{"ErrorWrongServerVersion", Cause::version_refused},
    Row{"ErrorWrongServerVersionDelegate", Cause::version_refused},
};

constexpr bool sorted() {
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (!(rows[i - 1].code < rows[i].code)) {
            return false;
        }
    }
    return true;
}
static_assert(sorted(), "the table is searched by halves");

/// "Not found, or you do not have permission": for msgfolderroot by full access that is a refusal (ews.md 3.4); the
/// owner who does not see his own root is a server that is wrong about itself.
Cause not_found_or_denied(Operation operation, bool moved_recently) {
    if (moved_recently) {
        return Cause::mailbox_moving;
    }
    return operation == Operation::full_access ? Cause::access_denied : Cause::root_not_readable;
}

} // namespace

core::Cause
cause_of(std::string_view code, Transport transport, Operation operation, bool has_mailbox_guid, bool moved_recently) {
    if (code == "NoError") {
        return Cause::ok;
    }
    if (code == "ErrorItemNotFound" || code == "ErrorFolderNotFound") {
        return not_found_or_denied(operation, moved_recently);
    }
    if (code == "ErrorAccessDenied") {
        // As a Fault it is about the caller and the method, not about the mailbox.
        if (transport == Transport::fault) {
            return Cause::ews_access_blocked;
        }
        return operation == Operation::full_access ? Cause::access_denied : Cause::root_not_readable;
    }
    if (code == "ErrorNonExistentMailbox") {
        return has_mailbox_guid ? Cause::mailbox_moved : Cause::mailbox_not_found_here;
    }
    // Whose account these mean is not documented: about a mailbox they settle nothing, and no SOAP body refuses a
    // credential.
    const bool opens_a_mailbox = operation == Operation::impersonation || operation == Operation::full_access;
    if (code == "ErrorPasswordExpired") {
        return opens_a_mailbox ? Cause::organization_misconfigured : Cause::password_expired;
    }
    if (code == "ErrorPasswordChangeRequired") {
        return opens_a_mailbox ? Cause::organization_misconfigured : Cause::password_change_required;
    }
    if (code == "ErrorAccountDisabled") {
        return opens_a_mailbox ? Cause::mailbox_disabled : Cause::admin_account_disabled;
    }
    if (code == "ErrorMissingEmailAddress") {
        // Exchange 2013 does not impersonate for an account without a mailbox (ews.md 2.1); admin_has_no_mailbox is a
        // warning and would make a mailbox that did not open a good one.
        return opens_a_mailbox ? Cause::organization_misconfigured : Cause::admin_has_no_mailbox;
    }
    const auto row = std::lower_bound(
        rows.begin(), rows.end(), code, [](const Row& r, std::string_view wanted) { return r.code < wanted; });
    return row != rows.end() && row->code == code ? row->cause : Cause::unknown_response_code;
}

bool is_version_refusal(std::string_view code) {
    return code == "ErrorInvalidServerVersion" || code == "ErrorIncorrectSchemaVersion" ||
           code == "ErrorInvalidSchemaVersionForMailboxVersion" || code == "ErrorInvalidRequest" ||
           code == "ErrorSchemaValidation" || code == "ErrorWrongServerVersion";
}

} // namespace mailpreflight::ews
