#include "cli/arguments.hpp"

#include <cstdio>
#include <exception>

using namespace mailpreflight::cli;

int main(int argc, char** argv) {
    try {
        const auto read = read_arguments({argv + 1, argv + argc});
        if (const auto* const early = std::get_if<EarlyExit>(&read)) {
            std::fputs(early->out.c_str(), stdout);
            std::fputs(early->err.c_str(), stderr);
            return early->code;
        }
        const auto& invocation = std::get<Invocation>(read);
        Session session(invocation.global);
        return invocation.run(session);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "mailpreflight: %s\n", error.what());
        return exit_unknown;
    }
}
