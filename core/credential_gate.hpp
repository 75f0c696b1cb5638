#pragma once

#include "base/deadline.hpp"
#include "core/failure.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::core {

/// Where a secret is presented: one door of one source. Doors of one source can refuse independently.
struct Door {
    std::string source;
    /// "ews", "owa", "ews@192.0.2.7", "proxy"; "kerberos": the KDC, "oauth": the token endpoint, "ldap": the directory.
    std::string name;

    auto operator<=>(const Door&) const = default;
};

/// What is about to be presented. `fingerprint` is the keyed hash of account and secret (store/fingerprint.hpp).
struct Presentation {
    std::string account; ///< name of [account.NAME]
    std::string fingerprint;
    Door door;
    /// True for the handshakes of ews.login and owa.login: they prove, so they may go although the proof lapsed.
    bool proving = false;
    /// True for NTLM and Kerberos: the directory itself judges each. A server may answer Basic and forms out of its
    /// cache of logons for a quarter of an hour (owa-and-auth.md 9.3).
    bool handshake = false;
    /// One of a list of individual passwords: the spray brake of the door's source holds it, too.
    bool individual = false;
    std::string shown = {}; ///< what people call the account; empty: by its name
};

/// What came of it. `unanswered`: the bytes may have left and no answer told. `not_sent`: nothing left the machine that
/// anybody checks.
enum class PresentationResult { accepted, refused, unanswered, not_sent };

/// How a presentation ended.
struct PresentationEnding {
    PresentationResult result = PresentationResult::unanswered;
    std::string why;                         ///< the server's word in one line: "401 after NTLM type 3"
    Cause cause = Cause::credential_refused; ///< what a refusal meant
    std::string evidence;                    ///< by which a refusal is found on the server; empty: nothing told
};

class CredentialGate;

/// The right to present once. Give the result with finish(); a permit that dies without one counts as unanswered.
class Permit {
public:
    Permit(CredentialGate& gate, std::uint64_t id) noexcept :
        gate_(&gate),
        id_(id) {}
    ~Permit();
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&& other) noexcept;
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;

    /// For the ledger. A refusal of cause account_locked leaves the account alone for its window; the others park, and
    /// are told as long as it is.
    void finish(PresentationEnding ending);
    void finish(PresentationResult result, std::string_view why) {
        finish({.result = result, .why = std::string(why), .evidence = {}});
    }

    [[nodiscard]] std::uint64_t id() const noexcept {
        return id_;
    }

private:
    CredentialGate* gate_ = nullptr;
    std::uint64_t id_ = 0;
};

/// The guard of DESIGN 6.1: nobody presents a secret without its permit. Two implementations: the durable ledger
/// (store/), and the one of tests. Safe to call from any thread; begin() may block until the deadline.
class CredentialGate {
public:
    virtual ~CredentialGate() = default;

    /// A permit, or why not: credential_parked, presentation_withheld (with retry_after), secret_unreadable.
    /// When it returns a permit for an unproven presentation, that is on disk already.
    virtual Outcome<Permit> begin(const Presentation& presentation, const base::Deadline& deadline) = 0;

    /// Is the secret proven now, i.e. accepted somewhere within login_interval?
    virtual bool is_proven(const std::string& account, const std::string& fingerprint) = 0;

    /// What a directory says of the account's lock, without anybody presenting: a locked one is left alone by all
    /// doors.
    virtual void heard_from_directory(const std::string& account, bool locked) {
        static_cast<void>(account);
        static_cast<void>(locked);
    }

    /// Why the secret's connections, cookies and tickets may not be used either, although that presents nothing: the
    /// account or the door refused it since (owa-and-auth.md 9.4, rule 10). Nothing: they may.
    virtual std::optional<Failure> revoked(const Presentation&) {
        return std::nullopt;
    }

protected:
    friend class Permit;
    virtual void finish(std::uint64_t permit, PresentationEnding ending) = 0;
};

} // namespace mailpreflight::core
