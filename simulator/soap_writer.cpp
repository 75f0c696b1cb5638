#include "simulator/soap_writer.hpp"

#include "simulator/text.hpp"
#include "simulator/xml_names.hpp"

#include <fmt/format.h>

#include <unordered_map>

namespace mailpreflight::simulator {

namespace {

const std::unordered_map<std::string_view, std::string_view>& texts() {
    static const std::unordered_map<std::string_view, std::string_view> table = {
        {"ErrorAccessDenied", "Access is denied. Check credentials and try again."},
        {"ErrorAccountDisabled", "Account is disabled. Contact the account administrator."},
        {"ErrorADOperation", "Active Directory operation did not succeed. Try again later."},
        {"ErrorADUnavailable", "Active Directory is unavailable. Try again later."},
        {"ErrorBatchProcessingStopped", "Item was not processed as a result of a previous error."},
        {"ErrorConnectionFailed", "Connection did not succeed. Try again later."},
        {"ErrorCrossSiteRequest",
         "This request isn't allowed because the Client Access server that's servicing the request is in a different "
         "site than the requested resource. Use Autodiscover to find the correct URL for accessing the specified "
         "resource."},
        {"ErrorDuplicateSOAPHeader", "A duplicate SOAP header was received."},
        {"ErrorExceededConnectionCount",
         "You have exceeded the available concurrent connections for your account.  Try again once your other requests "
         "have completed."},
        {"ErrorFolderNotFound", "The specified folder could not be found in the store."},
        {"ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user."},
        {"ErrorImpersonationFailed", "Impersonation failed."},
        {"ErrorIncorrectSchemaVersion",
         "The request is valid but does not specify the correct server version in the RequestServerVersion SOAP "
         "header. "
         " Ensure that the RequestServerVersion SOAP header is set with the correct RequestServerVersionValue."},
        {"ErrorInsufficientResources", "Resources are unavailable. Try again later."},
        {"ErrorInternalServerError", "An internal server error occurred. The operation failed."},
        {"ErrorInternalServerTransientError", "An internal server error occurred. Try again later."},
        {"ErrorInvalidExchangeImpersonationHeaderData",
         "An ExchangeImpersonation SOAP header must contain a user principal name, user SID, or primary SMTP address."},
        {"ErrorInvalidIdMalformed", "Id is malformed."},
        {"ErrorInvalidRequest", "The request is invalid."},
        {"ErrorInvalidSchemaVersionForMailboxVersion",
         "The mailbox that was requested doesn't support the specified RequestServerVersion."},
        {"ErrorInvalidServerVersion", "The specified server version is invalid."},
        {"ErrorInvalidSid", "A SID with an invalid format was encountered."},
        {"ErrorInvalidSmtpAddress", "The SMTP address format is invalid."},
        {"ErrorInvalidSyncStateData", "Synchronization state data is corrupted or otherwise invalid."},
        {"ErrorInvalidUserPrincipalName", "The impersonation principal name is invalid."},
        {"ErrorInvalidUserSid", "The user SID is invalid or does not map to a user in the Active Directory."},
        {"ErrorItemNotFound", "The specified object was not found in the store."},
        {"ErrorMailboxConfiguration", "Unable to access an account or mailbox."},
        {"ErrorMailboxMoveInProgress", "Mailbox move in progress. Try again later."},
        {"ErrorMailboxStoreUnavailable", "The mailbox database is temporarily unavailable."},
        {"ErrorMissingEmailAddress",
         "When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP "
         "address for any distinguished folder Ids."},
        {"ErrorNameResolutionMultipleResults", "Multiple results were found."},
        {"ErrorNameResolutionNoMailbox", "User must have a mailbox for name resolution operations."},
        {"ErrorNameResolutionNoResults", "No results were found."},
        {"ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it."},
        {"ErrorNonPrimarySmtpAddress", "The primary SMTP address must be specified when referencing a mailbox."},
        {"ErrorNoRespondingCASInDestinationSite",
         "Exchange Web Services are not currently available for this request because none of the Client Access Servers "
         "in the destination site could process the request."},
        {"ErrorNotEnoughMemory", "There was not enough memory to complete the request."},
        {"ErrorPasswordChangeRequired", "Password change is required."},
        {"ErrorPasswordExpired", "Password has expired. Change password."},
        {"ErrorQuotaExceeded", "Mailbox has exceeded maximum mailbox size."},
        {"ErrorSchemaValidation", "The request failed schema validation."},
        {"ErrorServerBusy", "The server cannot service this request right now. Try again later."},
        {"ErrorTooManyObjectsOpened", "Too many concurrent connections opened."},
        {"ErrorWrongServerVersion",
         "The Client Access server version doesn't match the Mailbox server version of the resource that was being "
         "accessed. To determine the correct URL to use to access the resource, use Autodiscover with the address of "
         "the resource."},
    };
    return table;
}

std::string version_info(const VersionProfile& version, std::string_view prefix) {
    return fmt::format(R"(<{0}:ServerVersionInfo MajorVersion="{1}" MinorVersion="{2}" MajorBuildNumber="{3}" )"
                       R"(MinorBuildNumber="{4}" Version="{5}" xmlns:{0}="{6}"/>)",
                       prefix,
                       version.major,
                       version.minor,
                       version.build,
                       version.revision,
                       version.schema_version,
                       xmlns::types);
}

constexpr std::string_view declaration = R"(<?xml version="1.0" encoding="utf-8"?>)";

std::string message_xml(const EwsError& error, std::string_view open, std::string_view close) {
    if (error.values.empty() && !error.violation) {
        return {};
    }
    std::string inner;
    for (const auto& [name, value] : error.values) {
        inner += fmt::format(R"(<t:Value Name="{}">{}</t:Value>)", xml_escape(name), xml_escape(value));
    }
    if (error.violation) {
        inner += fmt::format("<t:LineNumber>{}</t:LineNumber><t:LinePosition>{}</t:LinePosition>"
                             "<t:Violation>{}</t:Violation>",
                             error.violation->line,
                             error.violation->column,
                             xml_escape(error.violation->text));
    }
    return fmt::format("{}{}{}", open, inner, close);
}

std::string
message(std::string_view operation, std::string_view response_class, const EwsError& error, std::string_view after) {
    return fmt::format(R"(<m:{0}ResponseMessage ResponseClass="{1}"><m:MessageText>{2}</m:MessageText>)"
                       "<m:ResponseCode>{3}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{4}{5}"
                       "</m:{0}ResponseMessage>",
                       operation,
                       response_class,
                       xml_escape(error.text),
                       error.code,
                       message_xml(error, "<m:MessageXml>", "</m:MessageXml>"),
                       after);
}

std::string fault_2007(const VersionProfile& version, const EwsError& error) {
    const auto detail = [](std::string_view name, std::string_view value) {
        return fmt::format(R"(<e:{0} xmlns:e="{1}">{2}</e:{0}>)", name, xmlns::errors, xml_escape(value));
    };
    const bool servers_fault = error.code == "ErrorInternalServerError" || error.code == "ErrorServerBusy";
    std::string details = detail("ResponseCode", error.code) + detail("Message", error.text);
    std::string fault_string = error.text;
    if (error.violation) {
        fault_string = error.text.substr(0, error.text.size() - 1) + ": " + error.violation->text;
        details = detail("ResponseCode", error.code) + detail("Message", error.violation->text) +
                  detail("Line", std::to_string(error.violation->line)) +
                  detail("Position", std::to_string(error.violation->column));
    }
    details += message_xml({error.code, error.text, error.values, std::nullopt},
                           fmt::format(R"(<e:MessageXml xmlns:e="{}" xmlns:t="{}">)", xmlns::errors, xmlns::types),
                           "</e:MessageXml>");
    return fmt::format(
        R"({}<soap11:Envelope xmlns:soap11="{}"><soap11:Header>{}</soap11:Header><soap11:Body><soap11:Fault>)"
        "<faultcode>soap11:{}</faultcode><faultstring>{}</faultstring><detail>{}</detail>"
        "</soap11:Fault></soap11:Body></soap11:Envelope>",
        declaration,
        xmlns::soap,
        version_info(version, "t"),
        servers_fault ? "Server" : "Client",
        xml_escape(fault_string),
        details);
}

} // namespace

std::string text_of(std::string_view code) {
    const auto found = texts().find(code);
    return std::string(found == texts().end() ? code : found->second);
}

EwsError make_error(std::string_view code) {
    return {.code = std::string(code), .text = text_of(code), .values = {}, .violation = std::nullopt};
}

namespace {

/** attributes: of the operation's response element, with a blank before. */
std::string envelope_around(const VersionProfile& version,
                            std::string_view operation,
                            std::string_view attributes,
                            std::string_view content) {
    const bool old = version.product == Product::exchange_2007;
    return fmt::format(
        R"({0}<{1}:Envelope xmlns:{1}="{2}"><{1}:Header>{3}</{1}:Header>)"
        R"(<{1}:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" )"
        R"(xmlns:xsd="http://www.w3.org/2001/XMLSchema"><m:{4}Response xmlns:m="{5}" xmlns:t="{6}"{7}>{8}</m:{4}Response>)"
        "</{1}:Body></{1}:Envelope>",
        declaration,
        old ? "soap" : "s",
        xmlns::soap,
        version_info(version, old ? "t" : "h"),
        operation,
        xmlns::messages,
        xmlns::types,
        attributes,
        content);
}

} // namespace

std::string soap_answer(const VersionProfile& version, std::string_view operation, std::string_view content) {
    return envelope_around(version, operation, "", content);
}

std::string soap_one_message(const VersionProfile& version, std::string_view operation, std::string_view content) {
    return envelope_around(version,
                           operation,
                           R"( ResponseClass="Success")",
                           fmt::format("<m:ResponseCode>NoError</m:ResponseCode>{}", content));
}

std::string soap_one_error(const VersionProfile& version,
                           std::string_view operation,
                           const EwsError& error,
                           std::string_view content) {
    return envelope_around(version,
                           operation,
                           R"( ResponseClass="Error")",
                           fmt::format("<m:MessageText>{}</m:MessageText><m:ResponseCode>{}</m:ResponseCode>"
                                       "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{}",
                                       xml_escape(error.text),
                                       error.code,
                                       content));
}

std::string soap_messages(const VersionProfile& version, std::string_view operation, std::string_view messages) {
    return soap_answer(version, operation, fmt::format("<m:ResponseMessages>{}</m:ResponseMessages>", messages));
}

std::string soap_fault(const VersionProfile& version, const EwsError& error) {
    if (version.product == Product::exchange_2007) {
        return fault_2007(version, error);
    }
    const std::string fault_string =
        error.violation ? error.text.substr(0, error.text.size() - 1) + ": " + error.violation->text : error.text;
    return fmt::format(
        R"({0}<s:Envelope xmlns:s="{1}"><s:Body><s:Fault><faultcode xmlns:a="{2}">a:{3}</faultcode>)"
        R"(<faultstring xml:lang="en-US">{4}</faultstring><detail><e:ResponseCode xmlns:e="{5}">{3}</e:ResponseCode>)"
        R"(<e:Message xmlns:e="{5}">{6}</e:Message>{7}</detail></s:Fault></s:Body></s:Envelope>)",
        declaration,
        xmlns::soap,
        xmlns::types,
        error.code,
        xml_escape(fault_string),
        xmlns::errors,
        xml_escape(error.text),
        message_xml(error, fmt::format(R"(<t:MessageXml xmlns:t="{}">)", xmlns::types), "</t:MessageXml>"));
}

std::string success_message(std::string_view operation, std::string_view content) {
    return fmt::format(R"(<m:{0}ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>{1})"
                       "</m:{0}ResponseMessage>",
                       operation,
                       content);
}

std::string error_message(std::string_view operation, const EwsError& error, std::string_view after) {
    return message(operation, "Error", error, after);
}

std::string warning_message(std::string_view operation, const EwsError& error, std::string_view after) {
    return message(operation, "Warning", error, after);
}

} // namespace mailpreflight::simulator
