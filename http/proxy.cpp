#include "http/proxy.hpp"

#include "base/text.hpp"
#include "http/authenticated_lane.hpp"
#include "http/base64.hpp"
#include "http/proxy_answer.hpp"
#include "net/stop_signal.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace mailpreflight::http {

namespace {

using core::Cause;
using core::PresentationResult;
using core::Stage;

std::string authority_of(const net::Target& target) {
    const bool v6 = target.host.find(':') != std::string::npos;
    return fmt::format("{}:{}", v6 ? "[" + target.host + "]" : target.host, target.port);
}

tl::unexpected<core::Failure> stopped() {
    return core::failed(Stage::connect, Cause::no_answer, "stopped");
}

tl::unexpected<core::Failure> unreachable(const Proxy& proxy, const std::string& why, Stage stage = Stage::connect) {
    return core::failed(stage, Cause::proxy_unreachable, fmt::format("the proxy {}: {}", name_of(proxy), why));
}

/// One question on one connection.
class Talk {
public:
    Talk(const Proxy& proxy, int socket, const base::Deadline& deadline) :
        proxy_(proxy),
        socket_(socket),
        deadline_(deadline),
        stop_(deadline.stop) {}

    core::Outcome<void> send(std::string_view text) {
        while (!text.empty()) {
            if (auto ready = wait(POLLOUT); !ready) {
                return ready;
            }
            const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent > 0) {
                began_ = true;
                text.remove_prefix(static_cast<std::size_t>(sent));
            } else if (errno != EAGAIN && errno != EINTR) {
                return unreachable(proxy_, std::strerror(errno));
            }
        }
        return {};
    }

    /// All up to the empty line. What comes behind the head of a refusal is of no interest.
    core::Outcome<std::string> head() {
        std::string text;
        std::array<char, 4096> bytes{};
        while (text.find("\r\n\r\n") == std::string::npos) {
            if (text.size() > longest_proxy_head) {
                return unreachable(proxy_, "the head of its answer is larger than the limit");
            }
            if (auto ready = wait(POLLIN); !ready) {
                return tl::unexpected(std::move(ready.error()));
            }
            const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
            if (got == 0) {
                return unreachable(proxy_, "it closed the connection without an answer");
            }
            if (got > 0) {
                text.append(bytes.data(), static_cast<std::size_t>(got));
            } else if (errno != EAGAIN && errno != EINTR) {
                return unreachable(proxy_, std::strerror(errno));
            }
        }
        return text;
    }

    [[nodiscard]] bool began() const noexcept {
        return began_;
    }

private:
    core::Outcome<void> wait(short events) {
        switch (stop_.wait(socket_, events, deadline_.at)) {
        case net::Ready::socket:
            return {};
        case net::Ready::deadline:
            return unreachable(proxy_, "no answer before the deadline");
        case net::Ready::stopped:
            break;
        }
        return stopped();
    }

    const Proxy& proxy_;
    int socket_;
    const base::Deadline& deadline_;
    net::StopSignal stop_;
    bool began_ = false;
};

core::Outcome<net::Dialed>
dial(net::Network& network, const Proxy& proxy, const base::Deadline& deadline, DialReport& report) {
    const net::Target itself{proxy.host, proxy.port, {}, proxy.ip_version};
    const auto addresses = network.resolver().resolve(itself, deadline);
    if (!addresses) {
        return addresses.error().cause == Cause::no_answer
                   ? tl::unexpected(addresses.error())
                   : unreachable(proxy, addresses.error().detail, Stage::resolve);
    }
    report.addresses.clear();
    for (const net::Address& address : *addresses) {
        report.addresses.push_back(address.ip);
    }
    auto dialed = net::dial(*addresses, proxy.port, deadline);
    if (!dialed) {
        return dialed.error().cause == Cause::no_answer ? tl::unexpected(dialed.error())
                                                        : unreachable(proxy, dialed.error().detail);
    }
    report.address = dialed->address;
    report.peer = net::to_text(dialed->address, proxy.port);
    return dialed;
}

/// CONNECT, with `authorization` unless it is empty. In one allocation, wiped by the caller.
std::string question(const Proxy& proxy, const net::Target& target, std::string_view authorization) {
    const std::string authority = authority_of(target);
    std::string text;
    text.reserve(2 * authority.size() + proxy.user_agent.size() + authorization.size() + 128);
    text.append("CONNECT ").append(authority).append(" HTTP/1.1\r\nHost: ").append(authority);
    if (!proxy.user_agent.empty()) {
        text.append("\r\nUser-Agent: ").append(proxy.user_agent);
    }
    if (!authorization.empty()) {
        text.append("\r\nProxy-Authorization: Basic ").append(authorization);
    }
    text.append("\r\n\r\n");
    return text;
}

core::Outcome<ProxyAnswer> ask(const Proxy& proxy, Talk& talk, std::string text) {
    const auto sent = talk.send(text);
    base::wipe(text);
    if (!sent) {
        return tl::unexpected(sent.error());
    }
    const auto head = talk.head();
    if (!head) {
        return tl::unexpected(head.error());
    }
    auto answer = read_proxy_answer(*head);
    if (!answer) {
        return unreachable(proxy, "its answer is not HTTP");
    }
    if (answer->status < 300 && head->find("\r\n\r\n") + 4 != head->size()) {
        return unreachable(proxy, "bytes of its own follow its answer"); // TLS would take them for the source's
    }
    return *std::move(answer);
}

/// The last word about a CONNECT: through, or why not.
core::Outcome<void> judge(const Proxy& proxy, const ProxyAnswer& answer, const net::Target& target) {
    if (answer.status >= 200 && answer.status < 300) {
        return {};
    }
    return core::failed(
        Stage::connect,
        Cause::proxy_refused,
        fmt::format("the proxy {} answers CONNECT {} with {}", name_of(proxy), authority_of(target), answer.word));
}

core::Outcome<void> can_log_in(const Proxy& proxy, const ProxyAnswer& answer) {
    std::string why;
    if (!proxy.has_login) {
        why = "it wants a login, and proxy_account is not set";
    } else if (!answer.offers_basic) {
        why = fmt::format("it offers {}, and only Basic can be given to a proxy",
                          answer.offers.empty() ? "no scheme" : answer.offers);
    } else if (!proxy.identity) {
        why = proxy.identity_problem;
    } else if (proxy.identity->username.find(':') != std::string::npos) {
        why = "a user name with a colon cannot go by Basic (RFC 7617)";
    } else {
        return {};
    }
    return core::failed(
        Stage::connect,
        Cause::proxy_login_refused,
        fmt::format("the proxy {} answers {}: {}; nothing was presented", name_of(proxy), answer.word, why));
}

std::string basic_of(const Identity& identity) {
    return identity.password.expose_to([&](std::string_view password) {
        std::string pair;
        pair.reserve(identity.username.size() + 1 + password.size());
        pair.append(identity.username).append(":").append(password);
        std::string encoded = to_base64(pair);
        base::wipe(pair);
        return encoded;
    });
}

/// The one try. Whatever follows but another 407 is the word of a proxy that took the login.
core::Outcome<ProxyAnswer>
present(const Proxy& proxy, const net::Target& target, Talk& talk, const base::Deadline& deadline) {
    auto permit = proxy.gate->begin({.account = proxy.identity->account,
                                     .fingerprint = proxy.identity->fingerprint,
                                     .door = proxy.door,
                                     .proving = true},
                                    deadline);
    if (!permit) {
        core::Failure held = std::move(permit.error());
        held.stage = Stage::connect;
        if (held.cause == Cause::credential_parked) {
            held.cause = Cause::proxy_login_refused; // the refusal that it stands for
        }
        return tl::unexpected(std::move(held));
    }
    std::string authorization = basic_of(*proxy.identity);
    auto answer = ask(proxy, talk, question(proxy, target, authorization));
    base::wipe(authorization);
    if (!answer) {
        permit->finish(talk.began() ? PresentationResult::unanswered : PresentationResult::not_sent,
                       answer.error().detail);
        return answer;
    }
    const std::string why = fmt::format("{} after Basic to the proxy", answer->status);
    if (answer->status == 407 || answer->status == 401) { // tinyproxy: 407 without a login, 401 after a wrong one
        permit->finish(PresentationResult::refused, why);
        return core::failed(
            Stage::connect,
            Cause::proxy_login_refused,
            fmt::format("the proxy {} refuses {}: {}", name_of(proxy), proxy.identity->username, answer->word));
    }
    permit->finish(PresentationResult::accepted, why);
    return answer;
}

} // namespace

std::string name_of(const Proxy& proxy) {
    const bool v6 = proxy.host.find(':') != std::string::npos;
    return fmt::format("{}:{}", v6 ? "[" + proxy.host + "]" : proxy.host, proxy.port);
}

core::Outcome<net::Dialed> connect_through(net::Network& network,
                                           const Proxy& proxy,
                                           const net::Target& target,
                                           const base::Deadline& deadline,
                                           DialReport& report) {
    auto dialed = dial(network, proxy, deadline, report);
    if (!dialed) {
        return dialed;
    }
    Talk anonymous(proxy, dialed->socket.get(), deadline);
    auto answer = ask(proxy, anonymous, question(proxy, target, {}));
    if (!answer) {
        return tl::unexpected(std::move(answer.error()));
    }
    if (answer->status == 407) {
        if (auto able = can_log_in(proxy, *answer); !able) {
            return tl::unexpected(std::move(able.error()));
        }
        dialed = dial(network, proxy, deadline, report); // many close the connection with their 407
        if (!dialed) {
            return dialed;
        }
        Talk known(proxy, dialed->socket.get(), deadline);
        answer = present(proxy, target, known, deadline);
        if (!answer) {
            return tl::unexpected(std::move(answer.error()));
        }
    }
    if (auto through = judge(proxy, *answer, target); !through) {
        return tl::unexpected(std::move(through.error()));
    }
    return dialed;
}

} // namespace mailpreflight::http
