#include "daemon/options.hpp"

#include "daemon/version.hpp"

#include <fmt/format.h>

#include <sysexits.h>

namespace mailpreflight::daemon {

namespace {

constexpr const char* usage = R"(mailpreflightd: keeps proving that mail migration credentials still open every mailbox

  mailpreflightd [--config FILE]   run in the foreground (systemd does this)
  --config FILE     default /etc/mailpreflight/mailpreflight.toml
  --check-config    read configuration and lists, print all problems, end with 0 or 78; sends nothing
  --version         print the version
  --help            print this

SIGHUP reads the configuration again. Exit codes are those of sysexits(3): 0, 64 usage, 70 internal error,
73 cannot open the state directory or a socket, 78 the configuration has errors.
)";

} // namespace

std::variant<Options, EarlyExit> read_options(const std::vector<std::string>& arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--help" || argument == "-h") {
            return EarlyExit{usage, 0};
        }
        if (argument == "--version") {
            return EarlyExit{fmt::format("mailpreflightd {}\n", version), 0};
        }
        if (argument == "--check-config") {
            options.check_config = true;
        } else if (argument == "--config" && i + 1 < arguments.size()) {
            options.configuration = arguments[++i];
        } else if (argument.rfind("--config=", 0) == 0) {
            options.configuration = argument.substr(9);
        } else {
            return EarlyExit{fmt::format("mailpreflightd: unknown argument {}\n\n{}", argument, usage), EX_USAGE};
        }
    }
    return options;
}

} // namespace mailpreflight::daemon
