#include "cli/session.hpp"

#include "cli/text.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace mailpreflight::cli {

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "it is set by a signal handler");

void write_to(std::FILE* file, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
}

} // namespace

void catch_interrupt() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted.store(true); };
    // Once: a second Ctrl-C ends the program whatever it does.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
}

Session::Session(GlobalOptions options) :
    options_(std::move(options)),
    terminal_(cli::terminal(options_.no_color, options_.plain)),
    socket_(options_.socket.empty() ? std::string(default_control_socket) : options_.socket),
    client_({.socket = socket_,
             .view_socket = options_.socket.empty() ? std::string(default_view_socket) : std::string(),
             .interrupted = &interrupted}) {}

void Session::print(std::string_view text) const {
    if (!options_.quiet) {
        write_to(stdout, text);
    }
}

void Session::note(std::string_view text) const {
    if (!options_.quiet) {
        write_to(stderr, text);
    }
}

void Session::complain(std::string_view text) const {
    write_to(stderr, text);
}

int Session::fail(const api::ClientFailure& failure) const {
    if (const auto* const problem = std::get_if<api::Problem>(&failure)) {
        if (options_.json) {
            print(api::to_text(*problem) + "\n");
        } else {
            complain("mailpreflight: " + render(*problem, terminal_.err));
        }
        return exit_code_of(*problem);
    }
    if (const auto* const unreachable = std::get_if<api::Unreachable>(&failure)) {
        complain(advice_for(*unreachable, socket_));
        return exit_unknown;
    }
    return exit_interrupted;
}

std::string advice_for(const api::Unreachable& failure, const std::string& socket) {
    const std::string path = safe(socket);
    switch (failure.os_error) {
    case ENOENT:
        return fmt::format("mailpreflight: there is no socket {}\n"
                           "  Is the service installed and its socket on?\n"
                           "    systemctl status mailpreflightd.socket mailpreflightd.service\n"
                           "    systemctl enable --now mailpreflightd.socket\n"
                           "  Another path: --socket PATH\n",
                           path);
    case ECONNREFUSED:
        return fmt::format(
            "mailpreflight: nobody answers on {}\n"
            "  The service is down, or it failed too often and took its socket along:\n"
            "    systemctl status mailpreflightd.service\n"
            "    journalctl -u mailpreflightd.service -n 50\n"
            "    systemctl reset-failed mailpreflightd.service && systemctl restart mailpreflightd.socket\n",
            path);
    case EACCES:
    case EPERM:
        return fmt::format("mailpreflight: you may not connect to {}\n"
                           "  Everything: be in the group mailpreflight-admin; reading: in mailpreflight-view.\n"
                           "    sudo usermod -aG mailpreflight-admin \"$USER\"   (then log in again)\n"
                           "    ls -l {}\n",
                           path,
                           path);
    default:
        return fmt::format("mailpreflight: no answer from {}: {}\n"
                           "    systemctl status mailpreflightd.service\n"
                           "    journalctl -u mailpreflightd.service -n 50\n",
                           path,
                           safe(failure.text));
    }
}

int exit_code_of(const api::Problem& problem) {
    if (problem.status == 400) {
        return exit_usage;
    }
    return problem.status >= 500 ? exit_unknown : exit_failed;
}

} // namespace mailpreflight::cli
