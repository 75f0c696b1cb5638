#pragma once

#include "base/prose.hpp"

namespace mailpreflight::cli {

using base::about;
using base::counted;
using base::cut;
using base::padded;
using base::relative;
using base::safe;
using base::short_time;
using base::width_of;
using base::wrapped;

} // namespace mailpreflight::cli
