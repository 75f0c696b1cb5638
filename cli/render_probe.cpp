#include "cli/render.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <limits>

namespace mailpreflight::cli {

namespace {

constexpr std::size_t indent = 22; ///< behind state and time

std::string evidence_line(const core::Evidence& evidence) {
    std::string line;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            line += fmt::format("{}{} {}", line.empty() ? "" : ", ", name, safe(value));
        }
    };
    add("HTTP", evidence.http_status == 0 ? "" : std::to_string(evidence.http_status));
    add("code", evidence.response_code);
    add("front end", evidence.front_end);
    add("back end", evidence.back_end);
    add("request-id", evidence.request_id);
    add("peer", evidence.peer);
    return line;
}

} // namespace

std::string render(const runner::ProbeStep& step, const Paper& paper) {
    const auto ms = std::chrono::duration<double, std::milli>(step.took).count();
    const std::size_t width = paper.plain ? std::numeric_limits<std::size_t>::max() : paper.width;
    std::string text =
        fmt::format("  {} {:>8.1f} ms  {}\n",
                    painted(paper, tone_of(step.seen.state), padded(std::string(core::name_of(step.seen.state)), 7)),
                    ms,
                    safe(step.name));
    if (step.seen.cause != core::Cause::ok) {
        text += wrapped(
            fmt::format("{}: {}", core::code_of(step.seen.cause), core::info(step.seen.cause).sentence), width, indent);
    }
    text += wrapped(safe(step.seen.detail), width, indent);
    text += wrapped(evidence_line(step.seen.evidence), width, indent);
    if (!step.remedy.empty()) { // whole, to be copied
        text += std::string(indent, ' ') + painted(paper, Tone::strong, "mend:") + " " + safe(step.remedy) + "\n";
    }
    return text;
}

} // namespace mailpreflight::cli
