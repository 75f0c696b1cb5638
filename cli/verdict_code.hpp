#pragma once

#include "api/status.hpp"

namespace mailpreflight::cli {

/// 0 when all batches are GO, 1 when one is NO-GO, else 3 when one is UNKNOWN. Without batches the source checks count
/// in their place.
int exit_code_of(const api::BatchStatus& batch);
int exit_code_of(const api::StatusResponse& status);

} // namespace mailpreflight::cli
