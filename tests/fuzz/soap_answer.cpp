// An EWS answer: whatever the body says, it is read or judged, and only the service's own success is ok.
#include "ews/answer.hpp"
#include "ews/get_folder.hpp"
#include "ews/resolve_names.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    http::Request request;
    request.target = "/EWS/Exchange.asmx";
    http::Response response;
    response.status = data[0] % 2 == 0 ? 200 : 500;
    response.body = fuzz::text_of(data + 1, size - 1);
    const ews::CallContext context{.user_agent = "fuzz", .host = "mail.contoso.example"};
    for (const auto& [name, operation] : {std::pair("GetFolderResponse", ews::Operation::impersonation),
                                          std::pair("GetFolderResponse", ews::Operation::full_access),
                                          std::pair("ConvertIdResponse", ews::Operation::probe),
                                          std::pair("ResolveNamesResponse", ews::Operation::resolve)}) {
        const ews::Read read = ews::read_answer(request, response, context, name, operation);
        fuzz::must(read.answer.cause != core::Cause::credential_refused, "a SOAP body is never a refused credential");
        fuzz::must(read.answer.evidence.message.size() <= 1300, "a message in evidence is cut");
        if (read.message) {
            ews::read_resolution(*read.message, read.answer.evidence.response_code, "user@contoso.example");
            const auto folder = ews::read_folder(*read.message);
            fuzz::must(!folder || folder->id_digest.size() == 64, "a folder that was read has an id");
        }
    }
    return 0;
}
