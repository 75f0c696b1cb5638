#pragma once

// What ledger.cpp and ledger_spray_brake.cpp share; for these two alone.
#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/credential_gate.hpp"

namespace mailpreflight::store {

/// Why nothing may be sent: what cannot be written down cannot be guarded.
tl::unexpected<core::Failure> cannot_guard(const base::Error& error);

/// By the clock that nobody sets.
base::Duration uptime(const base::Clock& clock);

} // namespace mailpreflight::store
