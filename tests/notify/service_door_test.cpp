#include "notify/service_door.hpp"

#include "notify/make.hpp"
#include "tests/http/support.hpp"
#include "values.hpp"

#include <gmock/gmock.h>

#include <future>

/// Receivers against servers of raw bytes.
namespace mailpreflight::notify {
namespace {

using base::Deadline;
using testing::Received;
using testing::ServerSide;
using testing::TestNetwork;
using testing::TestServer;

// Before main, and so before there are threads.
[[maybe_unused]] const bool prepared = (http::prepare_rest_client(), true);

constexpr testing::ServerOptions plain{.is_plain = true};

/// A server whose path is a secret, and what it was asked.
struct Hook {
    explicit Hook(std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") :
        server(
            [this, answer](ServerSide& side) {
                if (const auto request = side.read()) {
                    const std::lock_guard lock(mutex);
                    received.push_back(*request);
                }
                side.write(answer);
            },
            TestServer::ordinary_certificate(),
            plain) {}

    [[nodiscard]] Service service(std::string_view path = "/services/SECRETPATH") const {
        return service_at(fmt::format("http://127.0.0.1:{}{}", server.port(), path));
    }

    std::mutex mutex;
    std::vector<Received> received;
    TestServer server;
};

std::vector<ReceiverSettings> of_each_http_kind(const Service& where) {
    const auto service = [&] { return Service{where.url.clone(), where.ca_file, where.allow_plaintext}; };
    std::vector<ReceiverSettings> all;
    WebhookSettings webhook;
    webhook.service = service();
    webhook.signing_key = base::Secret("SECRETKEY");
    webhook.headers.push_back({"Authorization", base::Secret("Bearer SECRETTOKEN")});
    all.emplace_back(std::move(webhook));
    AlertmanagerSettings alertmanager;
    alertmanager.service = service();
    alertmanager.username = "prometheus";
    alertmanager.password = base::Secret("SECRETPASSWORD");
    all.emplace_back(std::move(alertmanager));
    all.emplace_back(SlackSettings{service()});
    all.emplace_back(TeamsSettings{service()});
    PagerdutySettings pagerduty;
    pagerduty.routing_key = base::Secret("SECRETROUTINGKEY");
    pagerduty.service = service();
    all.emplace_back(std::move(pagerduty));
    return all;
}

TEST(HttpReceivers, deliver_to_the_path_of_their_url) {
    Hook hook;
    TestNetwork network;
    for (ReceiverSettings& of : of_each_http_kind(hook.service())) {
        const auto receiver = make_receiver(*network, {"ops", std::move(of)}, origin);
        EXPECT_EQ(
            receiver->send(firing(), Deadline::in(10s)),
            (Delivery{DeliveryResult::delivered, fmt::format("http://127.0.0.1:{}: 200", hook.server.port()), {}}));
    }
    std::vector<std::string> lines;
    for (const Received& request : hook.received) {
        lines.push_back(request.line);
        EXPECT_TRUE(json::parse(request.body)) << request.body;
    }
    EXPECT_EQ(lines,
              (std::vector<std::string>{"POST /services/SECRETPATH HTTP/1.1",
                                        "POST /services/SECRETPATH/api/v2/alerts HTTP/1.1",
                                        "POST /services/SECRETPATH HTTP/1.1",
                                        "POST /services/SECRETPATH HTTP/1.1",
                                        "POST /services/SECRETPATH HTTP/1.1"}));
    EXPECT_EQ(hook.received.at(1).field("Authorization"), "Basic cHJvbWV0aGV1czpTRUNSRVRQQVNTV09SRA==");
    EXPECT_EQ(json::parse(hook.received.at(4).body).value().at("routing_key").as_string(), "SECRETROUTINGKEY");
}

/// Everything that a server can answer that is no delivery, and whether it may pass.
struct Hostile {
    const char* name;
    std::string answer;
    DeliveryResult result;
};

class HttpReceiversMeet : public ::testing::TestWithParam<Hostile> {};

TEST_P(HttpReceiversMeet, it_and_never_show_a_secret) {
    Hook hook(GetParam().answer);
    TestNetwork network;
    for (ReceiverSettings& of : of_each_http_kind(hook.service())) {
        const auto receiver = make_receiver(*network, {"ops", std::move(of)}, origin);
        const Delivery delivery = receiver->send(firing(), Deadline::in(10s));
        EXPECT_EQ(delivery.result, GetParam().result) << delivery.detail;
        EXPECT_THAT(delivery.detail, ::testing::Not(::testing::HasSubstr("SECRET")));
        EXPECT_THAT(delivery.detail, ::testing::StartsWith("http://127.0.0.1:"));
    }
    EXPECT_EQ(hook.server.connections(), 5); // once each
}

const std::string echo = "Content-Length: 26\r\n\r\nno /services/SECRETPATH :(";

INSTANTIATE_TEST_SUITE_P(
    Notify,
    HttpReceiversMeet,
    ::testing::Values(
        Hostile{"a_path_repeated", "HTTP/1.1 404 No /services/SECRETPATH\r\n" + echo, DeliveryResult::refused},
        Hostile{
            "a_redirect", "HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/SECRET\r\n" + echo, DeliveryResult::refused},
        Hostile{"trouble", "HTTP/1.1 503 SECRETPATH\r\n" + echo, DeliveryResult::later},
        Hostile{"too_many", "HTTP/1.1 429 SECRETPATH\r\n" + echo, DeliveryResult::later},
        Hostile{"garbage", "SSH-2.0-SECRETPATH\r\n\r\n", DeliveryResult::later},
        Hostile{"nothing", "", DeliveryResult::later},
        Hostile{"half_an_answer", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nSECRET", DeliveryResult::later},
        Hostile{"a_chunk_of_minus_two",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n",
                DeliveryResult::later}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(HttpReceivers, speak_tls_and_judge_the_certificate) {
    TestServer server([](ServerSide& side) {
        side.read();
        side.answer("200 OK");
    });
    TestNetwork network;
    Service service = service_at(fmt::format("https://127.0.0.1:{}/SECRETPATH", server.port()));
    service.ca_file = network.target(server).tls.ca_file;
    const auto known = make_receiver(*network, {"ops", SlackSettings{std::move(service)}}, origin);
    EXPECT_EQ(known->send(firing(), Deadline::in(10s)).result, DeliveryResult::delivered);
    const auto unknown =
        make_receiver(*network,
                      {"ops", SlackSettings{service_at(fmt::format("https://127.0.0.1:{}/SECRETPATH", server.port()))}},
                      origin);
    const Delivery delivery = unknown->send(firing(), Deadline::in(10s));
    EXPECT_EQ(delivery.result, DeliveryResult::later);
    EXPECT_THAT(delivery.detail, ::testing::HasSubstr("certificate_untrusted"));
    EXPECT_THAT(delivery.detail, ::testing::Not(::testing::HasSubstr("SECRETPATH")));
}

TEST(HttpReceivers, that_are_black_holed_hold_up_no_other) {
    std::promise<void> release;
    net::Network network(
        [wait = release.get_future().share()](const std::string& host) -> core::Outcome<std::vector<net::Address>> {
            wait.wait();
            return core::failed(core::Stage::resolve, core::Cause::dns_not_found, host);
        });
    const auto black_holed =
        make_receiver(network, {"hole", SlackSettings{service_at("https://black.hole.example/SECRETPATH")}}, origin);
    auto lost = std::async(std::launch::async, [&] { return black_holed->send(firing(), Deadline::in(1500ms)); });
    Hook hook;
    const auto live = make_receiver(network, {"live", SlackSettings{hook.service()}}, origin);
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(live->send(firing(), Deadline::in(10s)).result, DeliveryResult::delivered);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);
    EXPECT_THAT(lost.get().detail, ::testing::StartsWith("https://black.hole.example:443: dns_timeout: "));
    release.set_value();
}

TEST(HttpReceivers, end_at_once_when_they_are_asked_to_stop) {
    TestServer silent([](ServerSide& side) { side.await_end(); }, TestServer::ordinary_certificate(), plain);
    TestNetwork network;
    std::stop_source stop;
    const auto receiver = make_receiver(
        *network, {"ops", SlackSettings{service_at(fmt::format("http://127.0.0.1:{}/", silent.port()))}}, origin);
    auto delivery =
        std::async(std::launch::async, [&] { return receiver->send(firing(), Deadline::in(60s, stop.get_token())); });
    silent.await_connections(1);
    stop.request_stop();
    EXPECT_EQ(delivery.get().result, DeliveryResult::later);
}

TEST(PagerdutyReceiver, sends_a_trial_and_ends_it_and_no_other_news) {
    Hook hook("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    TestNetwork network;
    PagerdutySettings settings;
    settings.routing_key = base::Secret("KEY");
    settings.service = hook.service();
    const auto receiver = make_receiver(*network, {"ops", std::move(settings)}, origin);
    EXPECT_EQ(receiver->send(verdict(), Deadline::in(10s)).detail, "nothing of it is for PagerDuty");
    EXPECT_EQ(hook.server.connections(), 0);
    EXPECT_EQ(receiver->send(trial(), Deadline::in(10s)).result, DeliveryResult::delivered);
    ASSERT_EQ(hook.received.size(), 2U);
    EXPECT_EQ(json::parse(hook.received.at(0).body).value().at("event_action").as_string(), "trigger");
    EXPECT_EQ(json::parse(hook.received.at(1).body).value().at("event_action").as_string(), "resolve");
}

TEST(Heartbeat, adds_its_word_to_the_path) {
    EXPECT_EQ(beat_path("/uuid", HeartbeatKind::start), "/uuid/start");
    EXPECT_EQ(beat_path("/uuid/", HeartbeatKind::fail), "/uuid/fail");
    EXPECT_EQ(beat_path("/uuid?create=1", HeartbeatKind::fail), "/uuid/fail?create=1");
    EXPECT_EQ(beat_path("/uuid", HeartbeatKind::success), "/uuid");
    EXPECT_EQ(beat_path("/", HeartbeatKind::start), "/start");
}

TEST(Heartbeat, posts_a_short_text) {
    Hook hook;
    TestNetwork network;
    const auto heartbeat = make_heartbeat(*network, {hook.service("/uuid")});
    const auto beat = [&](HeartbeatKind kind, std::string_view text) {
        return heartbeat->beat(kind, text, Deadline::in(10s)).result;
    };
    EXPECT_EQ(beat(HeartbeatKind::start, ""), DeliveryResult::delivered);
    EXPECT_EQ(beat(HeartbeatKind::success, "60 mailboxes in 12 s"), DeliveryResult::delivered);
    EXPECT_EQ(beat(HeartbeatKind::fail, std::string(50'000, 'x')), DeliveryResult::delivered);
    ASSERT_EQ(hook.received.size(), 3U);
    EXPECT_EQ(hook.received.at(0).line, "POST /uuid/start HTTP/1.1");
    EXPECT_EQ(hook.received.at(1).line, "POST /uuid HTTP/1.1");
    EXPECT_EQ(hook.received.at(1).body, "60 mailboxes in 12 s");
    EXPECT_EQ(hook.received.at(2).line, "POST /uuid/fail HTTP/1.1");
    EXPECT_LE(hook.received.at(2).body.size(), 10'000U);
}

TEST(ServiceUrl, is_https_or_of_this_host_or_allowed) {
    const auto problem = [](std::string_view url, bool allow = false) {
        Service service = service_at(url);
        service.allow_plaintext = allow;
        return problem_of_service(service);
    };
    EXPECT_EQ(problem("https://hooks.example/x"), std::nullopt);
    for (const char* const local :
         {"http://localhost:9093/", "http://127.0.0.1/", "http://127.8.8.8/", "http://[::1]/"}) {
        EXPECT_EQ(problem(local), std::nullopt) << local;
    }
    for (const char* const far : {"http://hooks.example/SECRET",
                                  "http://10.0.0.1/",
                                  "http://127.0.0.1.evil.example/",
                                  "http://localhost.evil.example/"}) {
        ASSERT_TRUE(problem(far)) << far;
        EXPECT_THAT(*problem(far), ::testing::Not(::testing::HasSubstr("SECRET")));
        EXPECT_THAT(*problem(far), ::testing::HasSubstr("or plain_http = \"allow\"")) << "as configuration calls it";
        EXPECT_EQ(problem(far, true), std::nullopt);
    }
    for (const char* const bad :
         {"", "hooks.example", "ftp://x/SECRET", "https://user:SECRET@x/", "https://x/SE CRET", "https://x:0/SECRET"}) {
        ASSERT_TRUE(problem(bad, true)) << bad;
        EXPECT_THAT(*problem(bad, true), ::testing::Not(::testing::HasSubstr("SECRET")));
    }
}

TEST(MakeReceiver, takes_no_settings_that_have_a_problem) {
    net::Network network;
    EXPECT_THROW(make_receiver(network, {"ops", CommandSettings{.argv = {"relative"}}}, origin), std::invalid_argument);
    EXPECT_THROW(make_receiver(network, {"ops", SlackSettings{}}, origin), std::invalid_argument);
    EXPECT_THROW(make_heartbeat(network, {}), std::invalid_argument);
    PagerdutySettings settings;
    settings.routing_key = base::Secret("a\",\"x\":\"");
    EXPECT_TRUE(problem_of({"ops", std::move(settings)}));
}

} // namespace
} // namespace mailpreflight::notify
