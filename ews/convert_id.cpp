#include "ews/convert_id.hpp"

namespace mailpreflight::ews {

std::string convert_id_operation() {
    return "<m:ConvertId DestinationFormat=\"EntryId\"><m:SourceIds>"
           "<t:AlternateId Format=\"EwsId\" Id=\"DUMMY\" Mailbox=\"dummy@example.org\"/>"
           "</m:SourceIds></m:ConvertId>";
}

bool proves_login(std::string_view response_code) {
    return response_code == "NoError" || response_code == "ErrorInvalidIdMalformed" ||
           response_code == "ErrorInvalidId" || response_code == "ErrorInvalidIdEmpty" ||
           response_code == "ErrorInvalidSmtpAddress" || response_code == "ErrorInvalidIdXml" ||
           response_code == "ErrorInvalidIdTooLong" || response_code == "ErrorInvalidIdNotAnItemAttachmentId" ||
           response_code == "ErrorMissingEmailAddress" || response_code == "ErrorNonExistentMailbox";
}

} // namespace mailpreflight::ews
