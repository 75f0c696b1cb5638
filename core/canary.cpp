#include "core/canary.hpp"

#include "core/batch_state.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace mailpreflight::core {

namespace {

std::string domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string(address) : std::string(address.substr(at + 1));
}

/// What a canary stands for: its database where the list tells it, else the back end that answered for it last.
std::string server_group(const ListedMailbox& mailbox, const Track* track) {
    const auto label = mailbox.labels.find("Database");
    if (label != mailbox.labels.end()) {
        return "database " + label->second;
    }
    return track != nullptr && track->definite ? "back end " + track->definite->evidence.back_end : std::string();
}

/// Chooses among the listed mailboxes of a source.
class CanaryChoice {
public:
    CanaryChoice(const Plan& plan,
                 const Tracks& tracks,
                 const std::string& source,
                 std::optional<base::SystemTime> now) :
        most_(static_cast<std::size_t>(std::max(0, plan.schedule.most_canaries))) {
        choose_negative(plan, source);
        for (const Batch& batch : plan.batches) {
            const bool wanted = !now || state_of(plan.schedule, batch, *now) != BatchState::done;
            if (batch.source == source && wanted && !batch.prove.empty()) {
                choose_of(batch, tracks);
            }
        }
        choose_failures();
    }

    [[nodiscard]] std::vector<Subject> take() {
        return std::move(chosen_);
    }

private:
    void choose(Subject subject) {
        if (chosen_.size() < most_ && std::find(chosen_.begin(), chosen_.end(), subject) == chosen_.end()) {
            chosen_.push_back(std::move(subject));
        }
    }

    /// At most half of the places; the sweep looks at the rest.
    void choose_negative(const Plan& plan, const std::string& source) {
        for (const SourcePlan& planned : plan.sources) {
            for (const std::string& address : planned.must_not_open) {
                if (planned.name == source && chosen_.size() < (most_ + 1) / 2) {
                    choose(Subject::of_mailbox(source, address));
                }
            }
        }
    }

    void choose_of(const Batch& batch, const Tracks& tracks) {
        for (const ListedMailbox& mailbox : batch.list.mailboxes) {
            const Subject subject = Subject::of_mailbox(batch.source, mailbox.address);
            const Track* const track = find_track(tracks, {check_of(batch.prove.front()), subject});
            if (track != nullptr && track->confirmed && track->confirmed->state == State::fail) {
                // It cannot fall silent for its group any more, but it can come back.
                failures_.emplace_back(track->confirmed_since.value_or(track->confirmed->at), subject);
                continue;
            }
            const std::string server = server_group(mailbox, track);
            const bool new_server = !server.empty() && groups_.insert(server).second;
            const bool new_domain = groups_.insert("domain " + domain_of(mailbox.address)).second;
            if (new_server || new_domain) {
                choose(subject);
            }
        }
    }

    void choose_failures() {
        std::stable_sort(
            failures_.begin(), failures_.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
        for (auto& [since, subject] : failures_) {
            choose(std::move(subject));
        }
    }

    std::size_t most_;
    std::vector<Subject> chosen_;
    std::set<std::string> groups_;
    std::vector<std::pair<base::SystemTime, Subject>> failures_;
};

} // namespace

std::vector<Subject>
canaries(const Plan& plan, const Tracks& tracks, const std::string& source, std::optional<base::SystemTime> now) {
    return CanaryChoice(plan, tracks, source, now).take();
}

std::set<Subject> urgent_mailboxes(const Plan& plan, const std::string& source, base::SystemTime now) {
    const std::vector<Subject> chosen = canaries(plan, {}, source, now);
    std::set<Subject> urgent(chosen.begin(), chosen.end());
    for (const Batch& batch : plan.batches) {
        const bool is_near = batch.window && batch.window->start - now <= std::chrono::hours(24) &&
                             is_waiting(state_of(plan.schedule, batch, now));
        if (is_near && batch.source == source) {
            for (const ListedMailbox& mailbox : batch.list.mailboxes) {
                urgent.insert(Subject::of_mailbox(source, mailbox.address));
            }
        }
    }
    return urgent;
}

} // namespace mailpreflight::core
