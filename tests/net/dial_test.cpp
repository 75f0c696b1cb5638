#include "net/dial.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <chrono>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

namespace mailpreflight::net {
namespace {

using base::Deadline;
using core::Cause;
using namespace std::chrono_literals;

/// A bound port of 127.0.0.1 that listens, or does not (and so refuses).
class Port {
public:
    explicit Port(int backlog) :
        socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(socket_.get(), generic, sizeof address), 0);
        if (backlog >= 0) {
            EXPECT_EQ(::listen(socket_.get(), backlog), 0);
        }
        socklen_t size = sizeof address;
        getsockname(socket_.get(), generic, &size);
        number_ = ntohs(address.sin_port);
    }
    [[nodiscard]] unsigned short number() const {
        return number_;
    }

private:
    base::UniqueFd socket_;
    unsigned short number_ = 0;
};

/// A port whose queue of connections is full, so that further attempts stay without an answer.
class SilentPort {
public:
    SilentPort() :
        port_(0) {
        for (int i = 0; i < 3; ++i) {
            base::UniqueFd filler(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_port = htons(port_.number());
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            ::connect(filler.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
            fillers_.push_back(std::move(filler));
        }
    }
    [[nodiscard]] unsigned short number() const {
        return port_.number();
    }

private:
    Port port_;
    std::vector<base::UniqueFd> fillers_;
};

TEST(Dial, connects_to_a_listening_port) {
    const Port port(5);
    const auto dialed = dial({{"127.0.0.1"}}, port.number(), Deadline::in(5s));
    ASSERT_TRUE(dialed);
    EXPECT_TRUE(dialed->socket.valid());
    EXPECT_EQ(dialed->address, Address{"127.0.0.1"});
}

TEST(Dial, goes_on_to_the_next_address_when_one_refuses) {
    const Port port(5);
    const auto dialed = dial({{"127.0.0.2"}, {"127.0.0.1"}}, port.number(), Deadline::in(5s));
    ASSERT_TRUE(dialed);
    EXPECT_EQ(dialed->address, Address{"127.0.0.1"});
}

TEST(Dial, a_closed_port_is_refused_and_every_address_is_named) {
    const Port port(-1);
    const auto dialed = dial({{"127.0.0.2"}, {"127.0.0.1"}}, port.number(), Deadline::in(5s));
    ASSERT_FALSE(dialed);
    const std::string number = std::to_string(port.number());
    EXPECT_EQ(dialed.error(),
              (core::Failure{core::Stage::connect,
                             Cause::tcp_refused,
                             "127.0.0.2:" + number + " refused; 127.0.0.1:" + number + " refused",
                             {}}));
}

TEST(Dial, a_silent_port_times_out_at_the_deadline) {
    const SilentPort port;
    const auto start = std::chrono::steady_clock::now();
    const auto dialed = dial({{"127.0.0.1"}}, port.number(), Deadline::in(150ms));
    ASSERT_FALSE(dialed);
    EXPECT_EQ(dialed.error().cause, Cause::tcp_timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 140ms);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
}

TEST(Dial, a_silent_address_leaves_the_next_one_its_share) {
    const SilentPort port; // 127.0.0.1 is silent, 127.0.0.2 refuses
    const auto dialed = dial({{"127.0.0.1"}, {"127.0.0.2"}}, port.number(), Deadline::in(200ms));
    ASSERT_FALSE(dialed);
    EXPECT_EQ(dialed.error().cause, Cause::tcp_refused);
    EXPECT_THAT(dialed.error().detail, ::testing::HasSubstr("did not answer; "));
}

TEST(Dial, an_address_without_a_route_is_unreachable) {
    const auto dialed = dial({{"not an address"}}, 443, Deadline::in(1s));
    ASSERT_FALSE(dialed);
    EXPECT_EQ(dialed.error().cause, Cause::tcp_unreachable);
}

TEST(Dial, a_stop_ends_it_at_once) {
    const SilentPort port;
    std::stop_source stop;
    const auto start = std::chrono::steady_clock::now();
    std::jthread stopper([&] {
        // There is nothing to wait for: a stop before, at or after the start of the wait must all work.
        stop.request_stop();
    });
    const auto dialed = dial({{"127.0.0.1"}}, port.number(), Deadline::in(30s, stop.get_token()));
    ASSERT_FALSE(dialed);
    EXPECT_EQ(dialed.error(), (core::Failure{core::Stage::connect, Cause::no_answer, "stopped", {}}));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
}

} // namespace
} // namespace mailpreflight::net
