#include "core/extent.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::core {

namespace {

bool opens(const Tracks& tracks, const TrackKey& key) {
    const Track* const track = find_track(tracks, key);
    return track != nullptr && track->definite && track->definite->state != State::fail;
}

std::vector<Member>
members_of(const Batch& batch, const Tracks& tracks, Check check, const std::vector<std::size_t>& rows) {
    std::vector<Member> members;
    members.reserve(batch.list.mailboxes.size());
    for (const ListedMailbox& mailbox : batch.list.mailboxes) {
        Member member;
        member.labels = &mailbox.labels;
        member.domain = std::string_view(mailbox.address).substr(mailbox.address.rfind('@') + 1);
        const Track* const track = find_track(tracks, {check, Subject::of_mailbox(batch.source, mailbox.address)});
        if (track != nullptr && track->definite) {
            member.back_end = track->definite->evidence.back_end;
        }
        members.push_back(member);
    }
    for (const std::size_t row : rows) {
        members.at(row).failed = true;
    }
    return members;
}

bool is_about_a_right(Cause cause) {
    return cause == Cause::impersonation_denied || cause == Cause::access_denied;
}

/// "20 of them open by full_access"; empty where none does, or that way was not looked at.
std::string
by_the_other_way(const Batch& batch, const Tracks& tracks, Check check, const std::vector<std::size_t>& rows) {
    const Way other = check == Check::mailbox_impersonation ? Way::full_access : Way::impersonation;
    const auto count = std::count_if(rows.begin(), rows.end(), [&](std::size_t row) {
        return opens(tracks,
                     {check_of(other), Subject::of_mailbox(batch.source, batch.list.mailboxes.at(row).address)});
    });
    if (count == 0) {
        return {};
    }
    return rows.size() == 1 ? fmt::format("it opens by {}", name_of(other))
                            : fmt::format("{} of them open by {}", count, name_of(other));
}

} // namespace

Extent
extent_of(const Batch& batch, const Tracks& tracks, Check check, Cause cause, const std::vector<std::size_t>& rows) {
    Extent extent;
    std::vector<std::string> words;
    const TrackRange all = tracks_of(tracks, check);
    const auto open = std::count_if(all.begin(), all.end(), [&](const auto& entry) {
        return entry.first.subject.source == batch.source && entry.second.definite &&
               entry.second.definite->state != State::fail;
    });
    if (is_about_a_right(cause) && check != Check::mailbox_owa) {
        extent.altogether = open == 0 && rows.size() > 1;
        if (extent.altogether) {
            words.emplace_back("no mailbox opens this way: the right is missing altogether");
        } else if (rows.size() == 1 && open > 0) {
            words.emplace_back("this mailbox alone");
        } else if (open > 0) {
            words.push_back(fmt::format("{}: not the right as such, but how far it goes",
                                        open == 1 ? "1 other opens" : fmt::format("{} others open", open)));
        }
        words.push_back(by_the_other_way(batch, tracks, check, rows));
    }
    std::erase(words, "");
    extent.words = base::join(words, "; ");
    extent.in_common = common_factor(members_of(batch, tracks, check, rows));
    return extent;
}

} // namespace mailpreflight::core
