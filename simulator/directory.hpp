#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/** Active Directory as the doors of an Exchange server see it: accounts, passwords and the lockout count. */
namespace mailpreflight::simulator {

using TimePoint = std::chrono::system_clock::time_point;
/** Where the simulator takes its time from; tests give their own. */
using TimeSource = std::function<TimePoint()>;

struct Account {
    std::string domain; ///< NetBIOS name: CONTOSO
    std::string sam;    ///< the user name behind the backslash
    std::string upn;    ///< may be empty
    std::string password;
    std::vector<std::string> previous_passwords; ///< newest first
    bool enabled = true;
    bool account_expired = false;
    bool password_expired = false;
    bool must_change_password = false;
    std::string password_expires; ///< xs:dateTime; empty: never
    std::string mailbox;          ///< primary address of the account's own mailbox; empty if it has none

    int bad_password_count = 0;
    std::optional<TimePoint> bad_password_time;
    std::optional<TimePoint> lockout_time;
    std::uint64_t presentations = 0;
    std::uint64_t refused_presentations = 0;

    /** CONTOSO\user: how rights name the account. */
    std::string logon_name() const;
};

struct LockoutPolicy {
    int threshold = 3; ///< 0: never locks
    std::chrono::seconds window{30 * 60};
    std::chrono::seconds duration{30 * 60}; ///< 0: until an administrator unlocks
};

/** The ways in which a password can be presented. */
enum class Door { ews_ntlm, ews_negotiate, ews_basic, owa_form, owa_cookie, owa_http };
std::string_view name_of(Door door);

enum class Verdict {
    accepted,
    unknown_account,
    wrong_password,
    previous_password, ///< wrong, but one of the two newest previous ones: not counted
    locked_out,
    account_disabled,
    account_expired,
    password_expired,
    password_must_change,
    binding_refused, ///< right password, wrong or missing channel binding
};
std::string_view name_of(Verdict verdict);

struct Presentation {
    std::uint64_t number = 0;
    TimePoint time;
    Door door = Door::ews_basic;
    std::string name; ///< as it was given
    Verdict verdict = Verdict::accepted;
};

/** Tells whether what was presented proves knowledge of this password. */
using ProofCheck = std::function<bool(const std::string& password)>;

class Directory {
public:
    LockoutPolicy policy;
    /** For bare names at Basic and forms; empty: bare names are unknown. */
    std::string default_domain;

    void add(Account account);
    void clear();
    /**
     * Finds by DOMAIN\user, user@upn, and user with the default domain; all ignore case.
     * The pointer is good until accounts are added or cleared.
     */
    Account* find(std::string_view name);
    const Account* find(std::string_view name) const;
    const std::vector<Account>& accounts() const;

    /** Judges, counts and lists one presentation. */
    Verdict present(Door door, std::string_view name, const ProofCheck& check, TimePoint now);
    /** The same for a password in clear text. */
    Verdict present(Door door, std::string_view name, std::string_view password, TimePoint now);
    /** Lists a presentation whose password was right but which the door refused for its channel binding. */
    void note_binding_refused(Door door, std::string_view name, TimePoint now);

    /** The old password moves to the history. */
    void change_password(Account& account, std::string new_password);
    void lock(Account& account, TimePoint now);
    void unlock(Account& account);
    bool is_locked(const Account& account, TimePoint now) const;

    std::uint64_t presentations() const;
    std::uint64_t refused_presentations() const;
    std::map<Door, std::uint64_t> presentations_by_door() const;
    /** The newest 10,000. */
    const std::deque<Presentation>& history() const;

private:
    Verdict judge(Account* account, const ProofCheck& check, TimePoint now);
    void count_failure(Account& account, TimePoint now) const;
    void note(Door door, std::string_view name, Verdict verdict, TimePoint now);

    std::vector<Account> accounts_;
    std::deque<Presentation> history_;
    std::map<Door, std::uint64_t> by_door_;
    std::uint64_t presentations_ = 0;
    std::uint64_t refused_ = 0;
};

} // namespace mailpreflight::simulator
