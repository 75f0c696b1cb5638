#pragma once

#include "api/client.hpp"
#include "cli/exit_code.hpp"
#include "cli/render.hpp"
#include "cli/terminal.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::cli {

inline constexpr std::string_view default_control_socket = "/run/mailpreflight/control.sock";
inline constexpr std::string_view default_view_socket = "/run/mailpreflight/view.sock";

/// What every command takes.
struct GlobalOptions {
    std::string socket; ///< empty: the default, with the view socket to fall back to
    bool json = false;
    bool no_color = false;
    bool plain = false;
    bool quiet = false;

    bool operator==(const GlobalOptions&) const = default;
};

/// One run of the program: the way to the service and the way to the user. Results go to stdout, messages to stderr.
class Session {
public:
    explicit Session(GlobalOptions options);

    [[nodiscard]] const GlobalOptions& options() const {
        return options_;
    }
    [[nodiscard]] const Terminal& terminal() const {
        return terminal_;
    }
    api::Client& client() {
        return client_;
    }

    /// To stdout, unless quiet.
    void print(std::string_view text) const;
    /// To stderr, unless quiet.
    void note(std::string_view text) const;
    /// To stderr, always.
    void complain(std::string_view text) const;
    /// Says why there is no answer and what to do about it; the exit code.
    [[nodiscard]] int fail(const api::ClientFailure& failure) const;

    /// One call: prints the response as it came with --json, rendered otherwise; the exit code by `judge`.
    template <typename Call, typename Render, typename Judge>
    int show(const typename Call::Request& request, Render render_it, Judge judge) {
        const auto reply = client_.template call<Call>(request);
        if (!reply) {
            return fail(reply.error());
        }
        print(options_.json ? reply->raw + "\n" : render_it(reply->value));
        return judge(reply->value);
    }
    template <typename Call, typename Render>
    int show(const typename Call::Request& request, Render render_it) {
        return show<Call>(request, std::move(render_it), [](const auto&) { return exit_good; });
    }

private:
    GlobalOptions options_;
    Terminal terminal_;
    std::string socket_;
    api::Client client_;
};

/// What a user can do when the service cannot be reached at this socket. Pure.
std::string advice_for(const api::Unreachable& failure, const std::string& socket);
/// 2 for a request that was wrong, 3 when the service could not do it, 1 when it said no.
int exit_code_of(const api::Problem& problem);

/// Makes Ctrl-C end the call that is under way instead of the program.
void catch_interrupt();

} // namespace mailpreflight::cli
