#pragma once

#include "base/deadline.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace mailpreflight::notify {

/// What is run: no shell, a process group of its own, / as its folder, this environment and no other, no descriptor but
/// the standard three. Standard output and error go one way.
struct Program {
    std::vector<std::string> argv;        ///< argv[0] is a path
    std::vector<std::string> environment; ///< "NAME=value"
    std::string input;                    ///< its standard input: a file, at its beginning
};

/// How it ended.
struct ProgramEnd {
    enum class How { exited, signalled, deadline, stopped };
    How how = How::exited;
    int code = 0;       ///< exited: its exit code; signalled: the signal
    std::string output; ///< the first longest_output bytes of what it wrote; the rest was read and dropped

    bool operator==(const ProgramEnd&) const = default;
};

inline constexpr std::size_t longest_output = 4096;

/// Runs it to its end. At the deadline or the stop its process group is killed (SIGKILL), and so is what it left behind
/// when it ended. Failure: it cannot be started: not_found,
/// permission_denied or unsupported (no program), io (the machine is short of something).
base::Result<ProgramEnd> run_program(const Program& program, const base::Deadline& deadline);

} // namespace mailpreflight::notify
