#include "base/text.hpp"
#include "daemon/named.hpp"
#include "daemon/views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace mailpreflight::daemon {

namespace {

core::CheckRequest request_of(const State& state, const core::TrackKey& key, base::SystemTime now) {
    core::CheckRequest request;
    request.key = key;
    request.priority = core::Priority::on_demand;
    if (!core::is_about_mailbox(key.check)) {
        request.connection_after = now;
    } else if (const auto track = state.tracks.find(key); track != state.tracks.end() && track->second.candidate) {
        // Asked by hand, the look can be the second one that a change waits for.
        request.connection_after = track->second.candidate->first->at;
    }
    return request;
}

/// One look at the connection stands for name, port and certificate.
bool is_asked_on_demand(core::Check check) {
    return check == core::Check::tls_certificate || check == core::Check::tls_floor ||
           check == core::Check::ews_login || check == core::Check::owa_login || check == core::Check::source_address ||
           core::is_about_mailbox(check);
}

} // namespace

api::Answer<std::vector<core::CheckRequest>>
requests_for(const State& state, const std::vector<std::string>& targets, base::SystemTime now) {
    const std::set<core::TrackKey> planned = core::planned_keys(state.plan);
    std::set<core::TrackKey> wanted;
    const auto want_if = [&](const auto& matches) {
        std::size_t found = 0;
        for (const core::TrackKey& key : planned) {
            if (matches(key)) {
                ++found;
                if (is_asked_on_demand(key.check)) {
                    wanted.insert(key);
                }
            }
        }
        return found > 0;
    };
    if (targets.empty()) {
        want_if([](const core::TrackKey&) { return true; });
    }
    for (const std::string& target : targets) {
        const std::string address = base::to_lower(target);
        const auto batch = std::find_if(state.plan.batches.begin(),
                                        state.plan.batches.end(),
                                        [&](const core::Batch& b) { return b.name == target; });
        bool known = batch != state.plan.batches.end();
        if (known) {
            std::set<core::Subject> listed;
            for (const core::ListedMailbox& mailbox : batch->list.mailboxes) {
                listed.insert(core::Subject::of_mailbox(batch->source, mailbox.address));
            }
            want_if([&](const core::TrackKey& key) { return listed.contains(key.subject); });
        }
        known = want_if([&](const core::TrackKey& key) {
                    return key.subject.source == target ||
                           (key.subject.kind == core::SubjectKind::mailbox && key.subject.name == address);
                }) ||
                known;
        if (!known) {
            return api::refused(
                404,
                fmt::format("no source, batch or listed address is named {}; an address outside of the lists: "
                            "mailpreflight probe SOURCE ADDRESS",
                            shown(target)));
        }
    }
    std::vector<core::CheckRequest> requests;
    for (const core::TrackKey& key : wanted) {
        requests.push_back(request_of(state, key, now));
    }
    // The source's own checks first: what they close need not be tried.
    std::stable_sort(requests.begin(), requests.end(), [](const core::CheckRequest& a, const core::CheckRequest& b) {
        return core::is_about_mailbox(a.key.check) < core::is_about_mailbox(b.key.check);
    });
    return requests;
}

} // namespace mailpreflight::daemon
