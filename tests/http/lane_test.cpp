#include "http/lane.hpp"

#include "tests/http/support.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <future>

namespace mailpreflight::http {
namespace {

using base::Deadline;
using core::Cause;
using core::Stage;
using testing::KeyKind;
using testing::make_certificate;
using testing::Received;
using testing::ServerSide;
using testing::test_authority;
using testing::TestNetwork;
using testing::TestServer;
using namespace std::chrono_literals;
using namespace std::string_literals;

std::string gzipped(std::string_view text) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
    std::string input(text);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string cause_of(const auto& outcome) {
    return outcome ? "" : std::string(core::code_of(outcome.error().cause));
}

/// The answer to one GET when the server sends `bytes` and then does `after`.
core::Outcome<Response> answer_of(const std::string& bytes,
                                  std::function<void(ServerSide&)> after = {},
                                  std::chrono::milliseconds timeout = 10s,
                                  Limits limits = {},
                                  const char* method = "GET") {
    TestServer server([&](ServerSide& side) {
        side.read();
        side.write(bytes);
        after ? after(side) : side.await_end();
    });
    TestNetwork network;
    auto lane = network.open(server, limits);
    if (!lane) {
        return tl::unexpected(lane.error());
    }
    auto answer = lane->send({.method = method}, Deadline::in(timeout));
    if (!answer) {
        EXPECT_FALSE(lane->alive());
        EXPECT_EQ(answer.error().stage, Stage::exchange);
        EXPECT_TRUE(lane->began_to_send());
    }
    return answer;
}

// ---- opening

TEST(LaneOpen, reports_how_it_came_to_be) {
    TestServer server([](ServerSide& side) { side.await_end(); });
    TestNetwork network;
    DialReport report;
    const auto lane = Lane::open(*network, network.target(server), Deadline::in(10s), &report);
    ASSERT_TRUE(lane) << lane.error().detail;
    EXPECT_EQ(report.addresses, std::vector<std::string>{"127.0.0.1"});
    EXPECT_EQ(report.peer, "127.0.0.1:" + std::to_string(server.port()));
    ASSERT_EQ(report.stages.size(), 3U);
    EXPECT_EQ(report.stages[0].stage, Stage::resolve);
    EXPECT_EQ(report.stages[1].stage, Stage::connect);
    EXPECT_EQ(report.stages[2].stage, Stage::tls);
    EXPECT_EQ(report.certificate.subject, "CN=mail.contoso.example");
    EXPECT_EQ(report.certificate.tls_version, "TLSv1.3");
    EXPECT_EQ(report.certificate.binding, net::endpoint_binding(TestServer::ordinary_certificate().der()));
    EXPECT_EQ(lane->report().peer, report.peer);
    EXPECT_TRUE(lane->alive());
    EXPECT_FALSE(lane->began_to_send());
}

struct CertificateCase {
    const char* name;
    testing::CertificateSpec spec;
    const char* cause;
    bool by_authority = true;
};

class LaneCertificate : public ::testing::TestWithParam<CertificateCase> {};

TEST_P(LaneCertificate, is_judged_before_a_byte_is_sent_and_its_facts_are_kept) {
    auto spec = GetParam().spec;
    spec.issuer = GetParam().by_authority ? &test_authority() : nullptr;
    const auto certificate = make_certificate(spec);
    std::atomic<bool> established{false};
    TestServer server(
        [&](ServerSide& side) {
            // With TLS 1.3 the server may think that it is done before the client refuses: what counts is that no
            // request comes.
            established = side.read().has_value();
        },
        certificate);
    TestNetwork network;
    DialReport report;
    const auto lane = Lane::open(*network, network.target(server), Deadline::in(10s), &report);
    EXPECT_EQ(cause_of(lane), GetParam().cause) << (lane ? "" : lane.error().detail);
    EXPECT_EQ(report.certificate.sha256, net::facts_of_certificate(certificate.der())->sha256);
    if (!lane) {
        EXPECT_EQ(lane.error().stage, Stage::tls);
        EXPECT_FALSE(established);
    }
}

INSTANTIATE_TEST_SUITE_P(
    ,
    LaneCertificate,
    ::testing::Values(CertificateCase{"good", {}, ""},
                      CertificateCase{"sha384", {.hash = "SHA384"}, ""},
                      CertificateCase{"rsa", {.key = KeyKind::rsa}, ""},
                      CertificateCase{"ed25519_key", {.key = KeyKind::ed25519}, ""},
                      CertificateCase{"expired", {.from = -7200, .until = -3600}, "certificate_expired"},
                      CertificateCase{"not_yet_valid", {.from = 3600}, "certificate_not_yet_valid"},
                      CertificateCase{"other_name", {.names = "DNS:other.example"}, "certificate_name_mismatch"},
                      CertificateCase{"self_signed", {}, "certificate_self_signed", false},
                      CertificateCase{"short_key", {.key = KeyKind::rsa1024}, "tls_handshake_failed"}),
    [](const auto& instance) { return instance.param.name; });

TEST(LaneOpen, an_authority_that_is_not_in_the_file_is_untrusted) {
    const auto other = make_certificate({.common_name = "Other Root", .authority = true});
    TestServer server([](ServerSide& side) { side.await_end(); }, make_certificate({.issuer = &other}));
    TestNetwork network;
    const auto lane = network.open(server);
    EXPECT_EQ(cause_of(lane), "certificate_untrusted");
}

TEST(LaneOpen, the_system_bundle_does_not_trust_the_tests) {
    TestServer server([](ServerSide& side) { side.await_end(); });
    TestNetwork network;
    auto target = network.target(server);
    target.tls.ca_file.clear();
    EXPECT_EQ(cause_of(Lane::open(*network, target, Deadline::in(10s))), "certificate_untrusted");
}

TEST(LaneOpen, a_pinned_self_signed_certificate_is_taken_and_another_is_not) {
    const auto certificate = make_certificate({.hash = "SHA1", .key = KeyKind::rsa});
    TestServer server([](ServerSide& side) { side.await_end(); }, certificate);
    TestNetwork network;
    auto target = network.target(server);
    target.tls.pin_sha256 = {net::facts_of_certificate(certificate.der())->sha256};
    const auto lane = Lane::open(*network, target, Deadline::in(10s));
    EXPECT_TRUE(lane) << lane.error().detail;
    target.tls.pin_sha256 = {std::string(64, '0')};
    EXPECT_EQ(cause_of(Lane::open(*network, target, Deadline::in(10s))), "certificate_pin_mismatch");
}

TEST(LaneOpen, server_name_decides_about_the_name_and_literals_about_ip_names) {
    TestServer server([](ServerSide& side) { side.await_end(); });
    TestNetwork network;
    auto target = network.target(server);
    target.tls.server_name = "owa.contoso.example";
    EXPECT_EQ(cause_of(Lane::open(*network, target, Deadline::in(10s))), "certificate_name_mismatch");
    target.host = "somewhere.example";
    target.tls.server_name = "mail.contoso.example";
    EXPECT_EQ(cause_of(Lane::open(*network, target, Deadline::in(10s))), "");
    target.host = "127.0.0.1";
    target.tls.server_name.clear();
    EXPECT_EQ(cause_of(Lane::open(*network, target, Deadline::in(10s))), "");
    target.tls.server_name = "127.0.0.2";
    EXPECT_EQ(cause_of(Lane::open(*network, target, Deadline::in(10s))), "certificate_name_mismatch");
}

TEST(LaneOpen, tls_1_2_is_spoken_and_tls_1_1_is_too_old) {
    TestNetwork network;
    TestServer tls12([](ServerSide& side) { side.await_end(); },
                     TestServer::ordinary_certificate(),
                     {.newest_protocol = TLS1_2_VERSION});
    const auto lane = network.open(tls12);
    ASSERT_TRUE(lane);
    EXPECT_EQ(lane->report().certificate.tls_version, "TLSv1.2");
    TestServer tls11([](ServerSide& side) { side.await_end(); },
                     TestServer::ordinary_certificate(),
                     {.newest_protocol = TLS1_1_VERSION});
    const auto refused = network.open(tls11);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().cause, Cause::tls_protocol_too_old) << refused.error().detail;
    EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("tls1.0"));
}

TEST(LaneOpen, plain_http_and_a_closed_connection_are_failed_handshakes) {
    TestNetwork network;
    TestServer plain([](ServerSide&) {}, TestServer::ordinary_certificate(), {.speaks_tls = false});
    const auto lane = network.open(plain);
    ASSERT_FALSE(lane);
    EXPECT_EQ(lane.error().cause, Cause::tls_handshake_failed);
    EXPECT_THAT(lane.error().detail, ::testing::HasSubstr("does not seem to speak TLS"));
}

TEST(LaneOpen, a_silent_server_ends_the_handshake_at_the_deadline) {
    TestNetwork network;
    TestServer silent([](ServerSide&) {}, TestServer::ordinary_certificate(), {.handshakes = false});
    DialReport report;
    const auto lane = Lane::open(*network, network.target(silent), Deadline::in(200ms), &report);
    ASSERT_FALSE(lane);
    EXPECT_EQ(lane.error().cause, Cause::no_answer);
    EXPECT_EQ(lane.error().stage, Stage::tls);
    EXPECT_EQ(report.stages.size(), 3U);
}

TEST(LaneOpen, an_unreadable_ca_file_is_our_own_failure) {
    TestServer server([](ServerSide& side) { side.await_end(); });
    TestNetwork network;
    auto target = network.target(server);
    target.tls.ca_file = "/nonexistent/ca.pem";
    EXPECT_EQ(cause_of(Lane::open(*network, target, Deadline::in(10s))), "internal_error");
}

TEST(LaneOpen, a_stop_ends_the_handshake_at_once) {
    TestNetwork network;
    TestServer silent([](ServerSide&) {}, TestServer::ordinary_certificate(), {.handshakes = false});
    std::stop_source stop;
    std::jthread stopper([&] {
        silent.await_connections(1);
        stop.request_stop();
    });
    const auto start = std::chrono::steady_clock::now();
    const auto lane = Lane::open(*network, network.target(silent), Deadline::in(30s, stop.get_token()));
    ASSERT_FALSE(lane);
    EXPECT_EQ(lane.error().cause, Cause::no_answer);
    EXPECT_EQ(lane.error().detail, "stopped");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
}

// ---- requests

TEST(LaneSend, sends_what_is_asked_and_only_its_own_of_what_is_its_own) {
    std::promise<Received> promise;
    TestServer server([&](ServerSide& side) {
        promise.set_value(side.read().value());
        side.answer("200 OK", "X-One: 1\r\nx-one: 2\r\n", "hello");
        side.await_end();
    });
    TestNetwork network;
    auto lane = network.open(server);
    ASSERT_TRUE(lane);
    Request request{.method = "POST", .target = "/EWS/Exchange.asmx?x=1", .body = "<soap/>"};
    request.headers.add("User-Agent", "the migration tool");
    request.headers.add("Expect", "100-continue");
    request.headers.add("host", "evil.example");
    request.headers.add("Content-Length", "999");
    const auto answer = lane->send(request, Deadline::in(10s));
    ASSERT_TRUE(answer) << answer.error().detail;
    const Received received = promise.get_future().get();
    EXPECT_EQ(received.head,
              fmt::format("POST /EWS/Exchange.asmx?x=1 HTTP/1.1\r\nHost: mail.contoso.example:{}\r\n"
                          "Connection: keep-alive\r\nAccept-Encoding: gzip\r\nContent-Length: 7\r\n"
                          "User-Agent: the migration tool\r\n",
                          server.port()));
    EXPECT_EQ(received.body, "<soap/>");
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->reason, "OK");
    EXPECT_EQ(answer->headers.all("X-ONE"), (std::vector<std::string_view>{"1", "2"}));
    EXPECT_EQ(answer->body, "hello");
    EXPECT_TRUE(answer->keeps_alive);
    EXPECT_TRUE(lane->began_to_send());
}

TEST(LaneSend, an_empty_post_has_a_length_and_a_get_has_none) {
    std::vector<std::string> lengths;
    TestServer server([&](ServerSide& side) {
        while (const auto request = side.read()) {
            lengths.push_back(request->field("Content-Length"));
            side.answer("200 OK");
        }
    });
    TestNetwork network;
    auto lane = network.open(server);
    ASSERT_TRUE(lane);
    ASSERT_TRUE(lane->send({.method = "POST"}, Deadline::in(10s)));
    ASSERT_TRUE(lane->send({.method = "GET"}, Deadline::in(10s)));
    EXPECT_TRUE(lane->alive());
    EXPECT_EQ(lengths, (std::vector<std::string>{"0", ""}));
    EXPECT_EQ(server.connections(), 1);
}

TEST(LaneSend, refuses_what_could_be_read_as_two_requests) {
    for (const Request& request : {Request{.method = "GET /x"},
                                   Request{.target = "/a b"},
                                   Request{.target = "/a\r\nX: y"},
                                   Request{.target = "https://other.example/"}}) {
        TestServer server([](ServerSide& side) { EXPECT_FALSE(side.read()); });
        TestNetwork network;
        auto lane = network.open(server);
        ASSERT_TRUE(lane);
        EXPECT_EQ(cause_of(lane->send(request, Deadline::in(10s))), "internal_error");
        EXPECT_FALSE(lane->began_to_send());
    }
    TestServer server([](ServerSide& side) { EXPECT_FALSE(side.read()); });
    TestNetwork network;
    auto lane = network.open(server);
    ASSERT_TRUE(lane);
    Request request;
    request.headers.add("Cookie", "a=b\r\nX-Evil: 1");
    EXPECT_EQ(cause_of(lane->send(request, Deadline::in(10s))), "internal_error");
}

TEST(LaneSend, redirects_are_returned) {
    const auto answer = answer_of("HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(answer->headers.first("location"), "https://evil.example/");
}

TEST(LaneSend, interim_answers_are_passed_over_but_not_without_end) {
    const auto answer = answer_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                                  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "ok");
    EXPECT_FALSE(answer->headers.has("Link"));
    std::string endless;
    for (int i = 0; i < 1000; ++i) {
        endless += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    EXPECT_EQ(cause_of(answer_of(endless)), "not_http");
    EXPECT_EQ(cause_of(answer_of("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")), "not_http");
}

TEST(LaneSend, answers_without_a_body_end_where_their_head_ends) {
    for (const char* head : {"HTTP/1.1 204 No Content\r\n\r\n",
                             "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
        const auto answer = answer_of(head);
        ASSERT_TRUE(answer) << head << answer.error().detail;
        EXPECT_EQ(answer->body, "");
        EXPECT_TRUE(answer->keeps_alive);
    }
    const auto answer =
        answer_of("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5000\r\n\r\n", {}, 10s, {}, "HEAD");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "");
}

TEST(LaneSend, a_chunked_body_is_put_together) {
    const auto answer = answer_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "hello world");
}

TEST(LaneSend, a_body_that_ends_with_the_connection_counts_only_after_an_orderly_end) {
    const std::string head = "HTTP/1.1 440 Login Timeout\r\nConnection: close\r\n\r\n<html/>";
    const auto whole = answer_of(head, [](ServerSide& side) { side.close(); });
    ASSERT_TRUE(whole) << whole.error().detail;
    EXPECT_EQ(whole->status, 440);
    EXPECT_EQ(whole->body, "<html/>");
    EXPECT_FALSE(whole->keeps_alive);
    EXPECT_EQ(cause_of(answer_of(head, [](ServerSide& side) { side.cut(); })), "connection_lost");
}

TEST(LaneSend, connection_close_ends_the_lane) {
    TestServer server([](ServerSide& side) {
        side.read();
        side.answer("200 OK", "Connection: close\r\n");
        side.await_end();
    });
    TestNetwork network;
    auto lane = network.open(server);
    ASSERT_TRUE(lane);
    const auto answer = lane->send({}, Deadline::in(10s));
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->keeps_alive);
    EXPECT_FALSE(lane->alive());
    EXPECT_EQ(cause_of(lane->send({}, Deadline::in(10s))), "connection_lost");
    EXPECT_FALSE(lane->began_to_send());
}

TEST(LaneSend, bytes_behind_an_answer_are_never_the_next_answer) {
    const auto answer = answer_of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "ok");
    EXPECT_FALSE(answer->keeps_alive);

    // The same in a record of its own, which comes while the lane is idle.
    std::promise<void> sent;
    TestServer server([&](ServerSide& side) {
        side.read();
        side.answer("200 OK");
        side.write("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
        sent.set_value();
        side.await_end();
    });
    TestNetwork network;
    auto lane = network.open(server);
    ASSERT_TRUE(lane);
    ASSERT_TRUE(lane->send({}, Deadline::in(10s)));
    sent.get_future().wait();
    EXPECT_FALSE(lane->alive());
    EXPECT_EQ(cause_of(lane->send({}, Deadline::in(10s))), "connection_lost");
    EXPECT_FALSE(lane->began_to_send());
}

TEST(LaneAlive, notices_that_the_peer_has_closed) {
    for (const bool orderly : {true, false}) {
        std::promise<void> closed;
        TestServer server([&](ServerSide& side) {
            side.read();
            side.answer("200 OK");
            orderly ? side.close() : side.cut();
            closed.set_value();
        });
        TestNetwork network;
        auto lane = network.open(server);
        ASSERT_TRUE(lane);
        ASSERT_TRUE(lane->send({}, Deadline::in(10s)));
        closed.get_future().wait();
        EXPECT_FALSE(lane->alive());
    }
}

TEST(LaneAlive, a_lane_that_was_moved_from_is_not_alive) {
    TestServer server([](ServerSide& side) { side.await_end(); });
    TestNetwork network;
    auto lane = network.open(server);
    ASSERT_TRUE(lane);
    const Lane other = std::move(*lane);
    EXPECT_TRUE(other.alive());
    EXPECT_FALSE(lane->alive());
}

// ---- gzip

TEST(LaneSend, a_gzip_body_is_inflated) {
    const std::string packed = gzipped("hello ") + gzipped("world");
    const auto answer = answer_of(fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{}", packed.size(), packed));
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->body, "hello world");
}

TEST(LaneSend, a_gzip_bomb_is_too_large_and_broken_gzip_is_not_http) {
    const auto with = [](const char* encoding, const std::string& body) {
        return cause_of(answer_of(fmt::format(
            "HTTP/1.1 200 OK\r\nContent-Encoding: {}\r\nContent-Length: {}\r\n\r\n{}", encoding, body.size(), body)));
    };
    EXPECT_EQ(with("gzip", gzipped(std::string(64 * 1024 * 1024, 'x'))), "answer_too_large");
    std::string members;
    for (int i = 0; i < 5; ++i) {
        members += gzipped(std::string(1024 * 1024, 'x'));
    }
    EXPECT_EQ(with("gzip", members), "answer_too_large"); // the sum counts
    EXPECT_EQ(with("x-gzip", gzipped(std::string(2 * 1024 * 1024, 'x'))), "");
    const std::string whole = gzipped("hello world");
    EXPECT_EQ(with("gzip", whole.substr(0, whole.size() - 3)), "not_http");
    EXPECT_EQ(with("gzip", "<html>not gzip</html>"), "not_http");
    EXPECT_EQ(with("gzip", whole + "garbage"), "not_http");
    EXPECT_EQ(with("br", "hello"), "not_http");
    EXPECT_EQ(with("identity", "hello"), "");
}

// ---- what a server can do wrong

struct Hostile {
    const char* name;
    std::string bytes;
    const char* cause;
    std::function<void(ServerSide&)> after = {};
    std::chrono::milliseconds timeout = 10s;
};

class LaneHostile : public ::testing::TestWithParam<Hostile> {};

TEST_P(LaneHostile, ends_in_its_cause) {
    const auto start = std::chrono::steady_clock::now();
    const auto answer = answer_of(GetParam().bytes, GetParam().after, GetParam().timeout);
    EXPECT_EQ(cause_of(answer), GetParam().cause) << (answer ? answer->body : answer.error().detail);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 9s);
}

void close_it(ServerSide& side) {
    side.close();
}

std::string repeated(const std::string& piece, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += piece;
    }
    return all;
}

void write_without_end(ServerSide& side, std::string_view piece) {
    while (side.write(piece)) {
    }
}

INSTANTIATE_TEST_SUITE_P(
    ,
    LaneHostile,
    ::testing::Values(
        Hostile{"silence", "", "no_answer", {}, 150ms},
        Hostile{"half_a_head", "HTTP/1.1 200 OK\r\nX: ", "no_answer", {}, 150ms},
        Hostile{"half_a_body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "no_answer", {}, 150ms},
        Hostile{"slow_bytes",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "no_answer",
                [](ServerSide& side) {
                    while (side.write("1\r\nx\r\n")) {
                        std::this_thread::sleep_for(1ms); // the slowness itself, not synchronisation
                    }
                },
                200ms},
        Hostile{"endless_head",
                "HTTP/1.1 200 OK\r\n",
                "answer_too_large",
                [](ServerSide& side) { write_without_end(side, "X-Padding: " + std::string(1000, 'x') + "\r\n"); }},
        Hostile{"endless_head_line",
                "HTTP/1.1 200 OK\r\nX: ",
                "answer_too_large",
                [](ServerSide& side) { write_without_end(side, std::string(1000, 'x')); }},
        Hostile{"endless_reason",
                "HTTP/1.1 200 ",
                "answer_too_large",
                [](ServerSide& side) { write_without_end(side, std::string(1000, 'x')); }},
        Hostile{"endless_chunks",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "answer_too_large",
                [](ServerSide& side) { write_without_end(side, "1000\r\n" + std::string(4096, 'x') + "\r\n"); }},
        Hostile{"endless_chunk_extension",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;",
                "answer_too_large",
                [](ServerSide& side) { write_without_end(side, std::string(1000, 'x')); }},
        Hostile{"endless_trailer",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                "answer_too_large",
                [](ServerSide& side) { write_without_end(side, "X-Padding: " + std::string(1000, 'x') + "\r\n"); }},
        Hostile{"endless_body_without_length",
                "HTTP/1.1 200 OK\r\n\r\n",
                "answer_too_large",
                [](ServerSide& side) { write_without_end(side, std::string(4096, 'x')); }},
        Hostile{"length_over_the_limit", "HTTP/1.1 200 OK\r\nContent-Length: 2097153\r\n\r\n", "answer_too_large"},
        Hostile{"length_of_an_exabyte",
                "HTTP/1.1 200 OK\r\nContent-Length: 1152921504606846976\r\n\r\n",
                "answer_too_large"},
        Hostile{"length_of_many_exabytes_with_a_beginning",
                "HTTP/1.1 200 OK\r\nContent-Length: 4611686018427387904\r\n\r\n" + std::string(100'000, 'x'),
                "answer_too_large"},
        Hostile{"body_over_the_limit",
                "HTTP/1.1 200 OK\r\nContent-Length: 2097153\r\n\r\n" + std::string(2'097'153, 'x'),
                "answer_too_large"},
        Hostile{"megabytes_of_cookies",
                "HTTP/1.1 200 OK\r\n" + repeated("Set-Cookie: a=" + std::string(4000, 'x') + "; path=/\r\n", 1000) +
                    "Content-Length: 0\r\n\r\n",
                "answer_too_large"},
        Hostile{"length_negative", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "not_http"},
        Hostile{
            "length_beyond_64_bits", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", "not_http"},
        Hostile{"two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "not_http"},
        Hostile{"chunk_of_minus_two", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nx\r\n", "not_http"},
        Hostile{"chunk_of_too_many_digits",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx",
                "not_http"},
        Hostile{"chunk_over_the_limit",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nxxxxxxxx",
                "answer_too_large"},
        Hostile{
            "chunk_without_its_end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabX5\r\n", "not_http"},
        Hostile{"garbage", "\x16\x03\x01 hello, I am no web server\r\n\r\n", "not_http"},
        Hostile{"an_smtp_server", "220 mail.contoso.example ESMTP\r\n", "not_http"},
        Hostile{"http_2", "HTTP/2 200 OK\r\n\r\n", "not_http"},
        Hostile{"status_of_two_digits", "HTTP/1.1 20 OK\r\n\r\n", "not_http"},
        Hostile{"nul_in_a_field", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"s, "not_http"},
        Hostile{"closed_before_it_answered", "", "connection_lost", close_it},
        Hostile{"closed_in_the_head", "HTTP/1.1 200 OK\r\nX", "connection_lost", close_it},
        Hostile{"closed_in_the_body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "connection_lost", close_it},
        Hostile{"closed_in_a_chunk",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nx",
                "connection_lost",
                close_it},
        Hostile{"cut",
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
                "connection_lost",
                [](ServerSide& side) { side.cut(); }}),
    [](const auto& instance) { return instance.param.name; });

TEST(LaneSend, an_answer_cut_at_any_byte_is_no_answer) {
    const std::string whole = gzipped("<html>hello</html>");
    const std::string plain =
        fmt::format("HTTP/1.1 200 OK\r\nX-FEServer: FE1\r\nContent-Encoding: gzip\r\nContent-Length: "
                    "{}\r\n\r\n{}",
                    whole.size(),
                    whole);
    const std::string chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6;x=y\r\n<html>\r\n7\r\n</html>\r\n0\r\n"
        "X-Trailer: 1\r\n\r\n";
    for (const std::string& text : {plain, chunked}) {
        ASSERT_EQ(cause_of(answer_of(text)), "");
        for (std::size_t cut = 0; cut < text.size(); ++cut) {
            const auto orderly = answer_of(text.substr(0, cut), close_it);
            EXPECT_EQ(cause_of(orderly), "connection_lost") << cut;
            const auto torn = answer_of(text.substr(0, cut), [](ServerSide& side) { side.cut(); });
            EXPECT_EQ(cause_of(torn), "connection_lost") << cut;
        }
    }
}

TEST(LaneSend, a_refused_deadline_or_stop_sends_nothing) {
    TestServer server([](ServerSide& side) { EXPECT_FALSE(side.read()); });
    TestNetwork network;
    auto late = network.open(server);
    ASSERT_TRUE(late);
    EXPECT_EQ(cause_of(late->send({}, Deadline::in(0ms))), "no_answer");
    EXPECT_FALSE(late->began_to_send());
    auto stopped = network.open(server);
    ASSERT_TRUE(stopped);
    std::stop_source stop;
    stop.request_stop();
    const auto answer = stopped->send({}, Deadline::in(10s, stop.get_token()));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), (core::Failure{Stage::exchange, Cause::no_answer, "stopped", {}}));
    EXPECT_FALSE(stopped->began_to_send());
}

TEST(LaneSend, a_stop_ends_the_wait_for_an_answer_at_once) {
    std::stop_source stop;
    TestServer server([&](ServerSide& side) {
        side.read();
        side.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
        stop.request_stop();
        side.await_end();
    });
    TestNetwork network;
    auto lane = network.open(server);
    ASSERT_TRUE(lane);
    const auto start = std::chrono::steady_clock::now();
    const auto answer = lane->send({}, Deadline::in(30s, stop.get_token()));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), (core::Failure{Stage::exchange, Cause::no_answer, "stopped", {}}));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
    EXPECT_FALSE(lane->alive());
}

TEST(LaneSend, a_stop_ends_a_write_that_the_server_does_not_take) {
    std::stop_source stop;
    std::promise<void> over;
    const auto until = over.get_future().share();
    TestServer server([until](ServerSide&) { until.wait(); });
    TestNetwork network;
    auto lane = network.open(server);
    ASSERT_TRUE(lane);
    Request request{.method = "POST", .body = std::string(64 * 1024 * 1024, 'x')};
    std::jthread stopper([&] { stop.request_stop(); });
    const auto start = std::chrono::steady_clock::now();
    const auto answer = lane->send(request, Deadline::in(30s, stop.get_token()));
    over.set_value();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().detail, "stopped");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1500ms);
}

TEST(LaneSend, a_late_stop_does_not_touch_the_next_request) {
    TestServer server([&](ServerSide& side) {
        while (side.read()) {
            side.answer("200 OK");
        }
    });
    TestNetwork network;
    auto lane = network.open(server);
    ASSERT_TRUE(lane);
    for (int i = 0; i < 200; ++i) {
        std::stop_source stop;
        std::jthread stopper([&] { stop.request_stop(); });
        if (!lane->send({}, Deadline::in(10s, stop.get_token()))) {
            lane = network.open(server);
            ASSERT_TRUE(lane);
        }
        stopper.join();
        ASSERT_TRUE(lane->send({}, Deadline::in(10s))) << i;
    }
}

} // namespace
} // namespace mailpreflight::http
