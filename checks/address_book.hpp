#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "net/address.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailpreflight::checks {

/// What one source's logins know of the addresses behind its name: by it they visit one after the other. Shared by the
/// source's lanes and kept over a reload. Safe to use from any thread; nothing in it is secret.
class AddressBook {
public:
    /// How long an address that refused a secret is left out, and how long the others that have not accepted it yet
    /// wait: one refusal a day is all that visiting may cost.
    static constexpr base::Duration refusal_holds = std::chrono::hours(24);

    /// How long a login's visit to an address that has not accepted the secret yet keeps the other doors from trying
    /// one, if nobody hears what came of it.
    static constexpr base::Duration visit_holds = std::chrono::minutes(5);

    /// In which order a login tries the addresses of an answer. Before anything accepted this secret: the answer's own
    /// order. Then the one whose turn it is first, those of which the newest anonymous look was not good last. What is
    /// not `proven` goes where it was accepted last. An address that has not accepted this secret has its turn only
    /// while it is proven, no address refused it and no other door is at such a one: both would be refused at once, and
    /// the account parked for one bad address. One that refused it is left out unless there is no other.
    std::vector<net::Address> in_turn(const std::string& door,
                                      const std::vector<net::Address>& answer,
                                      const std::string& fingerprint,
                                      bool proven,
                                      base::SystemTime now);

    void accepted(const std::string& door,
                  const net::Address& address,
                  const std::string& fingerprint,
                  base::SystemTime now);
    void
    refused(const std::string& door, const net::Address& address, const std::string& fingerprint, base::SystemTime now);
    /// Did another address accept the secret at this door?
    bool others_accepted(const std::string& door, const net::Address& address, const std::string& fingerprint);
    /// The address refused the secret that another one accepts.
    bool is_refusing(const net::Address& address, const std::string& fingerprint, base::SystemTime now);

    /// What the newest anonymous look said of an address.
    void looked(const net::Address& address, bool good);

    /// For what is told beside logins: not due for `interval` once it was told twice alike.
    bool is_due(const std::string& what, base::Duration interval, base::SystemTime now);
    void told(const std::string& what, const std::string& result, base::SystemTime now);

private:
    struct Visit {
        std::string accepted; ///< fingerprint of the secret that was accepted last
        std::optional<base::SystemTime> accepted_at;
        std::string refused; ///< likewise
        std::optional<base::SystemTime> refused_at;

        [[nodiscard]] bool accepts(const std::string& fingerprint) const {
            return accepted_at && accepted == fingerprint;
        }
        [[nodiscard]] bool refuses(const std::string& fingerprint, base::SystemTime now) const;
    };
    /// The login that is at an address which has not accepted the secret yet.
    struct Trial {
        std::string door;
        net::Address address;
        base::SystemTime since;
    };
    struct Told {
        std::string result;
        std::optional<base::SystemTime> settled_at;
    };
    struct Inside {
        std::map<std::pair<std::string, net::Address>, Visit> visits; ///< by door and address
        std::map<net::Address, bool> good;
        std::map<std::string, Told> told;
        std::optional<Trial> trial;

        void note_end_of_trial(const std::string& door, const net::Address& address);

        [[nodiscard]] bool
        others_accept(const std::string& door, const net::Address& address, const std::string& fingerprint) const;
    };
    base::Guarded<Inside> inside_;
};

} // namespace mailpreflight::checks
