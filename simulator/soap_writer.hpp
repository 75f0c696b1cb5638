#pragma once

#include "simulator/version_profile.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/** SOAP answers in the shapes that the server products use. Pure text building. */
namespace mailpreflight::simulator {

/** What went wrong, whether it travels in a fault or in a response message. */
struct EwsError {
    std::string code;
    std::string text;
    std::vector<std::pair<std::string, std::string>> values; ///< MessageXml: t:Value Name=...
    /** For ErrorSchemaValidation: MessageXml is LineNumber, LinePosition, Violation. */
    struct Violation {
        int line = 0;
        int column = 0;
        std::string text;
    };
    std::optional<Violation> violation;
};

/** The server's English text for a code; the code itself where none is known. */
std::string text_of(std::string_view code);
EwsError make_error(std::string_view code);

/** A 200 answer: envelope, ServerVersionInfo, the operation's response element around its content. */
std::string soap_answer(const VersionProfile& version, std::string_view operation, std::string_view content);
/** The same with ResponseMessages around the messages. */
std::string soap_messages(const VersionProfile& version, std::string_view operation, std::string_view messages);
/** An answer whose response element is itself the one message (GetPasswordExpirationDate). */
std::string soap_one_message(const VersionProfile& version, std::string_view operation, std::string_view content);
/** The same for an error; content: what the schema wants even then. */
std::string soap_one_error(const VersionProfile& version,
                           std::string_view operation,
                           const EwsError& error,
                           std::string_view content);
/** The body of a 500: 2007 with header and Client/Server codes, 2010 and later without header. */
std::string soap_fault(const VersionProfile& version, const EwsError& error);

std::string success_message(std::string_view operation, std::string_view content);
/** after: what follows MessageXml, such as the empty m:Folders of GetFolder. */
std::string error_message(std::string_view operation, const EwsError& error, std::string_view after);
/** ErrorBatchProcessingStopped, or ambiguous names. */
std::string warning_message(std::string_view operation, const EwsError& error, std::string_view after);

} // namespace mailpreflight::simulator
