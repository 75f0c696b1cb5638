#pragma once

namespace mailpreflight::cli {

inline constexpr int exit_good = 0;          ///< GO, or all passed
inline constexpr int exit_failed = 1;        ///< NO-GO, or something failed
inline constexpr int exit_usage = 2;         ///< of the command line, or of the configuration
inline constexpr int exit_unknown = 3;       ///< UNKNOWN, or the service cannot be reached
inline constexpr int exit_interrupted = 130; ///< Ctrl-C

} // namespace mailpreflight::cli
