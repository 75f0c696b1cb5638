#include "http/oauth.hpp"

#include "http/authenticated_lane.hpp"
#include "http/rest_client.hpp"
#include "tests/http/support.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace mailpreflight::http {
namespace {

using base::Deadline;
using core::Cause;
using core::PresentationResult;
using testing::Received;
using testing::RecordingGate;
using testing::ServerSide;
using testing::TestNetwork;
using testing::TestServer;
using Finish = RecordingGate::Finish;
using Need = OAuth::Need;
using namespace std::chrono_literals;

[[maybe_unused]] const bool prepared = (prepare_rest_client(), true);

const base::SystemTime today{std::chrono::sys_days{std::chrono::December / 1 / 2026}};

std::string text_of(const TokenPtr& token) {
    return token ? token->text.expose_to([](std::string_view text) { return std::string(text); }) : "";
}

/// A token endpoint that gives out token-1, token-2 and so on, unless it was told to say something else.
class OAuthTest : public ::testing::Test {
protected:
    OAuthTest() :
        endpoint_([this](ServerSide& side) { serve(side); }) {}

    void serve(ServerSide& side) {
        const auto received = side.read();
        if (!received) {
            return;
        }
        std::unique_lock lock(mutex_);
        requests_.push_back(*received);
        if (answers_.empty()) {
            const std::string body = fmt::format(
                R"({{"token_type":"Bearer","expires_in":{},"access_token":"token-{}"}})", life_, requests_.size());
            lock.unlock();
            side.answer("200 OK", "", body);
            return;
        }
        const auto [status, head, body] = answers_.front();
        answers_.pop_front();
        lock.unlock();
        if (status.empty()) {
            side.cut();
        } else {
            side.answer(status, head, body);
        }
    }

    std::unique_ptr<OAuth> oauth() {
        OAuthSettings settings;
        settings.token_url = {"https", "127.0.0.1", endpoint_.port(), "/tenant/oauth2/v2.0/token"};
        settings.client_id = "client";
        settings.ca_file = ca_file_.path();
        return std::make_unique<OAuth>(settings);
    }

    template <typename Use>
    auto with_call(Use use, const std::string& scope = "https://mail/.default") {
        const Deadline deadline = Deadline::in(20s);
        const std::function<core::Outcome<core::Permit>(const Deadline&)> ask_permit = [&](const Deadline& until) {
            return gate_.begin({.account = "app", .fingerprint = "f", .door = {"contoso", "oauth"}}, until);
        };
        return use(OAuth::Call{*network_, clock_, secret_, scope, ask_permit, deadline});
    }

    core::Outcome<TokenPtr>
    token(OAuth& oauth, Need need = Need::any, const std::string& scope = "https://mail/.default") {
        return with_call([&](const OAuth::Call& call) { return oauth.token(call, need); }, scope);
    }
    core::Outcome<TokenPtr> another(OAuth& oauth, const TokenPtr& refused) {
        return with_call([&](const OAuth::Call& call) { return oauth.another(call, refused); });
    }

    void refuse(int code, const std::string& error = "invalid_client") {
        answers_.emplace_back(
            "401 Unauthorized", "", fmt::format(R"({{"error":"{}","error_codes":[{}]}})", error, code));
    }

    TestNetwork network_;
    testing::TestFile ca_file_{testing::test_authority().pem()};
    RecordingGate gate_;
    base::SimulatedClock clock_{today};
    base::Secret secret_{"s3cret"};
    std::mutex mutex_;
    std::vector<Received> requests_;
    std::deque<std::tuple<std::string, std::string, std::string>> answers_;
    int life_ = 3599;
    TestServer endpoint_;
};

TEST_F(OAuthTest, asks_once_and_keeps_the_token) {
    const auto one = oauth();
    EXPECT_EQ(text_of(*token(*one)), "token-1");
    EXPECT_EQ(text_of(*token(*one)), "token-1");
    ASSERT_EQ(requests_.size(), 1U);
    EXPECT_EQ(requests_[0].line, "POST /tenant/oauth2/v2.0/token HTTP/1.1");
    EXPECT_EQ(
        requests_[0].body,
        "client_id=client&scope=https%3A%2F%2Fmail%2F.default&grant_type=client_credentials&client_secret=s3cret");
    EXPECT_EQ(requests_[0].field("Content-Type"), "application/x-www-form-urlencoded");
    ASSERT_EQ(gate_.begins.size(), 1U);
    EXPECT_EQ(gate_.finishes, (std::vector<Finish>{{PresentationResult::accepted, "a token was given"}}));
}

TEST_F(OAuthTest, renews_when_less_than_five_minutes_or_a_tenth_is_left) {
    const auto one = oauth();
    ASSERT_TRUE(token(*one));
    clock_.advance(3598s - 360s);
    EXPECT_EQ(text_of(*token(*one)), "token-1");
    clock_.advance(2s);
    EXPECT_EQ(text_of(*token(*one)), "token-2");

    AccessToken short_lived;
    short_lived.life = 20min;
    short_lived.ends = base::SteadyTime(20min);
    EXPECT_FALSE(wants_renewal(short_lived, base::SteadyTime(15min)));
    EXPECT_TRUE(wants_renewal(short_lived, base::SteadyTime(15min + 1s)));
    short_lived.ends.reset();
    EXPECT_TRUE(wants_renewal(short_lived, base::SteadyTime(0min)));
}

TEST_F(OAuthTest, a_token_for_one_scope_is_not_shown_for_another) {
    const auto one = oauth();
    EXPECT_EQ(text_of(*token(*one)), "token-1");
    const auto other = token(*one, Need::any, "https://other/.default");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().cause, Cause::presentation_withheld);
    EXPECT_EQ(other.error().retry_after, 60s);
    clock_.advance(60s);
    EXPECT_EQ(text_of(*token(*one, Need::any, "https://other/.default")), "token-2");
    EXPECT_EQ(text_of(*token(*one)), "token-1");
}

TEST_F(OAuthTest, a_fresh_token_is_asked_for_once_a_minute) {
    const auto one = oauth();
    EXPECT_EQ(text_of(*token(*one, Need::fresh)), "token-1");
    clock_.advance(59s);
    EXPECT_EQ(text_of(*token(*one, Need::fresh)), "token-1");
    clock_.advance(1s);
    EXPECT_EQ(text_of(*token(*one, Need::fresh)), "token-2");
    EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(OAuthTest, a_refused_secret_is_presented_once_and_takes_the_tokens_with_it) {
    const auto one = oauth();
    ASSERT_TRUE(token(*one));
    clock_.advance(20min);
    refuse(7000222);
    auto refused = token(*one, Need::fresh);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().cause, Cause::client_secret_expired);
    EXPECT_EQ(refused.error().stage, core::Stage::authenticate);
    EXPECT_EQ(gate_.finishes.back().result, PresentationResult::refused);

    gate_.refusal = core::Failure{core::Stage::authenticate,
                                  Cause::credential_parked,
                                  "account app is parked since then: " + gate_.finishes.back().why,
                                  std::nullopt};
    clock_.advance(2min);
    refused = token(*one);
    ASSERT_FALSE(refused) << "the kept token died with the secret";
    EXPECT_EQ(refused.error().cause, Cause::client_secret_expired) << "a parked account keeps saying why";
    EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(OAuthTest, a_lock_is_told_to_the_guard) {
    refuse(50053, "invalid_grant");
    const auto one = oauth();
    EXPECT_EQ(token(*one).error().cause, Cause::account_locked);
    EXPECT_TRUE(gate_.finishes.back().locked);
}

TEST_F(OAuthTest, trouble_at_the_endpoint_is_no_refusal_and_is_waited_for) {
    const auto one = oauth();
    answers_.emplace_back(
        "429 Too Many", "Retry-After: 90\r\n", R"({"error":"temporarily_unavailable","error_codes":[90055]})");
    auto held = token(*one);
    ASSERT_FALSE(held);
    EXPECT_EQ(held.error().cause, Cause::token_service_unavailable);
    EXPECT_EQ(held.error().retry_after, 90s);
    EXPECT_EQ(gate_.finishes.back().result, PresentationResult::unanswered);
    clock_.advance(89s);
    EXPECT_EQ(token(*one).error().cause, Cause::token_service_unavailable);
    EXPECT_EQ(requests_.size(), 1U);
    clock_.advance(1s);
    EXPECT_EQ(text_of(*token(*one)), "token-2");
}

TEST_F(OAuthTest, trouble_ahead_of_time_does_not_take_a_good_token_away) {
    const auto one = oauth();
    ASSERT_TRUE(token(*one));
    clock_.advance(55min);
    answers_.emplace_back("503 Busy", "", "<html>");
    EXPECT_EQ(text_of(*token(*one)), "token-1");
    EXPECT_EQ(requests_.size(), 2U);
    clock_.advance(5min);
    EXPECT_EQ(text_of(*token(*one)), "token-3") << "until it is over";
}

TEST_F(OAuthTest, a_lost_answer_is_unanswered_and_a_refused_connection_is_not_sent) {
    const auto one = oauth();
    answers_.emplace_back("", "", "");
    EXPECT_EQ(token(*one).error().cause, Cause::token_service_unavailable);
    EXPECT_EQ(gate_.finishes.back().result, PresentationResult::unanswered);

    OAuthSettings settings;
    settings.token_url = {"https", "127.0.0.1", endpoint_.port(), "/t"};
    OAuth untrusting(settings); // the system's authorities
    const auto refused = token(untrusting);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().cause, Cause::certificate_untrusted);
    EXPECT_EQ(refused.error().stage, core::Stage::authenticate);
    EXPECT_NE(refused.error().detail.find("token endpoint 127.0.0.1"), std::string::npos);
    EXPECT_EQ(gate_.finishes.back().result, PresentationResult::not_sent);
    EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(OAuthTest, what_the_guard_does_not_permit_is_not_sent) {
    gate_.refusal = core::Failure{core::Stage::authenticate, Cause::presentation_withheld, "wait", 1s};
    const auto one = oauth();
    EXPECT_EQ(token(*one).error().cause, Cause::presentation_withheld);
    EXPECT_TRUE(requests_.empty());
}

TEST_F(OAuthTest, a_token_that_exchange_refused_is_replaced_once) {
    const auto one = oauth();
    const TokenPtr first = *token(*one);
    EXPECT_EQ(*another(*one, first), first) << "it is new: another would not help";
    clock_.advance(2min);
    const TokenPtr second = *another(*one, first);
    EXPECT_EQ(text_of(second), "token-2");
    EXPECT_EQ(*another(*one, first), second) << "who was slower gets it, too";
    clock_.advance(10min);
    EXPECT_EQ(*another(*one, second), second) << "it replaced a refused one already";
    EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(OAuthTest, a_token_without_an_end_is_asked_for_anew_after_a_minute) {
    life_ = 0;
    const auto one = oauth();
    EXPECT_EQ(text_of(*token(*one)), "token-1");
    EXPECT_EQ(text_of(*token(*one)), "token-1");
    clock_.advance(1min);
    EXPECT_EQ(text_of(*token(*one)), "token-2");
}

class TokenFile : public OAuthTest {
protected:
    static std::string jwt(std::int64_t expires) {
        return "eyJ." + to_base64url(fmt::format(R"({{"exp":{}}})", expires)) + ".sig";
    }
    std::int64_t now() {
        return std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
    }
    OAuth oauth_{{.from = OAuthSettings::From::file}, std::nullopt, [this]() -> base::Result<base::Secret> {
                     ++reads_;
                     return base::Secret(content_);
                 }};
    std::string content_;
    int reads_ = 0;
};

TEST_F(TokenFile, is_read_at_each_login_and_asks_no_guard) {
    content_ = jwt(now() + 3600);
    EXPECT_EQ(text_of(*token(oauth_, Need::fresh)), content_);
    EXPECT_EQ(text_of(*token(oauth_)), content_);
    EXPECT_EQ(reads_, 1);
    content_ = jwt(now() + 7200);
    EXPECT_EQ(text_of(*token(oauth_, Need::fresh)), content_);
    EXPECT_EQ(reads_, 2);
    EXPECT_TRUE(gate_.begins.empty());
    EXPECT_TRUE(requests_.empty());
}

TEST_F(TokenFile, an_ended_token_is_not_shown) {
    content_ = jwt(now() - 1);
    const auto none = token(oauth_);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().cause, Cause::token_missing);
    EXPECT_EQ(none.error().detail, "the token of the file ended at 2026-11-30T23:59:59.000Z");
}

TEST_F(TokenFile, anything_else_is_not_shown) {
    for (const char* const content : {"", "two words", "a\nb"}) {
        content_ = content;
        EXPECT_EQ(token(oauth_).error().cause, Cause::token_missing);
    }
}

/// Exchange by Bearer: it takes the tokens in `good`.
class BearerLane : public ::testing::Test {
protected:
    void play(ServerSide& side) {
        while (const auto received = side.read()) {
            const std::string shown = received->field("Authorization");
            shown_.push_back(shown);
            if (shown.starts_with("Bearer ") && good_.contains(shown.substr(7))) {
                side.answer("200 OK", "", "served " + received->body);
            } else {
                side.answer("401 Unauthorized", offer_ + (shown.empty() ? "" : diagnostics_));
                if (closes_) {
                    side.close();
                    return;
                }
            }
        }
    }

    static TokenPtr made(const std::string& text) {
        auto token = std::make_shared<AccessToken>();
        token->text = base::Secret(text);
        return token;
    }

    AuthenticatedLane
    lane(TestServer& server, std::optional<Way> decided = std::nullopt, Scheme scheme = Scheme::automatic) {
        auto opened = network_.open(server);
        EXPECT_TRUE(opened);
        auto identity = std::make_shared<Identity>(Identity{.account = "app"});
        identity->oauth = std::make_shared<OAuth>(OAuthSettings{});
        TokensFor tokens{[this](const Deadline&) -> core::Outcome<TokenPtr> { return first_; },
                         [this](const TokenPtr& refused, const Deadline&) -> core::Outcome<TokenPtr> {
                             return second_ ? second_ : refused;
                         }};
        return {std::move(*opened), scheme, identity, gate_, {"contoso", "ews"}, false, {}, decided, std::move(tokens)};
    }

    static Request soap() {
        return {.method = "POST", .target = "/EWS/Exchange.asmx", .body = "<soap/>"};
    }

    TestNetwork network_;
    RecordingGate gate_;
    std::vector<std::string> shown_;
    std::set<std::string> good_{"right"};
    std::string offer_ = "WWW-Authenticate: Bearer client_id=\"x\", token_types=\"a b\"\r\nWWW-Authenticate: NTLM\r\n";
    std::string diagnostics_ =
        "x-ms-diagnostics: 2000008;reason=\"no permissions\";error_category=\"invalid_grant\"\r\n";
    bool closes_ = false;
    TokenPtr first_ = made("right");
    TokenPtr second_;
};

TEST_F(BearerLane, shows_its_token_after_one_anonymous_question_and_asks_no_guard) {
    TestServer server([&](ServerSide& side) { play(side); });
    AuthenticatedLane one = lane(server);
    for (int i = 0; i < 2; ++i) {
        const auto answer = one.exchange(soap(), Deadline::in(10s));
        ASSERT_TRUE(answer) << answer.error().detail;
        EXPECT_EQ(answer->body, "served <soap/>");
    }
    EXPECT_EQ(shown_, (std::vector<std::string>{"", "Bearer right", "Bearer right"}));
    EXPECT_TRUE(one.authenticated());
    EXPECT_EQ(one.way(), Way::bearer);
    EXPECT_EQ(one.offers(), (std::vector<std::string>{"bearer", "ntlm"}));
    EXPECT_TRUE(gate_.begins.empty());
}

TEST_F(BearerLane, asks_nothing_where_an_earlier_connection_decided) {
    TestServer server([&](ServerSide& side) { play(side); });
    AuthenticatedLane one = lane(server, Way::bearer);
    ASSERT_TRUE(one.exchange(soap(), Deadline::in(10s)));
    EXPECT_EQ(shown_, std::vector<std::string>{"Bearer right"});
}

TEST_F(BearerLane, is_never_shown_where_it_is_not_offered) {
    offer_ = "WWW-Authenticate: NTLM\r\n";
    TestServer server([&](ServerSide& side) { play(side); });
    AuthenticatedLane one = lane(server, std::nullopt, Scheme::oauth);
    const auto answer = one.exchange(soap(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::auth_scheme_not_offered);
    EXPECT_EQ(answer.error().detail, "the server offers ntlm, the configuration allows oauth only");
    EXPECT_EQ(shown_, std::vector<std::string>{""});
}

TEST_F(BearerLane, a_refused_token_is_replaced_and_the_request_repeated_once) {
    first_ = made("old");
    second_ = made("right");
    TestServer server([&](ServerSide& side) { play(side); });
    AuthenticatedLane one = lane(server, Way::bearer);
    ASSERT_TRUE(one.exchange(soap(), Deadline::in(10s)));
    EXPECT_EQ(shown_, (std::vector<std::string>{"Bearer old", "Bearer right"}));
}

TEST_F(BearerLane, stops_after_the_second_refusal) {
    first_ = made("old");
    second_ = made("new");
    TestServer server([&](ServerSide& side) { play(side); });
    AuthenticatedLane one = lane(server, Way::bearer);
    const auto answer = one.exchange(soap(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::token_refused);
    EXPECT_EQ(answer.error().detail, "401 after Bearer, with a new token, too: 2000008 invalid_grant: no permissions");
    EXPECT_EQ(shown_.size(), 2U);
    EXPECT_FALSE(one.alive());
}

TEST_F(BearerLane, repeats_nothing_where_no_other_token_may_be_asked_for) {
    first_ = made("old");
    TestServer server([&](ServerSide& side) { play(side); });
    AuthenticatedLane one = lane(server, Way::bearer);
    const auto answer = one.exchange(soap(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::token_refused);
    EXPECT_EQ(shown_.size(), 1U);
}

TEST_F(BearerLane, repeats_nothing_on_another_connection) {
    first_ = made("old");
    second_ = made("right");
    closes_ = true;
    offer_ += "Connection: close\r\n";
    TestServer server([&](ServerSide& side) { play(side); });
    AuthenticatedLane one = lane(server, Way::bearer);
    const auto answer = one.exchange(soap(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::connection_lost);
    EXPECT_EQ(server.connections(), 1);
}

} // namespace
} // namespace mailpreflight::http
