#include "cli/terminal.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace mailpreflight::cli {

namespace {

constexpr std::size_t usual_width = 80;
constexpr std::size_t least_width = 40;
constexpr std::size_t most_width = 400;

std::size_t width_of_fd(int fd) {
    winsize size{};
    std::size_t width = usual_width;
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        width = size.ws_col;
    } else if (const char* const columns = std::getenv("COLUMNS"); columns != nullptr && std::atoi(columns) > 0) {
        width = static_cast<std::size_t>(std::atoi(columns));
    }
    return std::clamp(width, least_width, most_width);
}

} // namespace

bool wants_color(bool is_terminal, bool no_color, const char* no_color_variable, const char* term) {
    const bool forbidden = no_color || (no_color_variable != nullptr && *no_color_variable != '\0');
    return is_terminal && !forbidden && (term == nullptr || std::string_view(term) != "dumb");
}

Terminal terminal(bool no_color, bool plain) {
    Terminal terminal;
    terminal.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
    terminal.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
    const char* const variable = std::getenv("NO_COLOR");
    const char* const term = std::getenv("TERM");
    terminal.out = {.width = width_of_fd(STDOUT_FILENO),
                    .color = !plain && wants_color(terminal.out_is_terminal, no_color, variable, term),
                    .plain = plain};
    terminal.err = {.width = width_of_fd(STDERR_FILENO),
                    .color = !plain && wants_color(terminal.err_is_terminal, no_color, variable, term),
                    .plain = plain};
    return terminal;
}

} // namespace mailpreflight::cli
