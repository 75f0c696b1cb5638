// OWA's answers: a login is proven by nothing that a page merely says, and nothing is posted to another origin.
#include "ews/owa_page.hpp"

#include "ews/logon_label.hpp"
#include "ews/owa_login.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto [location, body] = fuzz::parts_of(fuzz::text_of(data + 1, size - 1));
    http::Response response;
    response.status = data[0] % 4 == 0 ? 200 : data[0] % 4 == 1 ? 302 : data[0] % 4 == 2 ? 440 : 500;
    response.body = body;
    response.headers.add("Location", std::string(location));
    response.headers.add("Set-Cookie", std::string(location));
    const http::Url posted{"https", "mail.contoso.example", 443, "/owa/auth.owa"};
    const http::Url wanted{"https", "mail.contoso.example", 443, "/owa/"};
    const ews::LoginVerdict login = ews::judge_login(posted, wanted, response);
    fuzz::must(login.cause != core::Cause::ok || login.result == core::PresentationResult::accepted,
               "ok is an accepted presentation");
    fuzz::must(!login.next || login.next->host == posted.host, "the second proof is fetched from the same host");
    const ews::PageVerdict page = ews::judge_page(wanted, response);
    fuzz::must(!page.next || page.next->host == wanted.host, "a redirect that is followed stays on the host");
    fuzz::must(!(page.refused && page.cause == core::Cause::ok), "a refusal is not ok");
    static_cast<void>(ews::owa_logon_form(body));
    static_cast<void>(ews::build_of_page(body));
    fuzz::must(ews::logon_label(body).size() <= 110, "a label is cut");
    static_cast<void>(ews::owa_error_of(response));
    static_cast<void>(ews::front_door_of(wanted, response));
    static_cast<void>(ews::scripted_location(body));
    static_cast<void>(ews::logon_format_of(body));
    static_cast<void>(ews::tmg_logon_form(body));
    return 0;
}
