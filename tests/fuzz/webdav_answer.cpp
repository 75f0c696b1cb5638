// WebDAV's answers at /exchange: no mailbox passes but by a 207, and nothing but Exchange's own word is a login.
#include "ews/webdav.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto [head, body] = fuzz::parts_of(fuzz::text_of(data + 1, size - 1));
    constexpr int statuses[] = {207, 302, 401, 403, 404, 440, 500, 503};
    http::Response response;
    response.status = statuses[data[0] % 8];
    response.body = body;
    response.headers.add(data[0] < 128 ? "Location" : "MS-WebStorage", std::string(head));
    const http::Url asked{"https", "mail.contoso.example", 443, "/exchange/anna@contoso.example/"};
    const ews::WebDavVerdict verdict = ews::judge_folders_propfind(asked, response);
    fuzz::must(verdict.cause != core::Cause::ok || response.status == 207, "only a 207 opens a mailbox");
    fuzz::must(verdict.cause != core::Cause::ok || verdict.login == core::PresentationResult::accepted,
               "who sees folders is logged in");
    fuzz::must(!(verdict.session_gone && verdict.login == core::PresentationResult::accepted),
               "a session that is gone accepted nobody");
    static_cast<void>(ews::judge_exchange_door(asked, response));
    static_cast<void>(ews::path_segment(head));
    return 0;
}
