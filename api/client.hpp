#pragma once

#include "api/event_stream.hpp"
#include "api/http_form.hpp"
#include "api/problem.hpp"
#include "api/service.hpp"

#include <tl/expected.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mailpreflight::api {

/// No answer came: the socket cannot be connected to, or the connection ended before the answer did.
struct Unreachable {
    int os_error = 0; ///< errno of connect(2): ENOENT, ECONNREFUSED, EACCES; 0 when it connected
    std::string text;

    bool operator==(const Unreachable&) const = default;
};

/// The caller's `interrupted` flag was set.
struct Interrupted {
    bool operator==(const Interrupted&) const = default;
};

using ClientFailure = std::variant<Unreachable, Interrupted, Problem>;

/// What came back, and what it says.
template <typename T>
struct Reply {
    std::string raw;
    T value;
};

struct ClientOptions {
    std::filesystem::path socket;
    /// Tried for calls of privilege view when `socket` is not permitted; empty: none.
    std::filesystem::path view_socket;
    std::chrono::milliseconds timeout{30'000}; ///< of an answer that is one document
    std::chrono::seconds silence{60};          ///< a stream that says nothing for so long is dead (heartbeats: 15 s)
    const std::atomic<bool>* interrupted = nullptr; ///< looked at about once a second
};

/// Calls of the control socket from the other side, by libcurl. One thread at a time.
class Client {
public:
    explicit Client(ClientOptions options);

    template <typename Call>
    tl::expected<Reply<typename Call::Response>, ClientFailure> call(const typename Call::Request& request) {
        auto body = document(Call::info, to_http(Call::info, request));
        if (!body) {
            return tl::unexpected<ClientFailure>(std::move(body.error()));
        }
        auto value = from_text<typename Call::Response>(*body, {}, answer_limits);
        if (!value) {
            return tl::unexpected<ClientFailure>(not_understood(value.error()));
        }
        return Reply<typename Call::Response>{std::move(*body), std::move(*value)};
    }

    /// Calls `take` with each line of the answer until the stream ends or it returns false. A word that this version
    /// does not know comes as an empty event.
    template <typename Call>
    tl::expected<void, ClientFailure>
    stream(const typename Call::Request& request,
           const std::function<bool(std::string_view raw, const std::optional<typename Call::Event>& event)>& take) {
        std::optional<ClientFailure> bad_line;
        auto ended = lines(Call::info, to_http(Call::info, request), [&](std::string_view line) {
            auto event = event_of<typename Call::Event>(line);
            if (!event) {
                bad_line = not_understood(event.error());
                return false;
            }
            return take(line, *event);
        });
        if (bad_line) {
            return tl::unexpected<ClientFailure>(std::move(*bad_line));
        }
        return ended;
    }

private:
    static constexpr json::Limits answer_limits{.bytes = std::size_t{64} << 20U};

    static ClientFailure not_understood(const base::Error& error);
    tl::expected<std::string, ClientFailure> document(const CallInfo& info, const HttpRequest& request);
    tl::expected<void, ClientFailure>
    lines(const CallInfo& info, const HttpRequest& request, const std::function<bool(std::string_view)>& take);

    ClientOptions options_;
};

} // namespace mailpreflight::api
