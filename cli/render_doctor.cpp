#include "cli/render.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <limits>

namespace mailpreflight::cli {

namespace {

constexpr std::size_t indent = 22; ///< behind state and topic

} // namespace

std::string render(const runner::Advice& advice, const Paper& paper) {
    if (paper.plain) {
        return fmt::format("{}\t{}\t{}\t{}\n",
                           safe(advice.topic),
                           core::name_of(advice.state),
                           safe(advice.text),
                           safe(advice.remedy));
    }
    std::string text = wrapped(safe(advice.text), paper.width, indent);
    text.replace(0,
                 std::min(indent, text.size()),
                 fmt::format("  {} {} ",
                             painted(paper, tone_of(advice.state), padded(std::string(core::name_of(advice.state)), 7)),
                             padded(advice.topic, 11)));
    if (!advice.remedy.empty()) { // whole, to be copied
        text += std::string(indent, ' ') + painted(paper, Tone::strong, "mend:") + " " + safe(advice.remedy) + "\n";
    }
    return text;
}

} // namespace mailpreflight::cli
