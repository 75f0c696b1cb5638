#include "http/rest_client.hpp"

#include "tests/http/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>

/// Each rule of the wrapper over cpprestsdk, against a server of raw bytes (docs/adr/0007).
namespace mailpreflight::http {
namespace {

using base::Deadline;
using core::Cause;
using core::Stage;
using testing::make_certificate;
using testing::Received;
using testing::ServerSide;
using testing::test_authority;
using testing::TestNetwork;
using testing::TestServer;
using namespace std::chrono_literals;
using namespace std::string_literals;

// Before main, and so before there are threads.
[[maybe_unused]] const bool prepared = (prepare_rest_client(), true);

/// cpprestsdk resolves by itself: an address is the one name that it finds without a network.
net::Target target_of(TestNetwork& network, const TestServer& server) {
    net::Target target = network.target(server);
    target.host = "127.0.0.1";
    return target;
}

Request post(std::string body = "a=b") {
    Request request{.method = "POST", .target = "/tenant/token?x=1", .body = std::move(body)};
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("Authorization", "Bearer PLANTED");
    return request;
}

std::string cause_of(const auto& outcome) {
    return outcome ? "" : std::string(core::code_of(outcome.error().cause));
}

/// What one POST comes to when the server answers with `bytes` and then does `after`.
core::Outcome<Response> answer_of(const std::string& bytes,
                                  std::function<void(ServerSide&)> after = {},
                                  std::chrono::milliseconds timeout = 10s,
                                  const Limits& limits = service_limits) {
    TestServer server([&](ServerSide& side) {
        side.read();
        side.write(bytes);
        after ? after(side) : side.await_end();
    });
    TestNetwork network;
    return ask_service(*network, target_of(network, server), post(), Deadline::in(timeout), limits);
}

TEST(RestClient, sends_one_request_and_reads_one_answer) {
    std::optional<Received> received;
    TestServer server([&](ServerSide& side) {
        received = side.read();
        side.answer("200 Fine", "Content-Type: application/json\r\nX-Seen: yes\r\n", R"({"a":1})");
    });
    TestNetwork network;
    const auto answer = ask_service(*network, target_of(network, server), post(), Deadline::in(10s));
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->reason, "Fine");
    EXPECT_EQ(answer->headers.first("x-seen"), "yes");
    EXPECT_EQ(answer->body, R"({"a":1})");
    ASSERT_TRUE(received);
    EXPECT_EQ(received->line, "POST /tenant/token?x=1 HTTP/1.1");
    EXPECT_EQ(received->body, "a=b");
    EXPECT_EQ(received->field("Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(received->field("Content-Length"), "3");
    EXPECT_EQ(received->field("Authorization"), "Bearer PLANTED");
    EXPECT_EQ(received->field("Host"), fmt::format("127.0.0.1:{}", server.port()));
    EXPECT_EQ(received->field("Accept-Encoding"), "");
}

TEST(RestClient, reads_a_chunked_answer) {
    const auto answer = answer_of(
        "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 400);
    EXPECT_EQ(answer->body, "hello world");
}

TEST(RestClient, never_follows_a_redirect) {
    TestServer trap([](ServerSide& side) { side.read(); });
    for (const char* const status : {"301 Moved", "302 Found", "303 See Other", "307 Same", "308 Same"}) {
        const auto answer = answer_of(fmt::format(
            "HTTP/1.1 {}\r\nLocation: https://127.0.0.1:{}/\r\nContent-Length: 0\r\n\r\n", status, trap.port()));
        ASSERT_TRUE(answer) << answer.error().detail;
        EXPECT_EQ(answer->status, std::stoi(status));
    }
    EXPECT_EQ(trap.connections(), 0);
}

TEST(RestClient, takes_no_host_field_from_its_caller) {
    std::optional<Received> received;
    TestServer server([&](ServerSide& side) {
        received = side.read();
        side.answer("200 OK");
    });
    TestNetwork network;
    Request request = post();
    request.headers.add("host", "elsewhere.example");
    request.headers.add("Connection", "close");
    ASSERT_TRUE(ask_service(*network, target_of(network, server), request, Deadline::in(10s)));
    EXPECT_EQ(received->field("Host"), fmt::format("127.0.0.1:{}", server.port()));
    EXPECT_EQ(received->head.find("elsewhere"), std::string::npos);
}

TEST(RestClient, never_sends_what_could_be_read_as_two_requests) {
    TestServer server([](ServerSide& side) { side.read(); });
    TestNetwork network;
    Request request = post();
    request.headers.add("X-Note", "a\r\nX-Other: b");
    EXPECT_EQ(cause_of(ask_service(*network, target_of(network, server), request, Deadline::in(10s))),
              "internal_error");
    EXPECT_EQ(server.connections(), 0);
}

struct Malformed {
    const char* name;
    std::string bytes;
    const char* cause;
};

class RestClientMalformed : public ::testing::TestWithParam<Malformed> {};

TEST_P(RestClientMalformed, is_a_failure_and_never_the_end_of_the_process) {
    const auto answer = answer_of(GetParam().bytes, [](ServerSide& side) { side.close(); });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, Stage::exchange);
    EXPECT_EQ(cause_of(answer), GetParam().cause) << answer.error().detail;
}

const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    Http,
    RestClientMalformed,
    ::testing::Values(Malformed{"chunk_of_minus_two", chunked + "-2\r\n", "answer_too_large"},
                      Malformed{
                          "chunk_of_minus_two_after_others", chunked + "5\r\nhello\r\n-2\r\n", "answer_too_large"},
                      Malformed{"chunk_of_minus_three", chunked + "-3\r\nabc\r\n", "connection_lost"},
                      Malformed{"chunk_beyond_a_number", chunked + "fffffffffffffffffff\r\n", "not_http"},
                      Malformed{"no_chunk_size", chunked + "zz\r\n", "not_http"},
                      Malformed{"no_http", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "not_http"},
                      Malformed{"no_status", "HTTP/1.1 many\r\n\r\n", "not_http"},
                      Malformed{"status_out_of_range", "HTTP/1.1 700 Odd\r\nContent-Length: 0\r\n\r\n", "not_http"},
                      Malformed{"interim_answer_alone", "HTTP/1.1 100 Continue\r\n\r\n", "not_http"},
                      Malformed{"nothing", "", "connection_lost"},
                      Malformed{"half_a_head", "HTTP/1.1 200 OK\r\nContent-Le", "connection_lost"},
                      Malformed{"half_a_body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\"", "connection_lost"},
                      Malformed{"half_a_chunk", chunked + "9\r\nabc", "connection_lost"}),
    [](const auto& one) { return std::string(one.param.name); });

struct Flood {
    const char* name;
    std::string begin;
    std::string piece;
};

class RestClientFlood : public ::testing::TestWithParam<Flood> {};

TEST_P(RestClientFlood, is_cut_at_the_limit) {
    std::atomic<std::size_t> sent{0};
    const auto pour = [&](ServerSide& side) {
        while (side.write(GetParam().piece)) {
            sent += GetParam().piece.size();
        }
    };
    const auto started = std::chrono::steady_clock::now();
    const auto answer = answer_of(GetParam().begin, pour, 30s);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 10s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(cause_of(answer), "answer_too_large") << answer.error().detail;
    EXPECT_LT(sent, 16U << 20U); // what the sockets hold, too
}

const std::string piece(8000, 'x');

INSTANTIATE_TEST_SUITE_P(
    Http,
    RestClientFlood,
    ::testing::Values(Flood{"endless_field", "HTTP/1.1 200 OK\r\nX: ", piece},
                      Flood{"endless_fields", "HTTP/1.1 200 OK\r\n", "X: " + piece + "\r\n"},
                      Flood{"endless_body", "HTTP/1.1 200 OK\r\n\r\n", piece},
                      Flood{"endless_sized_body", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", piece},
                      Flood{"endless_chunks", chunked, "1f40\r\n" + piece + "\r\n"},
                      Flood{"endless_chunk", chunked + "7fffffff\r\n", piece},
                      Flood{"endless_chunk_size", chunked, piece}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(RestClient, refuses_a_head_above_its_limit_though_all_of_it_came) {
    const auto answer =
        answer_of("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(cause_of(answer), "answer_too_large");
}

TEST(RestClient, holds_its_deadline_against_an_answer_that_drips) {
    for (const std::string& begin :
         {chunked, "HTTP/1.1 200 OK\r\nX: "s, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"s}) {
        std::promise<void> enough;
        const auto drip = [&, wait = enough.get_future().share()](ServerSide& side) {
            while (wait.wait_for(20ms) != std::future_status::ready &&
                   side.write(begin == chunked ? "1\r\nx\r\n" : "x")) {
            }
        };
        const auto started = std::chrono::steady_clock::now();
        const auto answer = answer_of(begin, drip, 500ms);
        EXPECT_LT(std::chrono::steady_clock::now() - started, 3s);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().stage, Stage::exchange);
        EXPECT_EQ(answer.error().cause, Cause::no_answer);
        enough.set_value();
    }
}

TEST(RestClient, holds_its_deadline_against_silence_in_each_stage) {
    TestNetwork network;
    TestServer no_handshake([](ServerSide&) {}, TestServer::ordinary_certificate(), {.handshakes = false});
    auto answer = ask_service(*network, target_of(network, no_handshake), post(), Deadline::in(300ms));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, Stage::tls);
    EXPECT_EQ(answer.error().cause, Cause::no_answer);

    answer = answer_of("", {}, 300ms);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, Stage::exchange);
    EXPECT_EQ(answer.error().cause, Cause::no_answer);
}

TEST(RestClient, ends_at_once_when_it_is_asked_to_stop) {
    TestServer server([](ServerSide& side) { side.await_end(); });
    TestNetwork network;
    std::stop_source stop;
    auto answer = std::async(std::launch::async, [&] {
        return ask_service(*network, target_of(network, server), post(), Deadline::in(60s, stop.get_token()));
    });
    server.await_connections(1);
    stop.request_stop();
    const auto outcome = answer.get();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().detail, "stopped");
}

TEST(RestClient, survives_deadlines_that_pass_while_answers_arrive) {
    TestServer server([](ServerSide& side) {
        side.read();
        side.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (side.write("1\r\na\r\n")) {
        }
    });
    TestNetwork network;
    std::vector<std::future<core::Outcome<Response>>> asking;
    for (int i = 0; i < 100; ++i) {
        asking.push_back(std::async(std::launch::async, [&, i] {
            return ask_service(*network, target_of(network, server), post(), Deadline::in(1ms * (i % 50)));
        }));
    }
    for (auto& answer : asking) {
        EXPECT_THAT(cause_of(answer.get()),
                    ::testing::AnyOf("no_answer", "tcp_timeout", "dns_timeout", "answer_too_large"));
    }
}

TEST(RestClient, never_sends_a_request_twice) {
    std::atomic<int> requests{0};
    TestServer server([&](ServerSide& side) {
        requests += side.read() ? 1 : 0;
        side.cut();
    });
    TestNetwork network;
    for (int i = 1; i <= 3; ++i) {
        const auto answer = ask_service(*network, target_of(network, server), post(), Deadline::in(10s));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().stage, Stage::exchange);
        EXPECT_EQ(requests, i);
        EXPECT_EQ(server.connections(), i);
    }
}

struct WrongCertificate {
    const char* name;
    testing::CertificateSpec spec;
    const char* cause;
    bool by_authority = true;
};

class RestClientCertificate : public ::testing::TestWithParam<WrongCertificate> {};

TEST_P(RestClientCertificate, is_refused_before_a_byte_of_the_request_leaves) {
    auto spec = GetParam().spec;
    spec.issuer = GetParam().by_authority ? &test_authority() : nullptr;
    std::atomic<bool> asked{false};
    TestServer server([&](ServerSide& side) { asked = side.read().has_value(); }, make_certificate(spec));
    TestNetwork network;
    const auto answer = ask_service(*network, target_of(network, server), post(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, Stage::tls);
    EXPECT_EQ(cause_of(answer), GetParam().cause) << answer.error().detail;
    EXPECT_FALSE(asked);
}

INSTANTIATE_TEST_SUITE_P(
    Http,
    RestClientCertificate,
    ::testing::Values(WrongCertificate{"self_signed", {}, "certificate_self_signed", false},
                      WrongCertificate{"other_name", {.names = "DNS:other.example"}, "certificate_name_mismatch"},
                      WrongCertificate{"expired", {.from = -7200, .until = -3600}, "certificate_expired"},
                      WrongCertificate{"weak_key", {.key = testing::KeyKind::rsa1024}, "tls_handshake_failed"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(RestClient, believes_only_the_authorities_that_it_is_given) {
    TestServer server([](ServerSide& side) { side.read(); });
    TestNetwork network;
    net::Target target = target_of(network, server);
    target.tls.ca_file.clear(); // the system's, which do not know the test's
    EXPECT_EQ(cause_of(ask_service(*network, target, post(), Deadline::in(10s))), "certificate_untrusted");
    EXPECT_EQ(std::string(std::getenv("SSL_CERT_FILE")), "/dev/null");
}

TEST(RestClient, speaks_no_tls_below_1_2) {
    TestServer server(
        [](ServerSide& side) { side.read(); }, TestServer::ordinary_certificate(), {.newest_protocol = TLS1_1_VERSION});
    TestNetwork network;
    const auto answer = ask_service(*network, target_of(network, server), post(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, Stage::tls);
    EXPECT_EQ(answer.error().cause, Cause::tls_protocol_too_old) << answer.error().detail;
}

TEST(RestClient, tells_a_closed_port_from_a_request_that_left) {
    TestNetwork network;
    unsigned short port = 0;
    {
        const TestServer gone([](ServerSide&) {});
        port = gone.port();
    }
    const auto answer = ask_service(*network, {.host = "127.0.0.1", .port = port}, post(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, Stage::connect);
    EXPECT_EQ(answer.error().cause, Cause::tcp_unreachable);
}

TEST(RestClient, a_name_that_hangs_holds_up_nobody_else) {
    std::promise<void> release;
    net::Network hanging(
        [wait = release.get_future().share()](const std::string& host) -> core::Outcome<std::vector<net::Address>> {
            wait.wait();
            return core::failed(Stage::resolve, Cause::dns_not_found, host);
        });
    auto black_holed = std::async(std::launch::async, [&] {
        return ask_service(hanging, {.host = "black.hole.example"}, post(), Deadline::in(1500ms));
    });
    TestServer server([](ServerSide& side) {
        side.read();
        side.answer("200 OK");
    });
    TestNetwork network;
    const auto started = std::chrono::steady_clock::now();
    EXPECT_TRUE(ask_service(*network, target_of(network, server), post(), Deadline::in(10s)));
    EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);
    const auto answer = black_holed.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, Stage::resolve);
    EXPECT_EQ(answer.error().cause, Cause::dns_timeout);
    release.set_value();
}

TEST(RestClient, silent_receivers_hold_up_nobody_else) {
    TestServer silent([](ServerSide& side) { side.await_end(); });
    TestServer server([](ServerSide& side) {
        side.read();
        side.answer("200 OK");
    });
    TestNetwork network;
    std::vector<std::future<core::Outcome<Response>>> waiting;
    for (int i = 0; i < 8; ++i) { // more than the pool has threads
        waiting.push_back(std::async(std::launch::async, [&] {
            return ask_service(*network, target_of(network, silent), post(), Deadline::in(2s));
        }));
    }
    silent.await_connections(8);
    const auto started = std::chrono::steady_clock::now();
    EXPECT_TRUE(ask_service(*network, target_of(network, server), post(), Deadline::in(10s)));
    EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);
    for (auto& answer : waiting) {
        EXPECT_EQ(cause_of(answer.get()), "no_answer");
    }
}

} // namespace
} // namespace mailpreflight::http
