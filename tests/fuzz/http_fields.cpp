// Fields of an HTTP answer: redirects, cookies, challenges, packed bodies; and the head of a proxy's.
#include "base/text.hpp"
#include "http/challenge.hpp"
#include "http/cookie_jar.hpp"
#include "http/gzip.hpp"
#include "http/name_hints.hpp"
#include "http/proxy_answer.hpp"
#include "http/redirect.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const auto [first, second] = fuzz::parts_of(text);
    const base::SystemTime now{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)};
    const http::Url from{"https", "mail.contoso.example", 443, "/owa/"};
    http::Response response;
    response.status = 302;
    response.headers.add("Location", std::string(first));
    response.headers.add("Set-Cookie", std::string(first));
    response.headers.add("Set-Cookie", std::string(second));
    response.headers.add("WWW-Authenticate", std::string(second));
    const http::Redirect redirect = http::judge_redirect(from, "GET", response, 0);
    if (redirect.decision == http::RedirectDecision::follow) {
        fuzz::must(redirect.to && redirect.to->scheme == "https" && redirect.to->host == from.host &&
                       redirect.to->port == from.port,
                   "what is followed stays at its origin");
        const auto again = http::parse_url(http::to_text(*redirect.to));
        fuzz::must(again && *again == *redirect.to, "a URL survives being written");
    }
    fuzz::must(http::judge_redirect(from, "POST", response, 0).decision != http::RedirectDecision::follow,
               "what a POST carried is not sent again");
    http::CookieJar jar(from);
    jar.take(response.headers, "/owa/auth/logon.aspx", now);
    fuzz::must(jar.size() <= 2, "a field is a cookie at most");
    fuzz::must(jar.field_for("/owa/", now).find_first_of("\r\n") == std::string::npos, "a cookie breaks no line");
    static_cast<void>(http::offered_schemes(response.headers));
    if (const auto answer = http::read_proxy_answer(text)) {
        fuzz::must(answer->status >= 0 && answer->status <= 999, "a status has three digits");
        fuzz::must(!answer->offers_basic || answer->offers.find("basic") != std::string::npos,
                   "what is offered is told");
        fuzz::must(base::is_valid_utf8(answer->word), "its word can be shown");
    }
    static_cast<void>(http::basic_realm(response.headers));
    static_cast<void>(http::read_ntlm_challenge(text));
    constexpr std::size_t limit = 1024 * 1024;
    const auto inflated = http::gunzip(text, limit);
    fuzz::must(!inflated || inflated->size() <= limit, "the limit holds");
    return 0;
}
