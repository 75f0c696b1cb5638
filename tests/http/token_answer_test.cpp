#include "http/token_answer.hpp"

#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace mailpreflight::http {
namespace {

using core::Cause;

Response answer(int status, std::string body, std::string retry_after = {}) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    if (!retry_after.empty()) {
        response.headers.add("Retry-After", retry_after);
    }
    return response;
}

std::string error_body(const std::string& error, int code) {
    return fmt::format(R"({{"error":"{0}","error_description":"AADSTS{1}: Something PLANTED. Trace ID: t",)"
                       R"("error_codes":[{1}],"timestamp":"2026-01-05 10:11:12Z","trace_id":"aaaa-1",)"
                       R"("correlation_id":"bbbb-2"}})",
                       error,
                       code);
}

TEST(TokenRequestBody, names_the_application_and_its_secret) {
    EXPECT_EQ(
        token_request_body("id", "https://outlook.office365.com/.default", ClientProof::secret, base::Secret("a&b"))
            .text(),
        "client_id=id&scope=https%3A%2F%2Foutlook.office365.com%2F.default&grant_type=client_credentials"
        "&client_secret=a%26b");
}

TEST(TokenRequestBody, carries_an_assertion_in_place_of_a_secret) {
    EXPECT_EQ(token_request_body("id", "s/.default", ClientProof::assertion, base::Secret("x.y.z")).text(),
              "client_id=id&scope=s%2F.default&grant_type=client_credentials&client_assertion_type="
              "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=x.y.z");
}

TEST(TokenAnswer, gives_the_token_and_its_life) {
    const auto grant =
        read_token_answer(answer(200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"eyJ.a.b"})"));
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->token.expose_to([](std::string_view text) { return std::string(text); }), "eyJ.a.b");
    EXPECT_EQ(grant->life, std::chrono::seconds(3599));
}

TEST(TokenAnswer, reads_odd_lives) {
    using std::chrono::seconds;
    const std::map<std::string, std::optional<base::Duration>> lives{
        {R"("3599")", seconds(3599)},
        {"3599.9", seconds(3599)},
        {"86399", seconds(86399)},
        {"1e30", seconds(48 * 3600)},
        {"0", std::nullopt},
        {"-1", std::nullopt},
        {R"("soon")", std::nullopt},
        {"null", std::nullopt},
        {"[]", std::nullopt},
    };
    for (const auto& [text, life] : lives) {
        const auto grant = read_token_answer(
            answer(200, R"({"token_type":"bearer","access_token":"a.b.c","expires_in":)" + text + "}"));
        ASSERT_TRUE(grant) << text;
        EXPECT_EQ(grant->life, life) << text;
    }
}

struct CodeCase {
    int code;
    const char* error;
    int status;
    Cause cause;
    TokenBearing bearing;
};

using enum TokenBearing;

/// Every row of owa-and-auth.md 8.4.
const std::vector<CodeCase> rows{
    {7000215, "invalid_client", 401, Cause::credential_refused, refused},
    {7000222, "invalid_client", 401, Cause::client_secret_expired, refused},
    {7000216, "invalid_client", 401, Cause::oauth_request_wrong, refused},
    {7000218, "invalid_client", 401, Cause::oauth_request_wrong, refused},
    {700016, "unauthorized_client", 400, Cause::client_unknown, refused},
    {7000112, "unauthorized_client", 400, Cause::client_unknown, refused},
    {70001, "unauthorized_client", 400, Cause::client_unknown, refused},
    {700027, "invalid_client", 401, Cause::client_certificate_refused, refused},
    {50012, "invalid_client", 401, Cause::client_certificate_refused, refused},
    {700024, "invalid_client", 401, Cause::assertion_time_refused, refused},
    {500133, "invalid_grant", 400, Cause::assertion_time_refused, refused},
    {50013, "invalid_grant", 400, Cause::assertion_time_refused, refused},
    {700025, "invalid_client", 401, Cause::oauth_request_wrong, refused},
    {700011, "unauthorized_client", 400, Cause::oauth_request_wrong, refused},
    {70011, "invalid_scope", 400, Cause::oauth_request_wrong, refused},
    {500011, "invalid_resource", 400, Cause::oauth_request_wrong, refused},
    {90002, "invalid_request", 400, Cause::tenant_unknown, refused},
    {900382, "invalid_request", 400, Cause::tenant_unknown, refused},
    {90038, "invalid_request", 400, Cause::tenant_unknown, refused},
    {65001, "invalid_grant", 400, Cause::consent_missing, refused},
    {90094, "invalid_grant", 400, Cause::consent_missing, refused},
    {50105, "invalid_grant", 400, Cause::consent_missing, refused},
    {50034, "invalid_grant", 400, Cause::account_unknown, refused},
    {50126, "invalid_grant", 400, Cause::credential_refused, refused},
    {50053, "invalid_grant", 400, Cause::account_locked, locked},
    {50055, "invalid_grant", 400, Cause::password_expired, refused},
    {50144, "invalid_grant", 400, Cause::password_expired, refused},
    {50056, "invalid_grant", 400, Cause::directory_sync_trouble, refused},
    {50064, "invalid_grant", 400, Cause::directory_sync_trouble, refused},
    {50057, "invalid_grant", 400, Cause::admin_account_disabled, refused},
    {50072, "interaction_required", 400, Cause::multi_factor_required, refused},
    {50074, "interaction_required", 400, Cause::multi_factor_required, refused},
    {50076, "interaction_required", 400, Cause::multi_factor_required, refused},
    {50079, "interaction_required", 400, Cause::multi_factor_required, refused},
    {53000, "invalid_grant", 400, Cause::conditional_access, refused},
    {53003, "invalid_grant", 400, Cause::conditional_access, refused},
    {530032, "invalid_grant", 400, Cause::conditional_access, refused},
    {530035, "invalid_grant", 400, Cause::conditional_access, refused},
    {80001, "invalid_grant", 400, Cause::directory_sync_trouble, refused},
    {80002, "invalid_grant", 400, Cause::directory_sync_trouble, not_judged},
    {80005, "invalid_grant", 400, Cause::directory_sync_trouble, not_judged},
    {80014, "invalid_grant", 400, Cause::directory_sync_trouble, refused},
    {50033, "invalid_grant", 400, Cause::token_service_unavailable, not_judged},
    {90006, "temporarily_unavailable", 503, Cause::token_service_unavailable, not_judged},
    {90024, "temporarily_unavailable", 503, Cause::token_service_unavailable, not_judged},
    {90033, "temporarily_unavailable", 503, Cause::token_service_unavailable, not_judged},
    {90055, "temporarily_unavailable", 429, Cause::token_service_unavailable, not_judged},
    {50196, "invalid_grant", 400, Cause::oauth_request_wrong, refused},
};

TEST(TokenAnswer, names_the_cause_of_every_number) {
    for (const CodeCase& row : rows) {
        const auto read = read_token_answer(answer(row.status, error_body(row.error, row.code)));
        ASSERT_FALSE(read) << row.code;
        EXPECT_EQ(read.error().cause, row.cause) << row.code;
        EXPECT_EQ(read.error().bearing, row.bearing) << row.code;
        EXPECT_THAT(read.error().detail, testing::HasSubstr(fmt::format("AADSTS{}: ", row.code)));
        EXPECT_FALSE(core::info(row.cause).remedy.empty());
    }
}

TEST(TokenAnswer, knows_no_number_that_this_table_does_not) {
    std::set<int> tested;
    for (const CodeCase& row : rows) {
        tested.insert(row.code);
    }
    for (const Aadsts& known : aadsts_codes()) {
        EXPECT_TRUE(tested.contains(known.first)) << known.first;
        EXPECT_TRUE(tested.contains(known.last)) << known.last;
    }
    EXPECT_EQ(aadsts(0), nullptr);
    EXPECT_EQ(aadsts(80015), nullptr);
}

TEST(TokenAnswer, a_kept_refusal_keeps_its_cause) {
    for (const CodeCase& row : rows) {
        const auto read = read_token_answer(answer(row.status, error_body(row.error, row.code)));
        EXPECT_EQ(cause_told_by("account app is parked since 2026-12-01T00:00:00.000Z: " + read.error().detail),
                  row.cause);
    }
    const auto read = read_token_answer(answer(400, error_body("unauthorized_client", 1)));
    EXPECT_EQ(cause_told_by("parked: " + read.error().detail), Cause::client_unknown);
    EXPECT_EQ(cause_told_by("account app is parked since yesterday: no reason"), std::nullopt);
    EXPECT_EQ(cause_told_by(""), std::nullopt);
    EXPECT_EQ(cause_told_by("HTTP "), std::nullopt);
}

TEST(TokenAnswer, quotes_trace_and_time_and_nothing_of_the_text) {
    const auto read = read_token_answer(answer(401, error_body("invalid_client", 7000215)));
    ASSERT_FALSE(read);
    EXPECT_EQ(
        read.error().detail,
        "HTTP 401 invalid_client AADSTS7000215: the client secret is wrong: its value is wanted, not its ID; trace "
        "aaaa-1; correlation bbbb-2; at 2026-01-05 10:11:12Z");
}

TEST(TokenAnswer, takes_the_number_of_the_text_where_the_list_is_missing) {
    const auto read =
        read_token_answer(answer(400, R"({"error":"invalid_client","error_description":"AADSTS7000222: expired"})"));
    EXPECT_EQ(read.error().cause, Cause::client_secret_expired);
}

TEST(TokenAnswer, acts_by_the_word_where_the_number_is_not_known) {
    const auto cause = [](int status, const std::string& error) {
        const auto read = read_token_answer(answer(status, error_body(error, 999)));
        return std::pair(read.error().cause, read.error().bearing);
    };
    EXPECT_EQ(cause(401, "invalid_client"), std::pair(Cause::credential_refused, refused));
    EXPECT_EQ(cause(400, "unauthorized_client"), std::pair(Cause::client_unknown, refused));
    EXPECT_EQ(cause(400, "invalid_scope"), std::pair(Cause::oauth_request_wrong, refused));
    EXPECT_EQ(cause(400, "interaction_required"), std::pair(Cause::multi_factor_required, refused));
    EXPECT_EQ(cause(400, "temporarily_unavailable"), std::pair(Cause::token_service_unavailable, not_judged));
    EXPECT_EQ(cause(400, "what_is_this"), std::pair(Cause::unexpected_answer, refused));
    EXPECT_EQ(cause(503, "invalid_client"), std::pair(Cause::token_service_unavailable, not_judged));
    EXPECT_EQ(cause(429, "what_is_this"), std::pair(Cause::token_service_unavailable, not_judged));
}

TEST(TokenAnswer, a_known_refusal_is_one_at_any_status) {
    const auto read = read_token_answer(answer(500, error_body("server_error", 7000215)));
    EXPECT_EQ(read.error().bearing, refused);
}

TEST(TokenAnswer, hears_how_long_to_wait) {
    const auto wait = [](const std::string& field) {
        return read_token_answer(answer(429, "{}", field)).error().retry_after;
    };
    EXPECT_EQ(wait("17"), std::chrono::seconds(17));
    EXPECT_EQ(wait("99999999"), std::chrono::hours(1));
    EXPECT_EQ(wait("-1"), std::nullopt);
    EXPECT_EQ(wait("Wed, 21 Oct 2026 07:28:00 GMT"), std::nullopt);
    EXPECT_EQ(wait(""), std::nullopt);
}

TEST(TokenAnswer, what_is_no_answer_judges_nobody) {
    for (const auto& [status, body] : std::vector<std::pair<int, std::string>>{
             {200, "<html>Please accept the terms</html>"},
             {302, ""},
             {403, "blocked"},
             {407, ""},
             {200, "[]"},
             {200, "{}"},
             {200, R"({"token_type":"Bearer"})"},
             {200, R"({"token_type":"mac","access_token":"a.b.c"})"},
             {200, R"({"token_type":"Bearer","access_token":"a\r\nX: y"})"},
             {200, R"({"token_type":"Bearer","access_token":""})"},
             {404, R"({"message":"no such page"})"},
         }) {
        const auto read = read_token_answer(answer(status, body));
        ASSERT_FALSE(read) << body;
        EXPECT_EQ(read.error().cause, Cause::unexpected_answer) << body;
        EXPECT_EQ(read.error().bearing, not_judged) << body;
    }
    EXPECT_EQ(read_token_answer(answer(502, "<html>")).error().cause, Cause::token_service_unavailable);
}

RC_GTEST_PROP(TokenAnswerProperty, anything_is_read_and_nothing_breaks_a_line, (int status, const std::string& body)) {
    const auto read = read_token_answer(answer(status, body));
    if (!read) {
        RC_ASSERT(read.error().detail.find_first_of("\r\n") == std::string::npos);
        RC_ASSERT(read.error().detail.size() < 600U);
    }
}

RC_GTEST_PROP(TokenAnswerProperty, hostile_members_stay_out_of_the_detail, (const std::string& text)) {
    std::string escaped;
    for (const char c : text) {
        escaped += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    }
    const auto read = read_token_answer(answer(
        400, fmt::format(R"({{"error":"{0}","trace_id":"{0}","timestamp":"{0}","error_codes":["{0}"]}})", escaped)));
    RC_ASSERT(!read);
    RC_ASSERT(read.error().bearing == refused || read.error().bearing == not_judged);
    RC_ASSERT(base::is_valid_utf8(read.error().detail));
    RC_ASSERT(read.error().detail.find_first_of("\r\n\x1b") == std::string::npos);
}

} // namespace
} // namespace mailpreflight::http
