// What a token endpoint says, what a token says of itself, and why Exchange refuses one.
#include "http/token_answer.hpp"

#include "http/bearer_refusal.hpp"
#include "http/jwt.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const auto [first, second] = fuzz::parts_of(text);
    for (const int status : {200, 302, 400, 401, 429, 503}) {
        http::Response response;
        response.status = status;
        response.body = first;
        response.headers.add("Retry-After", std::string(second));
        const auto read = http::read_token_answer(response);
        if (read) {
            fuzz::must(status == 200, "a token comes with 200 alone");
            fuzz::must(read->token.expose_to([](std::string_view token) { return http::is_token_text(token); }),
                       "a token breaks no field");
            fuzz::must(!read->life || *read->life > base::Duration::zero(), "a life is positive");
        } else {
            fuzz::must(read.error().detail.find_first_of("\r\n") == std::string::npos, "a detail is one line");
            fuzz::must(!read.error().retry_after || *read.error().retry_after <= std::chrono::hours(1),
                       "a wait is bounded");
            static_cast<void>(http::cause_told_by(read.error().detail));
        }
    }
    const auto claims = http::read_claims(text);
    static_cast<void>(http::read_claims("e30." + http::to_base64url(text) + ".e30"));
    static_cast<void>(http::cause_told_by(text));
    http::Headers headers;
    headers.add("x-ms-diagnostics", std::string(first));
    headers.add("WWW-Authenticate", "Bearer " + std::string(second));
    const std::string told =
        http::bearer_refusal(headers, claims ? std::optional(*claims) : std::nullopt, "mail.contoso.example");
    fuzz::must(told.find_first_of("\r\n") == std::string::npos, "a refusal is one line");
    return 0;
}
