#include "net/kdc.hpp"

#include "base/unique_fd.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace mailpreflight::net {
namespace {

using core::Cause;
using namespace std::chrono_literals;

TEST(KdcName, has_a_port_where_it_says_one) {
    EXPECT_EQ(kdc_named("dc1.contoso.example"), (Kdc{"dc1.contoso.example", 88}));
    EXPECT_EQ(kdc_named("dc1.contoso.example:1088"), (Kdc{"dc1.contoso.example", 1088}));
    EXPECT_EQ(kdc_named("192.0.2.7:88"), (Kdc{"192.0.2.7", 88}));
    EXPECT_EQ(kdc_named("2001:db8::1"), (Kdc{"2001:db8::1", 88}));
    EXPECT_EQ(kdc_named("[2001:db8::1]"), (Kdc{"2001:db8::1", 88}));
    EXPECT_EQ(kdc_named("[2001:db8::1]:1088"), (Kdc{"2001:db8::1", 1088}));
}

/// Takes one connection and plays with it.
class OneShotKdc {
public:
    explicit OneShotKdc(std::function<void(int)> script) :
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener_.get(), 1), 0);
        socklen_t size = sizeof address;
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        kdc = {"127.0.0.1", ntohs(address.sin_port)};
        thread_ = std::thread([this, script = std::move(script)] {
            const base::UniqueFd socket(::accept(listener_.get(), nullptr, nullptr));
            script(socket.get());
        });
    }
    ~OneShotKdc() {
        thread_.join();
    }
    OneShotKdc(const OneShotKdc&) = delete;
    OneShotKdc& operator=(const OneShotKdc&) = delete;

    Kdc kdc;

private:
    base::UniqueFd listener_;
    std::thread thread_;
};

std::string read_some(int fd, std::size_t size) {
    std::string text(size, '\0');
    const ssize_t got = ::recv(fd, text.data(), size, MSG_WAITALL);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

TEST(AskKdc, frames_message_and_answer_with_four_bytes_of_length) {
    std::string heard;
    bool sent = false;
    {
        const OneShotKdc server([&](int fd) {
            heard = read_some(fd, 9);
            const std::string answer("\0\0\0\3yes", 7);
            ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
        });
        Network network;
        EXPECT_EQ(ask_kdc(network, server.kdc, "hello", sent, base::Deadline::in(10s)), "yes");
    }
    EXPECT_EQ(heard, std::string("\0\0\0\5hello", 9));
    EXPECT_TRUE(sent);
}

TEST(AskKdc, tells_a_message_without_an_answer_from_one_that_never_left) {
    bool sent = false;
    Network network;
    Kdc gone;
    {
        const OneShotKdc server([](int fd) { read_some(fd, 9); });
        gone = server.kdc;
        const auto answer = ask_kdc(network, server.kdc, "hello", sent, base::Deadline::in(10s));
        EXPECT_EQ(answer.error().cause, Cause::kerberos_unreachable);
        EXPECT_TRUE(sent);
    }
    const auto answer = ask_kdc(network, gone, "hello", sent, base::Deadline::in(10s));
    EXPECT_EQ(answer.error().cause, Cause::kerberos_unreachable);
    EXPECT_FALSE(sent);
}

TEST(AskKdc, ends_at_the_deadline_and_at_an_answer_that_is_no_kerberos) {
    bool sent = false;
    Network network;
    {
        const OneShotKdc silent([](int fd) { read_some(fd, 10); }); // waits for more than comes
        const auto answer = ask_kdc(network, silent.kdc, "hello", sent, base::Deadline::in(50ms));
        EXPECT_NE(answer.error().detail.find("no answer in time"), std::string::npos) << answer.error().detail;
    }
    const OneShotKdc http([](int fd) {
        read_some(fd, 9);
        const std::string_view answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
        ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    });
    const auto answer = ask_kdc(network, http.kdc, "hello", sent, base::Deadline::in(10s));
    EXPECT_NE(answer.error().detail.find("no Kerberos"), std::string::npos) << answer.error().detail;
}

} // namespace
} // namespace mailpreflight::net
