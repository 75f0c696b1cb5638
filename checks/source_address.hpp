#pragma once

#include "checks/access.hpp"

namespace mailpreflight::checks {

/// source.address: each address behind the source's name by itself, with one anonymous request of EWS (and of OWA on
/// the same host, which tells its build); and source.clock from the same answers. Nothing is presented.
Looked source_address(Access& access, const base::Deadline& deadline);

} // namespace mailpreflight::checks
