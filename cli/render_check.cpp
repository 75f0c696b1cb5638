#include "base/text.hpp"
#include "cli/render.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::cli {

namespace {

std::string group_text(const CheckTally::Key& key, const CheckTally::Group& group, const Paper& paper) {
    const std::string_view word = key.withheld ? "withheld" : core::name_of(key.state);
    std::vector<std::string> examples;
    for (const std::string& example : group.examples) {
        examples.push_back(safe(example));
    }
    const std::string names = base::join(examples, ", ") + (group.count > examples.size() ? ", ..." : "");
    if (paper.plain) {
        return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n",
                           word,
                           core::name_of(key.check),
                           core::code_of(key.cause),
                           group.count,
                           names,
                           safe(group.detail));
    }
    std::string text = fmt::format("{}  {}  {}: {}\n",
                                   painted(paper, tone_of(key.state), word),
                                   core::code_of(key.cause),
                                   core::name_of(key.check),
                                   group.count);
    text += wrapped(names, paper.width, 2);
    text += wrapped(core::info(key.cause).sentence, paper.width, 2);
    if (!group.detail.empty()) {
        text += wrapped(safe(group.detail), paper.width, 2);
    }
    return text;
}

} // namespace

std::string render(const CheckTally& tally, const Paper& paper) {
    std::string text;
    std::vector<std::pair<CheckTally::Key, CheckTally::Group>> groups(tally.groups.begin(), tally.groups.end());
    std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
        const auto rank = [](const CheckTally::Key& key) {
            return std::pair(key.withheld, key.state == core::State::fail ? 0 : 1);
        };
        return std::pair(rank(a.first), b.second.count) < std::pair(rank(b.first), a.second.count);
    });
    for (const auto& [key, group] : groups) {
        text += group_text(key, group, paper);
        text += paper.plain ? "" : "\n";
    }
    if (tally.skipped > 0) {
        text += fmt::format("{} came too fast to be shown above; the sums below count them.\n",
                            counted(tally.skipped, "event", "events"));
    }
    if (!tally.finished) {
        return text + fmt::format("Not over: {} of {} done. {}\n",
                                  tally.done,
                                  tally.total,
                                  tally.stopped ? "The service stops." : "The connection ended.");
    }
    const auto& end = *tally.finished;
    return text + fmt::format("{}{} passed, {} warned, {} failed, {} unknown, {} withheld\n",
                              end.cancelled ? "Cancelled: " : "",
                              end.passed,
                              end.warned,
                              end.failed,
                              end.unknown,
                              end.withheld);
}

std::string progress_bar(const CheckTally& tally, const Paper& paper) {
    const std::string counts = fmt::format(
        " {}/{}{}", tally.done, tally.total, tally.failed > 0 ? fmt::format("  {} failed", tally.failed) : "");
    if (paper.width < counts.size() + 12) {
        return cut(counts, paper.width);
    }
    const std::size_t room = std::min<std::size_t>(paper.width - counts.size() - 2, 40);
    const std::size_t full = tally.total == 0 ? 0 : std::min<std::size_t>(room, room * tally.done / tally.total);
    return "[" + std::string(full, '#') + std::string(room - full, '.') + "]" + counts;
}

std::string observation_line(const core::Observation& observation, const Paper& paper) {
    if (observation.state == core::State::pass) {
        return "";
    }
    const auto& subject = observation.key.subject;
    return fmt::format("{} {} {}: {}{}",
                       painted(paper, tone_of(observation.state), core::name_of(observation.state)),
                       core::name_of(observation.key.check),
                       safe(subject.name.empty() ? subject.source : subject.name),
                       core::code_of(observation.cause),
                       observation.detail.empty() ? "" : ": " + safe(observation.detail));
}

} // namespace mailpreflight::cli
