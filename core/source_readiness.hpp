#pragma once

#include "core/findings.hpp"

namespace mailpreflight::core {

/// What the source's own checks mean for a batch: name, connection, certificate and login, each the gate of the next;
/// the password's end, what ends before the window, the TLS floor and the spray brake.
void judge_source(const Plan& plan,
                  const Batch& batch,
                  const Tracks& tracks,
                  const RemedyNames& names,
                  base::SystemTime now,
                  Verdicts& verdicts,
                  Readiness& readiness);

} // namespace mailpreflight::core
