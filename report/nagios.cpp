#include "report/nagios.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>

namespace mailpreflight::report {

namespace {

constexpr std::size_t most_findings = 3;

/// A bar would begin the performance data.
std::string without_bars(std::string_view words) {
    std::string text = base::safe(words);
    std::replace(text.begin(), text.end(), '|', '/');
    return text;
}

std::int64_t seconds(base::Duration duration) {
    return std::chrono::floor<std::chrono::seconds>(duration).count();
}

/// What ends with "0" behind the critical threshold is wrong when there is one.
std::string count_of_all(std::string_view label, std::uint64_t count, std::string_view limits, std::uint64_t all) {
    return fmt::format("{}={};{};0;{}", label, count, limits, all);
}

/// A certificate's or password's time left, critical where it ends before the window does: to the second, as the
/// verdict takes it.
std::string time_left(const Head& head, core::Check check, base::SystemTime end) {
    std::string critical;
    if (head.window && head.window->end > head.judged_at) {
        critical = fmt::format("{}:", seconds(head.window->end - head.judged_at));
    }
    return fmt::format("'{}_left'={}s;;{}", core::name_of(check), seconds(end - head.judged_at), critical);
}

std::string performance(const Head& head) {
    std::vector<std::string> data{count_of_all("passed", head.passed, ";", head.mailboxes),
                                  count_of_all("failed", head.failed, ";0", head.mailboxes),
                                  count_of_all("unknown", head.unknown, ";", head.mailboxes),
                                  fmt::format("blockers={};;0;0", count_of(head, Weight::blocker)),
                                  fmt::format("warnings={};0;;0", count_of(head, Weight::warning))};
    if (head.oldest) {
        data.push_back(
            fmt::format("oldest_look={}s;;{};0", seconds(head.judged_at - *head.oldest), seconds(head.max_age)));
    }
    std::map<core::Check, base::SystemTime> first_ends; // of password and account the one that ends first
    for (const Ending& ending : head.endings) {
        const auto [entry, is_new] = first_ends.try_emplace(ending.check, ending.at);
        entry->second = std::min(entry->second, ending.at);
    }
    for (const auto& [check, end] : first_ends) {
        data.push_back(time_left(head, check, end));
    }
    return base::join(data, " ");
}

std::string_view word_of(PluginCode code) {
    switch (code) {
    case PluginCode::ok:
        return "OK";
    case PluginCode::warning:
        return "WARNING";
    case PluginCode::critical:
        return "CRITICAL";
    case PluginCode::unknown:
        return "UNKNOWN";
    }
    throw std::logic_error("no such code of a plugin");
}

} // namespace

PluginCode plugin_code(const Head& head) {
    switch (head.verdict) {
    case core::Verdict::go:
        return count_of(head, Weight::warning) > 0 ? PluginCode::warning : PluginCode::ok;
    case core::Verdict::no_go:
        return PluginCode::critical;
    case core::Verdict::unknown:
        return PluginCode::unknown;
    }
    throw std::logic_error("no such verdict");
}

std::string nagios(const Head& head) {
    std::vector<std::string> causes;
    for (const Finding& finding : head.findings) {
        if (causes.size() < most_findings) {
            causes.push_back(
                fmt::format("{} {} ({})", name_of(finding.weight), core::code_of(finding.cause), subjects_of(finding)));
        }
    }
    if (head.findings.size() > most_findings) {
        causes.push_back(fmt::format("{} more", head.findings.size() - most_findings));
    }
    const std::string words = fmt::format("{} {}: {} of {} pass{}{}",
                                          head.batch,
                                          verdict_of(head),
                                          head.passed,
                                          base::counted(head.mailboxes, "mailbox", "mailboxes"),
                                          causes.empty() ? "" : "; ",
                                          base::join(causes, ", "));
    return fmt::format(
        "MAILPREFLIGHT {}: {} | {}\n", word_of(plugin_code(head)), without_bars(words), performance(head));
}

std::string nagios_unknown(std::string_view why) {
    return fmt::format("MAILPREFLIGHT {}: {}\n", word_of(PluginCode::unknown), without_bars(why));
}

} // namespace mailpreflight::report
