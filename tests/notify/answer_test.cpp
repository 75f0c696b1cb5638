#include "notify/answer.hpp"

#include "values.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::notify {
namespace {

http::Response answer(int status, const std::string& retry_after = "") {
    http::Response response;
    response.status = status;
    response.reason = "SECRET-IN-REASON";
    response.body = "SECRET-IN-BODY";
    if (!retry_after.empty()) {
        response.headers.add("Retry-After", retry_after);
    }
    return response;
}

TEST(AnswerOfAService, decides_by_its_status_alone) {
    const auto result = [](int status) { return delivery_of(answer(status), "x", noon).result; };
    for (const int status : {200, 201, 202, 204, 299}) {
        EXPECT_EQ(result(status), DeliveryResult::delivered) << status;
    }
    for (const int status : {408, 425, 429, 500, 502, 503, 504, 599}) {
        EXPECT_EQ(result(status), DeliveryResult::later) << status;
    }
    for (const int status : {300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 410, 413, 422, 451, 499}) {
        EXPECT_EQ(result(status), DeliveryResult::refused) << status;
    }
}

TEST(AnswerOfAService, repeats_no_word_of_the_answer) {
    EXPECT_EQ(delivery_of(answer(404), "https://hooks.example:443", noon),
              (Delivery{DeliveryResult::refused, "https://hooks.example:443: 404 Not Found", std::nullopt}));
    EXPECT_EQ(delivery_of(answer(302), "x", noon).detail, "x: 302 (a redirect, which is never followed)");
    EXPECT_EQ(delivery_of(answer(418), "x", noon).detail, "x: 418");
}

struct Wait {
    const char* name;
    const char* field;
    std::optional<base::Duration> wait;
};

class RetryAfter : public ::testing::TestWithParam<Wait> {};

TEST_P(RetryAfter, is_heeded_within_bounds) {
    EXPECT_EQ(delivery_of(answer(503, GetParam().field), "x", noon).retry_after, GetParam().wait);
}

INSTANTIATE_TEST_SUITE_P(Notify,
                         RetryAfter,
                         ::testing::Values(Wait{"seconds", "30", 30s},
                                           Wait{"none", "", std::nullopt},
                                           Wait{"zero", "0", 0s},
                                           Wait{"a_day", "86400", 1h},
                                           Wait{"beyond_a_number", "99999999999999999999", 1h},
                                           Wait{"a_date", "Tue, 01 Dec 2026 12:05:00 GMT", 5min},
                                           Wait{"a_date_that_is_over", "Tue, 01 Dec 2026 11:00:00 GMT", 0s},
                                           Wait{"a_date_far_away", "Tue, 01 Dec 2099 11:00:00 GMT", 1h},
                                           Wait{"negative", "-5", std::nullopt},
                                           Wait{"words", "soon", std::nullopt}),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(AnswerOfAService, is_not_awaited_after_a_refusal) {
    EXPECT_EQ(delivery_of(answer(404, "30"), "x", noon).retry_after, std::nullopt);
}

TEST(FailureOnTheWay, is_for_later_and_names_its_cause) {
    for (const core::Cause cause : {core::Cause::dns_timeout,
                                    core::Cause::tcp_unreachable,
                                    core::Cause::certificate_expired,
                                    core::Cause::no_answer,
                                    core::Cause::not_http,
                                    core::Cause::answer_too_large}) {
        const Delivery delivery = delivery_of(core::Failure{core::Stage::exchange, cause, "why\n", 3s}, "x");
        EXPECT_EQ(delivery.result, DeliveryResult::later);
        EXPECT_EQ(delivery.detail, "x: " + std::string(core::code_of(cause)) + ": why ");
        EXPECT_EQ(delivery.retry_after, 3s);
    }
}

TEST(UrlThatIsShown, has_no_path) {
    EXPECT_EQ(shown(http::parse_url("https://hooks.example/services/T0/SECRET?k=SECRET").value()),
              "https://hooks.example:443");
    EXPECT_EQ(shown(http::parse_url("http://[::1]:9093/x").value()), "http://[::1]:9093");
}

} // namespace
} // namespace mailpreflight::notify
