#include "notify/words.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace mailpreflight::notify {

namespace {

std::string status_of(const core::Notice& notice) {
    std::string status(core::name_of(notice.status));
    if (notice.ended) {
        return fmt::format("{} at {}", status, base::short_time(*notice.ended));
    }
    return status;
}

std::string affected(const core::Notice& notice) {
    if (notice.subjects_before == 0 || notice.subjects_before == notice.subjects) {
        return std::to_string(notice.subjects);
    }
    return fmt::format("{} ({} when it was told before)", notice.subjects, notice.subjects_before);
}

std::string state_of(const core::NoticeBatch& batch, base::SystemTime now) {
    std::string text = fmt::format("{}, {} of {} affected",
                                   core::name_of(batch.verdict),
                                   batch.affected,
                                   base::counted(batch.listed, "mailbox", "mailboxes"));
    if (batch.window) {
        text += fmt::format(", window {} to {} ({})",
                            base::short_time(batch.window->start),
                            base::short_time(batch.window->end),
                            base::relative(batch.window->start, now));
    }
    return text;
}

} // namespace

std::string headline(const core::Notice& notice, std::size_t limit) {
    return base::shorten(base::safe(notice.title), limit);
}

std::string safe_lines(std::string_view text) {
    std::string lines;
    for (const std::string& line : base::split(base::trim(text), '\n')) {
        lines += base::safe(line);
        lines += '\n';
    }
    return base::trim(text).empty() ? std::string() : lines;
}

std::vector<Fact> facts(const core::Notice& notice) {
    std::vector<Fact> list{{"Status", status_of(notice)}, {"Severity", std::string(core::name_of(notice.severity))}};
    if (!notice.source.empty()) {
        list.push_back({"Source", base::safe(notice.source)});
    }
    if (notice.cause) {
        list.push_back(
            {"Cause", fmt::format("{} ({})", core::code_of(*notice.cause), core::name_of(notice.direction))});
    }
    if (notice.subjects > 0) {
        list.push_back({"Affected", affected(notice)});
    }
    if (notice.since) {
        list.push_back({"Since", base::short_time(*notice.since)});
    }
    for (const core::NoticeBatch& batch : notice.batches) {
        list.push_back({"Batch " + base::safe(batch.name), state_of(batch, notice.at)});
    }
    if (!notice.reason.empty()) {
        list.push_back({"Told because", base::safe(notice.reason)});
    }
    return list;
}

std::vector<std::string> sample_lines(const core::Notice& notice) {
    std::vector<std::string> lines;
    for (const core::NoticeSample& sample : notice.samples) {
        std::string line = fmt::format("{} ({}", base::safe(sample.subject), core::name_of(sample.check));
        line += sample.last_good ? fmt::format(", last good {})", base::short_time(*sample.last_good)) : ")";
        lines.push_back(std::move(line));
    }
    return lines;
}

std::size_t beyond_samples(const core::Notice& notice) {
    return notice.subjects > notice.samples.size() ? notice.subjects - notice.samples.size() : 0;
}

std::string signature_line(const core::Notice& notice, const Origin& origin) {
    return fmt::format("mailpreflight {} on {} ({}), notice {}",
                       base::safe(origin.version),
                       base::safe(origin.host),
                       base::safe(origin.installation),
                       base::safe(notice.id));
}

} // namespace mailpreflight::notify
