#pragma once

#include "report/report.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::report {

/// The exit codes of a monitoring plugin.
enum class PluginCode { ok = 0, warning = 1, critical = 2, unknown = 3 };

/// GO: ok, or warning where there are warnings. NO-GO: critical. UNKNOWN: unknown.
PluginCode plugin_code(const Head& head);

/// One status line with performance data, by the guidelines of the Monitoring Plugins.
std::string nagios(const Head& head);

/// The line of a plugin that could not find out: "MAILPREFLIGHT UNKNOWN: why".
std::string nagios_unknown(std::string_view why);

} // namespace mailpreflight::report
