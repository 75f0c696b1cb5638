#pragma once

#include "base/deadline.hpp"
#include "core/failure.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mailpreflight::core {

/// Where a secret is presented: one door of one source. Doors of one source can refuse independently.
struct Door {
    std::string source;
    std::string name; ///< "ews", "owa"

    auto operator<=>(const Door&) const = default;
};

/// What is about to be presented. `fingerprint` is the keyed hash of account and secret (store/fingerprint.hpp).
struct Presentation {
    std::string account; ///< name of [account.NAME]
    std::string fingerprint;
    Door door;
    /// True for the handshakes of ews.login and owa.login: they prove, so they may go although the proof lapsed.
    bool proving = false;
};

/// What came of it. `unanswered`: the bytes may have left and no answer told. `not_sent`: nothing left the machine.
enum class PresentationResult { accepted, refused, unanswered, not_sent };

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

    /// `why` is the server's word in one line, for the ledger: "401 after NTLM type 3".
    /// `locked`: the server said that the account is locked out.
    void finish(PresentationResult result, std::string_view why, bool locked = false);

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

protected:
    friend class Permit;
    virtual void finish(std::uint64_t permit, PresentationResult result, std::string_view why, bool locked) = 0;
};

} // namespace mailpreflight::core
