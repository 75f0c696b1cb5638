#include "cli/render.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <variant>

namespace mailpreflight::cli {

namespace {

Tone tone_of_event(const api::WatchEvent& event) {
    if (event.verdict) {
        return tone_of(*event.verdict);
    }
    return event.state ? tone_of(*event.state) : Tone::strong;
}

struct LineOf {
    const Paper& paper;

    std::string operator()(const api::WatchHello& hello) const {
        std::string text = fmt::format("{}  watching mailpreflight {}", short_time(hello.now), safe(hello.version));
        return text + (hello.missed ? "; some events in between are no longer kept\n" : "\n");
    }
    std::string operator()(const api::WatchEvent& event) const {
        std::string subject = event.subject.empty() ? event.source : event.subject;
        subject = subject.empty() ? event.batch : subject;
        return fmt::format("{}  {}  {}{}\n",
                           short_time(event.at),
                           painted(paper, tone_of_event(event), padded(std::string(name_of(event.kind)), 19)),
                           subject.empty() ? "" : safe(subject) + ": ",
                           safe(event.text));
    }
    std::string operator()(const api::Heartbeat&) const {
        return "";
    }
    std::string operator()(const api::Skipped& skipped) const {
        return fmt::format("{} skipped: this reader was too slow\n", counted(skipped.count, "event", "events"));
    }
    std::string operator()(const api::Stopping&) const {
        return "The service stops.\n";
    }
};

} // namespace

std::string render(const api::WatchLine& line, const Paper& paper) {
    return std::visit(LineOf{paper}, line);
}

} // namespace mailpreflight::cli
