#pragma once

#include "cli/paper.hpp"

namespace mailpreflight::cli {

/// What stdout and stderr are.
struct Terminal {
    Paper out;
    Paper err;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
};

/// Width by the terminal, else COLUMNS, else 80; colour where a terminal is and neither `no_color` nor NO_COLOR is set.
Terminal terminal(bool no_color, bool plain);

/// The rule of colour.
bool wants_color(bool is_terminal, bool no_color, const char* no_color_variable, const char* term);

} // namespace mailpreflight::cli
