#include "net/resolve.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <sys/socket.h>
#include <thread>
#include <utility>

namespace mailpreflight::net {

namespace {

using Answer = core::Outcome<std::vector<Address>>;

Answer lookup_failure(int code, const std::string& host) {
    // EAI_NODATA is a GNU extension: the name exists without an address.
    if (code == EAI_NONAME || code == EAI_NODATA) {
        return core::failed(core::Stage::resolve, core::Cause::dns_not_found, host + " does not resolve");
    }
    const std::string why = code == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(code);
    return core::failed(core::Stage::resolve, core::Cause::dns_timeout, host + ": " + why);
}

/// A name that is being looked up, or waits for a worker.
struct Job {
    std::string host;
    std::optional<Answer> answer;
    std::size_t waiters = 0;
};

} // namespace

Answer system_lookup(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* raw = nullptr;
    if (const int code = getaddrinfo(host.c_str(), nullptr, &hints, &raw); code != 0) {
        return lookup_failure(code, host);
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(raw, &freeaddrinfo);
    std::vector<Address> addresses;
    for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
            continue;
        }
        Address address{text.data()};
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
            addresses.push_back(std::move(address));
        }
    }
    if (addresses.empty()) {
        return core::failed(core::Stage::resolve, core::Cause::dns_not_found, host + " has no address");
    }
    return addresses;
}

struct Resolver::State {
    explicit State(Lookup function) :
        lookup(std::move(function)) {}

    const Lookup lookup;
    std::mutex mutex;
    std::condition_variable work;
    std::condition_variable_any answered;
    std::deque<std::shared_ptr<Job>> queue;
    std::map<std::string, std::shared_ptr<Job>> in_flight; ///< queued or running, by name
    std::size_t workers = 0;
    std::size_t idle = 0;
    bool closed = false;

    static void work_off(const std::shared_ptr<State>& state) {
        std::unique_lock lock(state->mutex);
        for (;;) {
            ++state->idle;
            state->work.wait(lock, [&] { return state->closed || !state->queue.empty(); });
            --state->idle;
            if (state->closed) {
                break;
            }
            const std::shared_ptr<Job> job = std::move(state->queue.front());
            state->queue.pop_front();
            if (job->waiters > 0) { // else nobody waits for it any more
                lock.unlock();
                Answer answer = state->lookup(job->host);
                lock.lock();
                job->answer = std::move(answer);
            }
            state->in_flight.erase(job->host);
            state->answered.notify_all();
        }
        --state->workers;
        state->answered.notify_all();
    }
};

Resolver::Resolver(Lookup lookup) :
    state_(std::make_shared<State>(std::move(lookup))) {}

Resolver::~Resolver() {
    std::unique_lock lock(state_->mutex);
    state_->closed = true;
    state_->work.notify_all();
    // Idle workers leave at once; the others hang in a lookup and are abandoned.
    state_->answered.wait(lock, [&] { return state_->idle == 0; });
}

Answer Resolver::resolve(const std::string& host, const base::Deadline& deadline) {
    if (is_address_literal(host)) {
        return std::vector{Address{host}};
    }
    std::unique_lock lock(state_->mutex);
    std::shared_ptr<Job> job;
    if (const auto found = state_->in_flight.find(host); found != state_->in_flight.end()) {
        job = found->second;
    } else {
        if (state_->queue.size() >= state_->idle && state_->workers < most_workers) {
            std::thread(State::work_off, state_).detach();
            ++state_->workers;
        }
        job = std::make_shared<Job>(Job{host, std::nullopt, 0});
        state_->in_flight.emplace(host, job);
        state_->queue.push_back(job);
        state_->work.notify_one();
    }
    ++job->waiters;
    state_->answered.wait_until(lock, deadline.stop, deadline.at, [&] { return job->answer.has_value(); });
    --job->waiters;
    if (job->answer) {
        return *job->answer;
    }
    if (deadline.stop.stop_requested()) {
        return core::failed(core::Stage::resolve, core::Cause::no_answer, "stopped");
    }
    return core::failed(core::Stage::resolve, core::Cause::dns_timeout, "no answer in time for " + host);
}

Answer Resolver::resolve(const Target& target, const base::Deadline& deadline) {
    if (!target.addresses.empty()) {
        return target.addresses;
    }
    auto all = resolve(target.host, deadline);
    if (!all || target.ip_version == IpVersion::any) {
        return all;
    }
    std::vector<Address> wanted = of_version(*all, target.ip_version);
    if (wanted.empty()) {
        std::vector<std::string> others;
        for (const Address& address : *all) {
            others.push_back(address.ip);
        }
        return core::failed(core::Stage::resolve,
                            core::Cause::dns_not_found,
                            target.host + " has no " + (target.ip_version == IpVersion::v6 ? "IPv6" : "IPv4") +
                                " address, which ip_version asks for; it is " + base::join(others, ", "));
    }
    return wanted;
}

} // namespace mailpreflight::net
