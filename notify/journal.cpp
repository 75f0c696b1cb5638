#include "notify/journal.hpp"

#include "base/prose.hpp"
#include "notify/words.hpp"

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::notify {

namespace {

int priority_of(const core::Notice& notice) {
    if (notice.status == core::NoticeStatus::resolved || notice.status == core::NoticeStatus::acknowledged) {
        return 5;
    }
    switch (notice.severity) {
    case core::Severity::info:
        return 6;
    case core::Severity::warning:
        return 4;
    case core::Severity::error:
        return 3;
    case core::Severity::critical:
        return 2;
    }
    throw std::logic_error("no such severity");
}

/// "I17" is an incident's group, "verdict.wave1" is not.
bool is_incident(std::string_view group) {
    return group.size() > 1 && group.front() == 'I' &&
           std::all_of(group.begin() + 1, group.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

JournalEntry journal_entry(const core::Notice& notice) {
    JournalEntry entry;
    entry.priority = priority_of(notice);
    entry.message = headline(notice, 1000);
    if (const std::string text = safe_lines(notice.text); !text.empty()) {
        entry.message += "\n" + text.substr(0, text.size() - 1);
    }
    const auto add = [&](std::string name, std::string_view value) {
        if (!value.empty()) {
            entry.fields.emplace_back(std::move(name), base::safe(value));
        }
    };
    add("MPF_NOTICE", notice.id);
    add("MPF_RECEIVER", notice.receiver);
    add("MPF_GROUP", notice.group);
    add("MPF_CLASS", core::name_of(notice.notice_class));
    add("MPF_STATUS", core::name_of(notice.status));
    add("MPF_SEVERITY", core::name_of(notice.severity));
    add("MPF_SOURCE", notice.source);
    if (notice.cause) {
        add("MPF_CAUSE", core::code_of(*notice.cause));
        add("MPF_DIRECTION", core::name_of(notice.direction));
    }
    if (is_incident(notice.group)) {
        add("MPF_INCIDENT", notice.group);
    }
    for (const core::NoticeBatch& batch : notice.batches) {
        add("MPF_BATCH", batch.name);
    }
    return entry;
}

} // namespace mailpreflight::notify
