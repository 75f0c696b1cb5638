#include "checks/address_book.hpp"

#include <algorithm>
#include <tuple>

namespace mailpreflight::checks {

namespace {

// Names of large pools bring new addresses for ever.
constexpr std::size_t most_kept = 256;

template <typename Map>
void keep_small(Map& map) {
    while (map.size() > most_kept) {
        map.erase(map.begin());
    }
}

} // namespace

bool AddressBook::Visit::refuses(const std::string& fingerprint, base::SystemTime now) const {
    return refused_at && refused == fingerprint && now - *refused_at < refusal_holds;
}

std::vector<net::Address> AddressBook::in_turn(const std::string& door,
                                               const std::vector<net::Address>& answer,
                                               const std::string& fingerprint,
                                               bool proven,
                                               base::SystemTime now) {
    return inside_.with([&](Inside& inside) {
        const auto visit = [&](const net::Address& address) {
            const auto found = inside.visits.find({door, address});
            return found == inside.visits.end() ? Visit{} : found->second;
        };
        const bool any_refuses = std::any_of(inside.visits.begin(), inside.visits.end(), [&](const auto& entry) {
            return entry.second.refuses(fingerprint, now);
        });
        const bool any_accepts = std::any_of(
            answer.begin(), answer.end(), [&](const auto& address) { return visit(address).accepts(fingerprint); });
        const bool another_tries = inside.trial && inside.trial->door != door && inside.trial->since <= now &&
                                   now - inside.trial->since < visit_holds;
        std::vector<net::Address> order = answer;
        std::erase_if(order, [&](const net::Address& address) { return visit(address).refuses(fingerprint, now); });
        if (order.empty() || !any_accepts) {
            return order.empty() ? answer : order;
        }
        // Smaller goes first: good before bad, known before those that may not be tried now, the longest unvisited.
        // What is not proven goes where it was accepted last: a refusal there is about the secret.
        const auto rank = [&](const net::Address& address) {
            const Visit known = visit(address);
            const auto look = inside.good.find(address);
            const bool bad = look != inside.good.end() && !look->second;
            const bool may_go = known.accepts(fingerprint) || (proven && !any_refuses && !another_tries);
            const base::Duration age = known.accepts(fingerprint) ? now - *known.accepted_at : base::Duration::max();
            return std::tuple(bad, !may_go, proven ? -age : age);
        };
        std::stable_sort(order.begin(), order.end(), [&](const net::Address& a, const net::Address& b) {
            return rank(a) < rank(b);
        });
        if (proven && !visit(order.front()).accepts(fingerprint)) {
            inside.trial = Trial{door, order.front(), now};
        }
        return order;
    });
}

void AddressBook::Inside::note_end_of_trial(const std::string& door, const net::Address& address) {
    if (trial && trial->door == door && trial->address == address) {
        trial.reset();
    }
}

void AddressBook::accepted(const std::string& door,
                           const net::Address& address,
                           const std::string& fingerprint,
                           base::SystemTime now) {
    inside_.with([&](Inside& inside) {
        inside.note_end_of_trial(door, address);
        inside.visits[{door, address}] = {fingerprint, now, {}, {}};
        keep_small(inside.visits);
    });
}

void AddressBook::refused(const std::string& door,
                          const net::Address& address,
                          const std::string& fingerprint,
                          base::SystemTime now) {
    inside_.with([&](Inside& inside) {
        inside.note_end_of_trial(door, address);
        inside.visits[{door, address}] = {{}, {}, fingerprint, now};
        keep_small(inside.visits);
    });
}

bool AddressBook::Inside::others_accept(const std::string& door,
                                        const net::Address& address,
                                        const std::string& fingerprint) const {
    return std::any_of(visits.begin(), visits.end(), [&](const auto& entry) {
        return entry.first.first == door && entry.first.second != address && entry.second.accepts(fingerprint);
    });
}

bool AddressBook::others_accepted(const std::string& door,
                                  const net::Address& address,
                                  const std::string& fingerprint) {
    return inside_.with([&](Inside& inside) { return inside.others_accept(door, address, fingerprint); });
}

bool AddressBook::is_refusing(const net::Address& address, const std::string& fingerprint, base::SystemTime now) {
    return inside_.with([&](Inside& inside) {
        return std::any_of(inside.visits.begin(), inside.visits.end(), [&](const auto& entry) {
            return entry.first.second == address && entry.second.refuses(fingerprint, now) &&
                   inside.others_accept(entry.first.first, address, fingerprint);
        });
    });
}

void AddressBook::looked(const net::Address& address, bool good) {
    inside_.with([&](Inside& inside) {
        inside.good[address] = good;
        keep_small(inside.good);
    });
}

bool AddressBook::is_due(const std::string& what, base::Duration interval, base::SystemTime now) {
    return inside_.with([&](Inside& inside) {
        const auto last = inside.told.find(what);
        return last == inside.told.end() || !last->second.settled_at || *last->second.settled_at > now ||
               now - *last->second.settled_at >= interval;
    });
}

void AddressBook::told(const std::string& what, const std::string& result, base::SystemTime now) {
    inside_.with([&](Inside& inside) {
        Told& last = inside.told[what];
        last = {result, last.result == result ? std::optional(now) : std::nullopt};
    });
}

} // namespace mailpreflight::checks
