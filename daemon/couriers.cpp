#include "daemon/couriers.hpp"

#include "config/config.hpp"
#include "daemon/log.hpp"
#include "daemon/receivers.hpp"
#include "store/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace mailpreflight::daemon {

namespace {

// Among so many notices of late the last word on what goes on is looked for.
constexpr std::size_t most_looked_through = 5'000;

} // namespace

Couriers::Couriers(const base::Clock& clock,
                   net::Network& network,
                   Judge& judge,
                   std::filesystem::path state_directory) :
    clock_(clock),
    network_(network),
    judge_(judge),
    state_directory_(std::move(state_directory)) {}

std::vector<std::string> Couriers::configure(const config::Config& config,
                                             const std::filesystem::path& credentials_directory,
                                             const notify::Origin& origin) {
    stop();
    {
        const std::lock_guard lock(mutex_);
        arrived_.emplace(); // what is planned from now on
    }
    bury_what_nobody_hears(config);
    std::vector<Courier::Setup> setups;
    setups.push_back({.receiver = journal_policy().receiver, .door = make_journal()});
    for (const auto& [name, receiver] : config.receivers) {
        setups.push_back(setup_of(receiver, credentials_directory, origin));
    }
    std::map<std::string, std::unique_ptr<Courier>> fresh;
    std::vector<std::string> problems;
    for (Courier::Setup& setup : setups) {
        const std::string name = setup.receiver;
        if (!setup.problem.empty()) {
            problems.push_back(fmt::format("{} cannot be told anything: {}", name, setup.problem));
            log(Message::receiver_unusable, problems.back(), {{"MPF_RECEIVER", name}});
        }
        // Not under the lock: the judge hands over what it planned while it holds its own.
        fresh.emplace(
            name,
            std::make_unique<Courier>(
                clock_, std::move(setup), owed_to(name), [this](const core::OwedNotice& owed) { record(owed); }));
    }
    const std::lock_guard lock(mutex_);
    couriers_ = std::move(fresh);
    const auto arrived = std::exchange(arrived_, std::nullopt);
    for (const core::OwedNotice& owed : *arrived) {
        hand_over(owed);
    }
    for (auto& [name, courier] : couriers_) {
        courier->start();
    }
    return problems;
}

void Couriers::record(const core::OwedNotice& owed) {
    static_cast<void>(judge_.call([&](State& state, store::Store::Commit& commit) {
        if (owed.state == core::OwedState::owed) {
            state.outbox.insert_or_assign(owed.notice.id, owed);
        } else {
            state.outbox.erase(owed.notice.id);
        }
        commit.outbox.insert_or_assign(owed.notice.id, owed);
    }));
}

Courier::Setup Couriers::setup_of(const config::Receiver& receiver,
                                  const std::filesystem::path& credentials_directory,
                                  const notify::Origin& origin) const {
    Courier::Setup setup{.receiver = receiver.name, .door = nullptr, .give_up_after = receiver.give_up_after};
    auto door = make_receiver(network_, receiver, credentials_directory, origin);
    if (door) {
        setup.door = std::move(*door);
    } else {
        setup.problem = door.error().message();
    }
    if (receiver.kind == core::ReceiverKind::command) {
        setup.attempt_timeout = std::max(setup.attempt_timeout, receiver.time_limit + std::chrono::seconds(5));
    }
    if (receiver.kind == core::ReceiverKind::alertmanager) {
        setup.resend_every = receiver.resend_every;
        setup.firing = firing_at(receiver.name);
    }
    return setup;
}

/// The last word of each group to this receiver, where that is that it goes on.
std::vector<core::Notice> Couriers::firing_at(const std::string& receiver) const {
    std::vector<core::Notice> firing;
    auto reader = store::Reader::open(state_directory_);
    if (!reader) {
        return firing;
    }
    auto notices = reader->outbox(core::OwedState::delivered, most_looked_through);
    if (!notices) {
        return firing;
    }
    std::erase_if(*notices, [&](const core::OwedNotice& owed) { return owed.notice.receiver != receiver; });
    core::sort_as_planned(*notices);
    std::set<std::string> groups;
    for (auto owed = notices->rbegin(); owed != notices->rend(); ++owed) {
        if (groups.insert(owed->notice.group).second && (owed->notice.status == core::NoticeStatus::firing ||
                                                         owed->notice.status == core::NoticeStatus::acknowledged)) {
            firing.push_back(std::move(owed->notice));
        }
    }
    return firing;
}

std::vector<core::OwedNotice> Couriers::owed_to(const std::string& receiver) const {
    std::vector<core::OwedNotice> owed = judge_.with_state([&](const State& state) {
        std::vector<core::OwedNotice> all;
        for (const auto& [id, one] : state.outbox) {
            if (one.notice.receiver == receiver) {
                all.push_back(one);
            }
        }
        return all;
    });
    core::sort_as_planned(owed);
    return owed;
}

void Couriers::bury_what_nobody_hears(const config::Config& config) {
    static_cast<void>(judge_.call([&](State& state, store::Store::Commit& commit) {
        std::erase_if(state.outbox, [&](const auto& entry) {
            const std::string& receiver = entry.second.notice.receiver;
            if (receiver == journal_policy().receiver || config.receivers.contains(receiver)) {
                return false;
            }
            core::OwedNotice dead = entry.second;
            dead.state = core::OwedState::dead;
            dead.next_at.reset();
            dead.detail = fmt::format("there is no receiver {} any more", receiver);
            commit.outbox.insert_or_assign(entry.first, std::move(dead));
            return true;
        });
    }));
}

void Couriers::submit(const std::vector<core::OwedNotice>& notices) {
    const std::lock_guard lock(mutex_);
    for (const core::OwedNotice& owed : notices) {
        if (arrived_) {
            arrived_->push_back(owed);
        } else {
            hand_over(owed);
        }
    }
}

/// Where there is no courier, after a stop, it is found in the outbox.
void Couriers::hand_over(core::OwedNotice owed) {
    if (const auto courier = couriers_.find(owed.notice.receiver); courier != couriers_.end()) {
        courier->second->submit(std::move(owed));
    }
}

std::string Couriers::problem_of(const std::string& receiver) const {
    const std::lock_guard lock(mutex_);
    const auto courier = couriers_.find(receiver);
    return courier == couriers_.end() ? "" : courier->second->problem();
}

void Couriers::stop() {
    std::map<std::string, std::unique_ptr<Courier>> old;
    {
        const std::lock_guard lock(mutex_);
        old.swap(couriers_);
    }
    for (auto& [name, courier] : old) {
        courier->ask_to_stop();
    }
    for (auto& [name, courier] : old) {
        courier->wait();
        const std::lock_guard lock(mutex_);
        for (const auto& [result, count] : courier->attempts()) {
            attempts_before_[name][result] += count;
        }
    }
}

std::map<std::string, Couriers::Load> Couriers::load() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, Load> load;
    for (const auto& [name, courier] : couriers_) {
        Load& of_receiver = load[name] = Load{courier->waiting(), courier->attempts()};
        if (const auto before = attempts_before_.find(name); before != attempts_before_.end()) {
            for (const auto& [result, count] : before->second) {
                of_receiver.attempts[result] += count;
            }
        }
    }
    return load;
}

} // namespace mailpreflight::daemon
