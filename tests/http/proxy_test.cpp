#include "http/proxy.hpp"

#include "http/authenticated_lane.hpp"
#include "http/proxy_answer.hpp"
#include "tests/http/support.hpp"

#include <gtest/gtest.h>

#include <future>
#include <poll.h>

namespace mailpreflight::http {
namespace {

using base::Deadline;
using core::Cause;
using core::PresentationResult;
using core::Stage;
using testing::RecordingGate;
using testing::ServerSide;
using testing::TestNetwork;
using testing::TestServer;
using namespace std::chrono_literals;

/// A listener of raw bytes: each connection reads one head and plays the script, which gets it.
class FakeProxy {
public:
    using Script = std::function<void(int fd, const std::string& head)>;

    explicit FakeProxy(Script script) :
        script_(std::move(script)),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener_.get(), generic, sizeof address), 0);
        EXPECT_EQ(::listen(listener_.get(), 16), 0);
        socklen_t size = sizeof address;
        getsockname(listener_.get(), generic, &size);
        port_ = ntohs(address.sin_port);
        accepter_ = std::thread([this] { accept_all(); });
    }
    ~FakeProxy() {
        stopping_ = true;
        ::shutdown(listener_.get(), SHUT_RDWR);
        accepter_.join();
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }
    FakeProxy(const FakeProxy&) = delete;
    FakeProxy& operator=(const FakeProxy&) = delete;

    [[nodiscard]] unsigned short port() const {
        return port_;
    }
    std::vector<std::string> heads() {
        const std::lock_guard lock(mutex_);
        return heads_;
    }

    static void say(int fd, std::string_view text) {
        [[maybe_unused]] const auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    }

    /// Says 200 and carries bytes to and fro until one side ends.
    static void carry(int fd, unsigned short port) {
        const base::UniqueFd to(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        ASSERT_EQ(::connect(to.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        say(fd, "HTTP/1.1 200 Connection established\r\n\r\n");
        std::array<char, 4096> bytes{};
        for (;;) {
            std::array<pollfd, 2> fds{pollfd{fd, POLLIN, 0}, pollfd{to.get(), POLLIN, 0}};
            ::poll(fds.data(), fds.size(), -1);
            for (std::size_t side = 0; side < 2; ++side) {
                if (fds.at(side).revents == 0) {
                    continue;
                }
                const ssize_t got = ::recv(fds.at(side).fd, bytes.data(), bytes.size(), 0);
                if (got <= 0) {
                    return;
                }
                say(fds.at(1 - side).fd, {bytes.data(), static_cast<std::size_t>(got)});
            }
        }
    }

private:
    void accept_all() {
        while (!stopping_) {
            auto socket = std::make_shared<base::UniqueFd>(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!socket->valid()) {
                continue;
            }
            threads_.emplace_back([this, socket] {
                std::string head;
                std::array<char, 1024> bytes{};
                while (head.find("\r\n\r\n") == std::string::npos) {
                    const ssize_t got = ::recv(socket->get(), bytes.data(), bytes.size(), 0);
                    if (got <= 0) {
                        return;
                    }
                    head.append(bytes.data(), static_cast<std::size_t>(got));
                }
                {
                    const std::lock_guard lock(mutex_);
                    heads_.push_back(head);
                }
                script_(socket->get(), head);
                ::shutdown(socket->get(), SHUT_RDWR);
            });
        }
    }

    Script script_;
    base::UniqueFd listener_;
    unsigned short port_ = 0;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::vector<std::string> heads_;
    std::vector<std::thread> threads_;
    std::thread accepter_;
};

constexpr const char* wants_basic = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
                                    "realm=\"x\"\r\nContent-Length: 0\r\n\r\n";
// base64 of "proxyuser:Proxy-Horse-1"
constexpr const char* login_field = "Proxy-Authorization: Basic cHJveHl1c2VyOlByb3h5LUhvcnNlLTE=\r\n";

class ProxyTest : public ::testing::Test {
protected:
    Proxy proxy(const FakeProxy& at, bool with_login = false) {
        Proxy proxy;
        proxy.host = "proxy.example";
        proxy.port = at.port();
        proxy.gate = &gate_;
        proxy.door = {"contoso", "proxy"};
        proxy.has_login = with_login;
        if (with_login) {
            proxy.identity =
                std::make_shared<Identity>(Identity{"proxyuser", "proxyuser", base::Secret("Proxy-Horse-1"), "fp"});
        }
        return proxy;
    }
    core::Outcome<Lane> open(const Proxy& proxy, std::chrono::milliseconds timeout = 10s, std::stop_token stop = {}) {
        return Lane::open(
            *network_, network_.target(server_), Deadline::in(timeout, std::move(stop)), &report_, {}, &proxy);
    }
    /// What comes of a proxy that answers each CONNECT so.
    core::Failure failure_of(std::string answer, bool with_login = false) {
        FakeProxy fake([answer](int fd, const std::string&) { FakeProxy::say(fd, answer); });
        const auto lane = open(proxy(fake, with_login));
        EXPECT_FALSE(lane);
        EXPECT_EQ(server_.connections(), 0);
        return lane ? core::Failure{} : lane.error();
    }

    TestServer server_{[](ServerSide& side) {
        while (side.read() && side.answer("200 OK", "", "through")) {
        }
    }};
    TestNetwork network_;
    RecordingGate gate_;
    DialReport report_;
};

TEST_F(ProxyTest, connects_by_CONNECT_and_judges_the_certificate_of_the_source) {
    FakeProxy fake([this](int fd, const std::string&) { FakeProxy::carry(fd, server_.port()); });
    Proxy with_agent = proxy(fake);
    with_agent.user_agent = "test/1";
    {
        auto lane = open(with_agent);
        ASSERT_TRUE(lane) << lane.error().detail;
        const auto answer = lane->send({}, Deadline::in(10s));
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->body, "through");
    }
    const std::string authority = "mail.contoso.example:" + std::to_string(server_.port());
    EXPECT_EQ(
        fake.heads(),
        std::vector{"CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\nUser-Agent: test/1\r\n\r\n"});
    EXPECT_EQ(report_.proxy, "proxy.example:" + std::to_string(fake.port()));
    EXPECT_EQ(report_.peer, "127.0.0.1:" + std::to_string(fake.port()));
    EXPECT_FALSE(report_.certificate.binding.empty()) << "the source's own, for channel bindings";
}

TEST_F(ProxyTest, presents_its_login_once_where_it_is_asked_for_and_under_the_guard) {
    FakeProxy fake([this](int fd, const std::string& head) {
        if (head.find(login_field) == std::string::npos) {
            FakeProxy::say(fd, wants_basic);
        } else {
            FakeProxy::carry(fd, server_.port());
        }
    });
    EXPECT_TRUE(open(proxy(fake, true)));
    EXPECT_EQ(fake.heads().size(), 2U);
    EXPECT_EQ(fake.heads().front().find("Authorization"), std::string::npos) << "nothing before it asks";
    ASSERT_EQ(gate_.begins.size(), 1U);
    EXPECT_EQ(gate_.begins[0].door, (core::Door{"contoso", "proxy"}));
    EXPECT_EQ(gate_.begins[0].account, "proxyuser");
    EXPECT_EQ(gate_.finishes,
              (std::vector<RecordingGate::Finish>{{PresentationResult::accepted, "200 after Basic to the proxy"}}));
}

TEST_F(ProxyTest, a_login_that_is_refused_is_not_tried_again) {
    FakeProxy fake([](int fd, const std::string&) { FakeProxy::say(fd, wants_basic); });
    const auto lane = open(proxy(fake, true));
    ASSERT_FALSE(lane);
    EXPECT_EQ(lane.error().cause, Cause::proxy_login_refused);
    EXPECT_EQ(lane.error().stage, Stage::connect);
    EXPECT_EQ(fake.heads().size(), 2U);
    EXPECT_EQ(gate_.finishes,
              (std::vector<RecordingGate::Finish>{{PresentationResult::refused, "407 after Basic to the proxy"}}));
}

TEST_F(ProxyTest, a_401_after_the_login_is_its_refusal_too) {
    FakeProxy fake([](int fd, const std::string& head) {
        FakeProxy::say(fd,
                       head.find(login_field) == std::string::npos ? wants_basic : "HTTP/1.0 401 Unauthorized\r\n\r\n");
    });
    EXPECT_EQ(open(proxy(fake, true)).error().cause, Cause::proxy_login_refused);
    ASSERT_EQ(gate_.finishes.size(), 1U);
    EXPECT_EQ(gate_.finishes[0].result, PresentationResult::refused);
}

TEST_F(ProxyTest, what_the_guard_holds_back_does_not_leave) {
    gate_.refusal = core::Failure{Stage::authenticate, Cause::credential_parked, "parked", {}};
    FakeProxy fake([](int fd, const std::string&) { FakeProxy::say(fd, wants_basic); });
    const auto lane = open(proxy(fake, true));
    ASSERT_FALSE(lane);
    EXPECT_EQ(lane.error().cause, Cause::proxy_login_refused);
    EXPECT_EQ(lane.error().stage, Stage::connect);
    for (const std::string& head : fake.heads()) {
        EXPECT_EQ(head.find("Authorization"), std::string::npos);
    }
}

TEST_F(ProxyTest, a_login_is_not_given_where_none_is_configured_or_basic_is_not_offered) {
    EXPECT_NE(failure_of(wants_basic).detail.find("proxy_account is not set"), std::string::npos);
    const core::Failure other = failure_of(
        "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n", true);
    EXPECT_EQ(other.cause, Cause::proxy_login_refused);
    EXPECT_NE(other.detail.find("negotiate, ntlm"), std::string::npos) << other.detail;
    EXPECT_TRUE(gate_.begins.empty());
}

TEST_F(ProxyTest, an_error_after_the_login_is_no_refusal_of_it) {
    FakeProxy fake([](int fd, const std::string& head) {
        FakeProxy::say(
            fd, head.find(login_field) == std::string::npos ? wants_basic : "HTTP/1.1 503 Service Unavailable\r\n\r\n");
    });
    EXPECT_EQ(open(proxy(fake, true)).error().cause, Cause::proxy_refused);
    ASSERT_EQ(gate_.finishes.size(), 1U);
    EXPECT_EQ(gate_.finishes[0].result, PresentationResult::accepted);
}

TEST_F(ProxyTest, a_connection_that_is_lost_with_the_login_is_unanswered) {
    FakeProxy fake([](int fd, const std::string& head) {
        if (head.find(login_field) == std::string::npos) {
            FakeProxy::say(fd, wants_basic);
        }
    });
    EXPECT_EQ(open(proxy(fake, true)).error().cause, Cause::proxy_unreachable);
    ASSERT_EQ(gate_.finishes.size(), 1U);
    EXPECT_EQ(gate_.finishes[0].result, PresentationResult::unanswered);
}

TEST_F(ProxyTest, what_refuses_us_is_told_with_the_proxy_s_own_word) {
    for (const auto& [status, word] : {std::pair("403 Filtered", "403 Filtered"),
                                       std::pair("502 Bad Gateway", "502 Bad Gateway"),
                                       std::pair("503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 111",
                                                 "503 Service Unavailable (ERR_CONNECT_FAIL 111)"),
                                       std::pair("504 Gateway Time-out", "504 Gateway Time-out"),
                                       std::pair("302 Found", "302 Found")}) {
        const core::Failure failure = failure_of(std::string("HTTP/1.1 ") + status + "\r\n\r\n<html>");
        EXPECT_EQ(failure.cause, Cause::proxy_refused) << status;
        EXPECT_EQ(failure.stage, Stage::connect);
        EXPECT_NE(failure.detail.find(word), std::string::npos) << failure.detail;
    }
}

TEST_F(ProxyTest, what_is_no_proxy_is_unreachable_within_bounds) {
    EXPECT_EQ(failure_of("SSH-2.0-OpenSSH_9.2\r\n\r\n").cause, Cause::proxy_unreachable);
    EXPECT_EQ(failure_of("").cause, Cause::proxy_unreachable);
    EXPECT_EQ(failure_of("HTTP/1.1 200 OK\r\nX: " + std::string(64 * 1024, 'x')).cause, Cause::proxy_unreachable);
    EXPECT_EQ(failure_of("HTTP/1.1 200 OK\r\n\r\nhello").cause, Cause::proxy_unreachable) << "bytes of its own";
    Proxy none;
    none.host = "127.0.0.1";
    none.port = 1;
    EXPECT_EQ(open(none).error().cause, Cause::proxy_unreachable);
    EXPECT_EQ(open(none).error().stage, Stage::connect);
}

TEST_F(ProxyTest, a_proxy_without_an_address_fails_at_its_name) {
    net::Network nowhere([](const std::string& host) -> core::Outcome<std::vector<net::Address>> {
        return core::failed(Stage::resolve, Cause::dns_not_found, host + " does not resolve");
    });
    Proxy lost;
    lost.host = "proxy.example";
    const auto lane = Lane::open(nowhere, network_.target(server_), Deadline::in(10s), &report_, {}, &lost);
    ASSERT_FALSE(lane);
    EXPECT_EQ(lane.error().stage, Stage::resolve);
    EXPECT_EQ(lane.error().cause, Cause::proxy_unreachable);
    EXPECT_EQ(lane.error().detail, "the proxy proxy.example:3128: proxy.example does not resolve");
}

TEST_F(ProxyTest, a_silent_proxy_is_left_at_the_deadline_and_at_a_stop) {
    std::promise<void> over;
    FakeProxy silent([&, until = over.get_future().share()](int, const std::string&) { until.wait(); });
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(open(proxy(silent), 100ms).error().cause, Cause::proxy_unreachable);
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    const auto lane = open(proxy(silent), 30s, stop.get_token());
    ASSERT_FALSE(lane);
    EXPECT_EQ(lane.error().cause, Cause::no_answer);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    over.set_value();
}

TEST(ProxyAnswer, reads_the_head_alone) {
    const auto answer = read_proxy_answer("HTTP/1.0 407 Nope\r\nproxy-authenticate: NTLM\r\nProxy-Authenticate: basic "
                                          "realm=\"a, b\"\r\nContent-Length: 500\r\n\r\n<html>");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 407);
    EXPECT_EQ(answer->word, "407 Nope");
    EXPECT_EQ(answer->offers, "ntlm, basic");
    EXPECT_TRUE(answer->offers_basic);
    EXPECT_FALSE(read_proxy_answer("HTTP/1.1 200 OK\r\n"));
    EXPECT_FALSE(read_proxy_answer("garbage\r\n\r\n"));
}

} // namespace
} // namespace mailpreflight::http
