#include "notify/email.hpp"

#include "tests/http/support.hpp"
#include "values.hpp"

#include <gmock/gmock.h>

#include <future>

/// What tests/integration/notify_test.py, which has real mail servers, cannot see from outside.
namespace mailpreflight::notify {
namespace {

using base::Deadline;
using testing::ServerSide;
using testing::TestNetwork;
using testing::TestServer;

EmailSettings plain_to(unsigned short port) {
    EmailSettings settings = mail_settings();
    settings.server = "localhost";
    settings.port = port;
    settings.tls = MailTls::none;
    return settings;
}

TEST(Email, ends_within_a_second_or_two_when_it_is_asked_to_stop) {
    TestServer silent(
        [](ServerSide& side) { side.await_end(); }, TestServer::ordinary_certificate(), {.is_plain = true});
    TestNetwork network;
    Email email(*network, plain_to(silent.port()), origin, "");
    std::stop_source stop;
    auto delivery =
        std::async(std::launch::async, [&] { return email.send(firing(), Deadline::in(60s, stop.get_token())); });
    silent.await_connections(1);
    stop.request_stop();
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(delivery.get(), (Delivery{DeliveryResult::later, "stopped", {}}));
    EXPECT_LT(std::chrono::steady_clock::now() - started, 3s);
}

TEST(Email, keeps_its_deadline_although_the_resolver_hangs) {
    std::promise<void> release;
    net::Network network(
        [wait = release.get_future().share()](const std::string& host) -> core::Outcome<std::vector<net::Address>> {
            wait.wait();
            return core::failed(core::Stage::resolve, core::Cause::dns_not_found, host);
        });
    Email email(network, mail_settings(), origin, "");
    const auto started = std::chrono::steady_clock::now();
    const Delivery delivery = email.send(firing(), Deadline::in(300ms));
    EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);
    EXPECT_EQ(delivery.result, DeliveryResult::later);
    EXPECT_THAT(delivery.detail, ::testing::StartsWith("mail.contoso.example:587: "));
    release.set_value();
}

TEST(Email, asks_no_resolver_but_ours) {
    TestServer server(
        [](ServerSide& side) { side.write("421 busy\r\n"); }, TestServer::ordinary_certificate(), {.is_plain = true});
    TestNetwork network; // where every name is this machine
    EmailSettings settings = mail_settings();
    settings.server = "no-such-name.invalid";
    settings.port = server.port();
    Email email(*network, std::move(settings), origin, "");
    EXPECT_THAT(email.send(firing(), Deadline::in(10s)).detail, ::testing::HasSubstr("reply 421"));
}

TEST(Email, sends_no_password_where_the_server_gives_no_tls) {
    std::string heard;
    TestServer server(
        [&](ServerSide& side) {
            side.write("220 hello\r\n");
            heard = side.line();
            side.write("250-hello\r\n250 AUTH PLAIN LOGIN\r\n");
            heard += side.line();
        },
        TestServer::ordinary_certificate(),
        {.is_plain = true});
    TestNetwork network;
    EmailSettings settings = plain_to(server.port());
    settings.tls = MailTls::starttls;
    Email email(*network, std::move(settings), origin, "");
    const Delivery delivery = email.send(firing(), Deadline::in(10s));
    EXPECT_EQ(delivery.result, DeliveryResult::later);
    EXPECT_THAT(delivery.detail, ::testing::HasSubstr("STARTTLS"));
    EXPECT_THAT(heard, ::testing::StartsWith("EHLO migrator1.contoso.example\r\n"));
    EXPECT_THAT(heard, ::testing::Not(::testing::HasSubstr("AUTH")));
}

} // namespace
} // namespace mailpreflight::notify
