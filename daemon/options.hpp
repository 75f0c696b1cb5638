#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace mailpreflight::daemon {

/// What the command line asks for.
struct Options {
    std::filesystem::path configuration = "/etc/mailpreflight/mailpreflight.toml";
    bool check_config = false;
};

/// --help, --version, or a mistake: what to print, and the exit code (0, or EX_USAGE).
struct EarlyExit {
    std::string text;
    int code = 0;
};

std::variant<Options, EarlyExit> read_options(const std::vector<std::string>& arguments);

} // namespace mailpreflight::daemon
