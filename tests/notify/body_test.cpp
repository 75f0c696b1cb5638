#include "notify/body.hpp"

#include "notify/body_template.hpp"
#include "notify/signature.hpp"
#include "notify/webhook.hpp"
#include "values.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::notify {
namespace {

std::string written(const core::Notice& notice, std::string_view link = "") {
    return json::write(body(notice, origin, link)) + "\n";
}

TEST(WebhookBody, of_rights_lost) {
    expect_golden("webhook-firing.json", written(firing(), "https://board.example/"));
}

TEST(WebhookBody, of_what_is_resolved) {
    expect_golden("webhook-resolved.json", written(resolved()));
}

TEST(WebhookBody, of_a_verdict) {
    expect_golden("webhook-verdict.json", written(verdict()));
}

TEST(WebhookBody, of_a_trial) {
    expect_golden("webhook-trial.json", written(trial()));
}

TEST(WebhookBody, of_what_others_wrote_into_it) {
    expect_golden("webhook-hostile.json", written(hostile()));
}

TEST(WebhookBody, counts_what_its_samples_leave_out) {
    EXPECT_EQ(body(firing(), origin).at("truncated").as_integer(), 410);
    EXPECT_EQ(body(trial(), origin).at("truncated").as_integer(), 0);
}

RC_GTEST_PROP(WebhookBody, is_json_whatever_a_notice_says, (std::string title, std::string text, std::string name)) {
    core::Notice notice = firing();
    notice.title = title;
    notice.text = text;
    notice.batches.front().name = name;
    RC_ASSERT(json::parse(written(notice)).has_value());
}

TEST(Signature, is_hmac_sha_256_over_time_point_and_body) {
    // printf '1796126400.{"a":1}' | openssl dgst -sha256 -hmac secret
    EXPECT_EQ(signature(base::Secret("secret"), noon, R"({"a":1})"),
              "t=1796126400,v1=0885d823c423a647931fbe599f5a0f3c9de5a2b2cd1d1cd5832f5daa1f42a0f9");
}

WebhookSettings webhook() {
    WebhookSettings settings;
    settings.service = service_at("https://hooks.example/x");
    return settings;
}

TEST(Webhook, carries_the_id_as_its_idempotency_key_and_is_signed_where_there_is_a_key) {
    WebhookSettings settings = webhook();
    settings.headers.push_back({"Authorization", base::Secret("Bearer PLANTED")});
    Post post = webhook_post(firing(), origin, settings, "", noon);
    EXPECT_EQ(post.headers.first("Idempotency-Key"), "I17.3.ops");
    EXPECT_EQ(post.headers.first("Content-Type"), "application/json");
    EXPECT_EQ(post.headers.first("Authorization"), "Bearer PLANTED");
    EXPECT_FALSE(post.headers.has("X-Mailpreflight-Signature"));
    settings.signing_key = base::Secret("secret");
    post = webhook_post(firing(), origin, settings, "", noon);
    EXPECT_EQ(post.headers.first("X-Mailpreflight-Signature"), signature(base::Secret("secret"), noon, post.body));
}

TEST(Webhook, refuses_header_fields_that_are_ours_or_none) {
    for (const char* const name :
         {"Host", "content-type", "Idempotency-Key", "X-Mailpreflight-Signature", "a b", "", "x:"}) {
        WebhookSettings settings = webhook();
        settings.headers.push_back({name, base::Secret("x")});
        EXPECT_TRUE(problem_of_webhook(settings)) << name;
    }
    WebhookSettings settings = webhook();
    settings.headers.push_back({"X-Key", base::Secret("HUSH\r\nX-Other: 1")});
    ASSERT_TRUE(problem_of_webhook(settings));
    EXPECT_THAT(*problem_of_webhook(settings), ::testing::Not(::testing::HasSubstr("HUSH")));
    EXPECT_EQ(problem_of_webhook(webhook()), std::nullopt);
}

TEST(BodyTemplate, is_filled_with_escaped_words) {
    EXPECT_EQ(
        filled(R"({"message":"{severity}: {title}","n":{subjects},"why":"{reason}"})", firing(), origin),
        R"({"message":"critical: contoso: impersonation_denied for 412 mailboxes","n":412,"why":"12 more than was told"})");
    EXPECT_EQ(filled("{ {} {Title} {title {a1}", firing(), origin), "{ {} {Title} {title {a1}");
    core::Notice notice = firing();
    notice.reason = "a \"quoted\" \\ line\nbreak {title}";
    EXPECT_EQ(filled("{reason}", notice, origin), R"(a \"quoted\" \\ line\nbreak {title})");
}

TEST(BodyTemplate, knows_each_word_that_it_documents) {
    EXPECT_EQ(
        filled("{id}|{receiver}|{group}|{dedup_key}|{class}|{status}|{at}|{since}|{ended}|{source}|{cause}|{direction}|"
               "{batches}|{host}|{installation}|{version}|{remedy}",
               resolved(),
               origin),
        "I17.4.ops|ops|I17|0123456789abcdef/I17|rights|resolved|2026-12-01T13:00:00.000000Z|"
        "2026-12-01T10:00:00.000000Z|2026-12-01T13:00:00.000000Z|contoso|impersonation_denied|lost|wave1|"
        "migrator1.contoso.example|0123456789abcdef|1.2.0|");
}

TEST(BodyTemplate, with_an_unknown_placeholder_is_a_problem_that_names_the_nearest) {
    EXPECT_EQ(problem_of_template(R"({"a":"{titel}"})"),
              "the template has no placeholder {titel}; did you mean {title}?");
    EXPECT_EQ(problem_of_template(R"({"a":"{qqqqqqqqqqqq}"})"), "the template has no placeholder {qqqqqqqqqqqq}");
    EXPECT_EQ(problem_of_template("payload={title}", false), std::nullopt);
    EXPECT_EQ(problem_of_template(""), std::nullopt);
}

TEST(BodyTemplate, that_is_no_json_when_it_is_filled_in_is_a_problem) {
    EXPECT_THAT(problem_of_template(R"({"a":{title}})").value_or(""),
                ::testing::StartsWith("the template is not JSON"));
    EXPECT_TRUE(problem_of_template(R"({"a":"{title}")"));
    EXPECT_EQ(problem_of_template(R"({"a":"{title}","n":{subjects},"b":{"c":"{text}"}})"), std::nullopt);
    EXPECT_EQ(problem_of_template(R"({"a":{title}})", false), std::nullopt);
}

RC_GTEST_PROP(BodyTemplate, without_a_problem_is_json_whatever_a_notice_says, (std::string title, std::string text)) {
    const std::string source = R"([{"a":"{title}","b":"{text} {samples} {remedy}","c":[{subjects}]}])";
    RC_PRE(!problem_of_template(source));
    core::Notice notice = firing();
    notice.title = title;
    notice.text = text;
    notice.remedy = title + text;
    RC_ASSERT(json::parse(filled(source, notice, origin)).has_value());
}

RC_GTEST_PROP(BodyTemplate, of_any_bytes_is_filled_or_refused_and_never_more, ()) {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "{", "}", "{title}", "{x}", "{{title}}", "{_}", "\"", "\\", "[", "]", ":", ",", "\n", "\xFF", "a", "{text"));
    const std::string source = base::join(pieces, "");
    const auto problem = problem_of_template(source);
    const std::string body = filled(source, hostile(), origin);
    if (!problem && !base::trim(source).empty() &&
        std::string_view("{[").find(base::trim(source).front()) != std::string_view::npos) {
        RC_ASSERT(json::parse(body).has_value());
    }
}

} // namespace
} // namespace mailpreflight::notify
