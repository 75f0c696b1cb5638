#include "base/text.hpp"
#include "daemon/named.hpp"
#include "daemon/views.hpp"
#include "report/rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::daemon {

namespace {

/// The row of the list behind this address; nothing where it is not listed.
std::optional<std::size_t> row_behind(const core::MailboxList& list, const std::string& address) {
    const auto found = std::find_if(list.mailboxes.begin(),
                                    list.mailboxes.end(),
                                    [&](const core::ListedMailbox& mailbox) { return mailbox.address == address; });
    return found == list.mailboxes.end() ? std::nullopt
                                         : std::optional(static_cast<std::size_t>(found - list.mailboxes.begin()) + 1);
}

} // namespace

api::Answer<api::ReportPage>
report_page(const State& state, const api::ReportRequest& request, const ReportSetting& setting_of) {
    const core::Batch* const batch = find_batch(state.plan, request.batch);
    const auto readiness = state.readiness.find(request.batch);
    if (batch == nullptr || readiness == state.readiness.end()) {
        return api::refused(404, fmt::format("there is no batch {}", request.batch));
    }
    const auto first = request.after.empty() ? std::optional(std::size_t{0}) : row_behind(batch->list, request.after);
    if (!first) {
        return api::refused(409,
                            fmt::format("the list of {} changed since the page before, {} is no longer in it; begin "
                                        "with the first page again",
                                        request.batch,
                                        shown(request.after)));
    }
    report::Setting setting = setting_of(batch->source);
    if (const auto names = state.names.find(batch->source); names != state.names.end()) {
        setting.names = names->second;
    }
    api::ReportPage page;
    page.head = report::make_head(state.plan, *batch, state.tracks, readiness->second, setting);
    page.rows = report::make_rows(state.plan,
                                  *batch,
                                  state.tracks,
                                  setting.names,
                                  page.head.judged_at,
                                  *first,
                                  static_cast<std::size_t>(request.limit));
    if (*first + page.rows.size() < batch->list.mailboxes.size()) {
        page.next = page.rows.back().address;
    }
    return page;
}

std::string newest_peer(const State& state, const std::string& source) {
    const core::Observation* newest = nullptr;
    for (const core::Check check : core::all_checks) {
        const core::Track* const track = core::find_track(state.tracks, {check, core::Subject::of_source(source)});
        if (track != nullptr && track->latest && !track->latest->evidence.peer.empty() &&
            (newest == nullptr || newest->at < track->latest->at)) {
            newest = &*track->latest;
        }
    }
    return newest == nullptr ? "" : newest->evidence.peer;
}

} // namespace mailpreflight::daemon
