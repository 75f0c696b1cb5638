#include "report/report.hpp"

#include "base/prose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace mailpreflight::report {

std::string_view name_of(Weight weight) {
    switch (weight) {
    case Weight::blocker:
        return "blocker";
    case Weight::unknown:
        return "unknown";
    case Weight::warning:
        return "warning";
    }
    throw std::logic_error("no such weight");
}

std::size_t count_of(const Head& head, Weight weight) {
    return static_cast<std::size_t>(std::count_if(
        head.findings.begin(), head.findings.end(), [&](const Finding& finding) { return finding.weight == weight; }));
}

std::vector<FixGroup> fixes(const Head& head) {
    std::vector<FixGroup> groups;
    for (const core::Mender mender : {core::Mender::source_administrator,
                                      core::Mender::migration_engineer,
                                      core::Mender::mailbox_user,
                                      core::Mender::network,
                                      core::Mender::mailpreflight,
                                      core::Mender::nobody}) {
        FixGroup group{mender, {}};
        for (const Finding& finding : head.findings) {
            if (finding.mender == mender && !finding.remedy.empty()) {
                group.findings.push_back(&finding);
            }
        }
        if (!group.findings.empty()) {
            groups.push_back(std::move(group));
        }
    }
    return groups;
}

std::string_view by_whom(core::Mender mender) {
    switch (mender) {
    case core::Mender::source_administrator:
        return "By the source administrator";
    case core::Mender::migration_engineer:
        return "By the migration engineer";
    case core::Mender::mailbox_user:
        return "By the users of the mailboxes";
    case core::Mender::network:
        return "By whoever runs the network";
    case core::Mender::mailpreflight:
        return "By mailpreflight";
    case core::Mender::nobody:
        return "By nobody in particular";
    }
    throw std::logic_error("no such mender");
}

std::string subjects_of(const Finding& finding) {
    return core::subjects_of(finding.check, finding.cause, finding.count);
}

std::string counts_of(const Head& head) {
    std::string text = fmt::format("{} on {} ({}): {} passed, {} failed, {} unknown",
                                   base::counted(head.mailboxes, "mailbox", "mailboxes"),
                                   head.source,
                                   head.url,
                                   head.passed,
                                   head.failed,
                                   head.unknown);
    text += head.excepted > 0 ? fmt::format(", {} excepted", head.excepted) : "";
    text += head.moved > 0 ? fmt::format(", {} moved", head.moved) : "";
    return text + ".";
}

std::string verdict_of(const Head& head) {
    const std::string verdict(core::name_of(head.verdict));
    return head.excepted == 0 ? verdict : fmt::format("{}, {} excepted", verdict, head.excepted);
}

std::string aside_of(const MailboxRow& row) {
    if (row.excepted) {
        return fmt::format("excepted until {}: {}", base::short_time(row.excepted->until), row.excepted->reason);
    }
    return row.moved ? "moved: the window has begun, and this is progress" : "";
}

std::string seen_from(const Vantage& vantage) {
    const std::string host = vantage.host.empty() ? "unknown" : vantage.host;
    return vantage.source_address.empty() ? host : fmt::format("{} ({})", host, vantage.source_address);
}

} // namespace mailpreflight::report
