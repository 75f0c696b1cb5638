#pragma once

#include "cli/session.hpp"

#include <functional>
#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

namespace mailpreflight::cli {

/// A command line that was understood.
struct Invocation {
    GlobalOptions global;
    std::string command; ///< "baseline accept"
    std::function<int(Session&)> run;
};

/// The program ends here: --help, --version or a wrong command line, with what it says.
struct EarlyExit {
    int code = 0;
    std::string out;
    std::string err;
};

/// Reads the command line. Pure, but for nothing: no file, socket or environment is touched.
std::variant<Invocation, EarlyExit> read_arguments(const std::vector<std::string>& arguments);

/// Every command's name, in the order of the help text: "status", "baseline show" ...
std::vector<std::string> command_names();

} // namespace mailpreflight::cli
