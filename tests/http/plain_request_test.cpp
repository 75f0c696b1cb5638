#include "http/plain_request.hpp"

#include "http/rest_client.hpp"
#include "tests/http/support.hpp"

#include <gtest/gtest.h>

#include <future>

/// The rules of rest_client_test.cpp, without TLS.
namespace mailpreflight::http {
namespace {

using base::Deadline;
using core::Cause;
using core::Stage;
using testing::Received;
using testing::ServerSide;
using testing::TestNetwork;
using testing::TestServer;
using namespace std::chrono_literals;

// Before main, and so before there are threads.
[[maybe_unused]] const bool prepared = (prepare_rest_client(), true);

constexpr testing::ServerOptions plain{.is_plain = true};

Request post() {
    Request request{.method = "POST", .target = "/hook?x=1", .body = "{}"};
    request.headers.add("Content-Type", "application/json");
    return request;
}

core::Outcome<Response> ask(TestNetwork& network, const TestServer& server, const Deadline& deadline) {
    return ask_service(
        *network, {.host = "hook.example", .port = server.port()}, post(), deadline, service_limits, Transport::plain);
}

core::Outcome<Response> answer_of(const std::string& bytes,
                                  std::function<void(ServerSide&)> after = {},
                                  std::chrono::milliseconds timeout = 10s) {
    TestServer server(
        [&](ServerSide& side) {
            side.read();
            side.write(bytes);
            after ? after(side) : side.await_end();
        },
        TestServer::ordinary_certificate(),
        plain);
    TestNetwork network;
    return ask(network, server, Deadline::in(timeout));
}

std::string cause_of(const core::Outcome<Response>& outcome) {
    return outcome ? "" : std::string(core::code_of(outcome.error().cause));
}

TEST(PlainRequest, sends_one_request_and_reads_one_answer) {
    std::optional<Received> received;
    TestServer server(
        [&](ServerSide& side) {
            received = side.read();
            side.write("HTTP/1.1 100 Continue\r\n\r\n");
            side.answer("202 Accepted", "X-Seen: yes\r\n", "fine");
        },
        TestServer::ordinary_certificate(),
        plain);
    TestNetwork network;
    const auto answer = ask(network, server, Deadline::in(10s));
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 202);
    EXPECT_EQ(answer->headers.first("x-seen"), "yes");
    EXPECT_EQ(answer->body, "fine");
    ASSERT_TRUE(received);
    EXPECT_EQ(received->line, "POST /hook?x=1 HTTP/1.1");
    EXPECT_EQ(received->field("Host"), fmt::format("hook.example:{}", server.port()));
    EXPECT_EQ(received->body, "{}");
}

TEST(PlainRequest, reads_chunks_and_answers_that_end_with_the_connection) {
    const auto in_chunks =
        answer_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    ASSERT_TRUE(in_chunks) << in_chunks.error().detail;
    EXPECT_EQ(in_chunks->body, "hello world");
    const auto until_end = answer_of("HTTP/1.1 200 OK\r\n\r\nhello", [](ServerSide& side) { side.close(); });
    ASSERT_TRUE(until_end) << until_end.error().detail;
    EXPECT_EQ(until_end->body, "hello");
}

TEST(PlainRequest, never_follows_a_redirect) {
    TestServer trap([](ServerSide& side) { side.read(); }, TestServer::ordinary_certificate(), plain);
    const auto answer = answer_of(
        fmt::format("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{}/\r\nContent-Length: 0\r\n\r\n", trap.port()));
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(trap.connections(), 0);
}

struct Hostile {
    const char* name;
    std::string bytes;
    const char* cause;
};

class PlainRequestHostile : public ::testing::TestWithParam<Hostile> {};

TEST_P(PlainRequestHostile, is_a_failure) {
    const auto answer = answer_of(GetParam().bytes, [](ServerSide& side) { side.close(); });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().stage, Stage::exchange);
    EXPECT_EQ(cause_of(answer), GetParam().cause) << answer.error().detail;
}

const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    Http,
    PlainRequestHostile,
    ::testing::Values(Hostile{"chunk_of_minus_two", chunked + "-2\r\n", "not_http"},
                      Hostile{"chunk_of_minus_two_after_others", chunked + "5\r\nhello\r\n-2\r\n", "not_http"},
                      Hostile{"chunk_beyond_a_number", chunked + "fffffffffffffffffff\r\n", "not_http"},
                      Hostile{"no_http", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "not_http"},
                      Hostile{"status_out_of_range", "HTTP/1.1 700 Odd\r\nContent-Length: 0\r\n\r\n", "not_http"},
                      Hostile{"another_protocol", "HTTP/1.1 101 Switching\r\n\r\n", "not_http"},
                      Hostile{"nothing", "", "connection_lost"},
                      Hostile{"half_a_head", "HTTP/1.1 200 OK\r\nContent-Le", "connection_lost"},
                      Hostile{"half_a_body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\"", "connection_lost"},
                      Hostile{"half_a_chunk", chunked + "9\r\nabc", "connection_lost"}),
    [](const auto& one) { return std::string(one.param.name); });

struct Flood {
    const char* name;
    std::string begin;
    std::string piece;
};

class PlainRequestFlood : public ::testing::TestWithParam<Flood> {};

TEST_P(PlainRequestFlood, is_cut_at_the_limit) {
    std::atomic<std::size_t> sent{0};
    const auto answer = answer_of(
        GetParam().begin,
        [&](ServerSide& side) {
            while (side.write(GetParam().piece)) {
                sent += GetParam().piece.size();
            }
        },
        30s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(cause_of(answer), "answer_too_large") << answer.error().detail;
    EXPECT_LT(sent, 16U << 20U); // what the sockets hold, too
}

const std::string piece(8000, 'x');

INSTANTIATE_TEST_SUITE_P(
    Http,
    PlainRequestFlood,
    ::testing::Values(Flood{"endless_field", "HTTP/1.1 200 OK\r\nX: ", piece},
                      Flood{"endless_fields", "HTTP/1.1 200 OK\r\n", "X: " + piece + "\r\n"},
                      Flood{"endless_body", "HTTP/1.1 200 OK\r\n\r\n", piece},
                      Flood{"endless_sized_body", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", piece},
                      Flood{"endless_chunks", chunked, "1f40\r\n" + piece + "\r\n"},
                      Flood{"endless_chunk", chunked + "7fffffff\r\n", piece},
                      Flood{"endless_chunk_extension", chunked + "5;", piece}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(PlainRequest, refuses_a_head_above_its_limit_though_all_of_it_came) {
    EXPECT_EQ(
        cause_of(answer_of("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\nContent-Length: 0\r\n\r\n")),
        "answer_too_large");
}

TEST(PlainRequest, holds_its_deadline_against_silence_and_an_answer_that_drips) {
    EXPECT_EQ(cause_of(answer_of("", {}, 300ms)), "no_answer");
    std::promise<void> enough;
    const auto drip = [wait = enough.get_future().share()](ServerSide& side) {
        while (wait.wait_for(20ms) != std::future_status::ready && side.write("1\r\nx\r\n")) {
        }
    };
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(cause_of(answer_of(chunked, drip, 500ms)), "no_answer");
    EXPECT_LT(std::chrono::steady_clock::now() - started, 3s);
    enough.set_value();
}

TEST(PlainRequest, ends_at_once_when_it_is_asked_to_stop) {
    TestServer server([](ServerSide& side) { side.await_end(); }, TestServer::ordinary_certificate(), plain);
    TestNetwork network;
    std::stop_source stop;
    auto answer =
        std::async(std::launch::async, [&] { return ask(network, server, Deadline::in(60s, stop.get_token())); });
    server.await_connections(1);
    stop.request_stop();
    const auto outcome = answer.get();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().detail, "stopped");
}

TEST(PlainRequest, never_sends_what_could_be_read_as_two_requests) {
    TestServer server([](ServerSide& side) { side.read(); }, TestServer::ordinary_certificate(), plain);
    TestNetwork network;
    Request request = post();
    request.headers.add("X-Note", "a\r\nX-Other: b");
    EXPECT_FALSE(ask_service(*network,
                             {.host = "hook.example", .port = server.port()},
                             request,
                             Deadline::in(10s),
                             service_limits,
                             Transport::plain));
    EXPECT_EQ(server.connections(), 0);
}

} // namespace
} // namespace mailpreflight::http
