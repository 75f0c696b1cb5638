#include "simulator/directory.hpp"

#include "simulator/text.hpp"

#include <algorithm>
#include <utility>

namespace mailpreflight::simulator {

namespace {

constexpr std::size_t history_limit = 10'000;
// Active Directory does not count a failure with one of these: a forgotten job with yesterday's password.
constexpr std::size_t forgiven_passwords = 2;

} // namespace

std::string Account::logon_name() const {
    return domain + '\\' + sam;
}

std::string_view name_of(Door door) {
    switch (door) {
    case Door::ews_ntlm:
        return "ews_ntlm";
    case Door::ews_negotiate:
        return "ews_negotiate";
    case Door::ews_basic:
        return "ews_basic";
    case Door::owa_form:
        return "owa_form";
    case Door::owa_cookie:
        return "owa_cookie";
    case Door::owa_http:
        return "owa_http";
    }
    __builtin_unreachable();
}

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::accepted:
        return "accepted";
    case Verdict::unknown_account:
        return "unknown_account";
    case Verdict::wrong_password:
        return "wrong_password";
    case Verdict::previous_password:
        return "previous_password";
    case Verdict::locked_out:
        return "locked_out";
    case Verdict::account_disabled:
        return "account_disabled";
    case Verdict::account_expired:
        return "account_expired";
    case Verdict::password_expired:
        return "password_expired";
    case Verdict::password_must_change:
        return "password_must_change";
    case Verdict::binding_refused:
        return "binding_refused";
    }
    __builtin_unreachable();
}

void Directory::add(Account account) {
    std::erase_if(accounts_,
                  [&](const Account& other) { return equals_ignoring_case(other.logon_name(), account.logon_name()); });
    accounts_.push_back(std::move(account));
}

void Directory::clear() {
    accounts_.clear();
}

const Account* Directory::find(std::string_view name) const {
    const auto backslash = name.find('\\');
    for (const Account& account : accounts_) {
        if (backslash == std::string_view::npos) {
            const bool by_upn = !account.upn.empty() && equals_ignoring_case(account.upn, name);
            const bool bare = !default_domain.empty() && equals_ignoring_case(account.domain, default_domain) &&
                              equals_ignoring_case(account.sam, name);
            if (by_upn || bare) {
                return &account;
            }
            continue;
        }
        const std::string_view domain = name.substr(0, backslash);
        const std::string_view user = name.substr(backslash + 1);
        const bool short_form = equals_ignoring_case(account.domain, domain) && equals_ignoring_case(account.sam, user);
        // NTLM clients split user@dns.domain into its parts, or leave the domain empty before a whole UPN.
        const std::string joined = domain.empty() ? std::string(user) : std::string(user) + '@' + std::string(domain);
        if (short_form || (!account.upn.empty() && equals_ignoring_case(account.upn, joined))) {
            return &account;
        }
    }
    return nullptr;
}

Account* Directory::find(std::string_view name) {
    return const_cast<Account*>(std::as_const(*this).find(name));
}

const std::vector<Account>& Directory::accounts() const {
    return accounts_;
}

Verdict Directory::present(Door door, std::string_view name, const ProofCheck& check, TimePoint now) {
    Account* account = find(name);
    const Verdict verdict = judge(account, check, now);
    if (account != nullptr) {
        ++account->presentations;
        if (verdict != Verdict::accepted) {
            ++account->refused_presentations;
        }
    }
    note(door, name, verdict, now);
    return verdict;
}

Verdict Directory::present(Door door, std::string_view name, std::string_view password, TimePoint now) {
    return present(
        door, name, [&](const std::string& candidate) { return candidate == password; }, now);
}

void Directory::note_binding_refused(Door door, std::string_view name, TimePoint now) {
    if (Account* account = find(name)) {
        ++account->presentations;
        ++account->refused_presentations;
    }
    note(door, name, Verdict::binding_refused, now);
}

Verdict Directory::judge(Account* account, const ProofCheck& check, TimePoint now) {
    if (account == nullptr) {
        return Verdict::unknown_account;
    }
    if (is_locked(*account, now)) {
        return Verdict::locked_out; // right or wrong, with the same face, and without a further count
    }
    if (!check(account->password)) {
        const auto end = account->previous_passwords.begin() +
                         static_cast<std::ptrdiff_t>(std::min(forgiven_passwords, account->previous_passwords.size()));
        if (std::any_of(account->previous_passwords.begin(), end, check)) {
            return Verdict::previous_password;
        }
        count_failure(*account, now);
        return Verdict::wrong_password;
    }
    if (!account->enabled) {
        return Verdict::account_disabled;
    }
    if (account->account_expired) {
        return Verdict::account_expired;
    }
    if (account->password_expired) {
        return Verdict::password_expired;
    }
    if (account->must_change_password) {
        return Verdict::password_must_change;
    }
    account->bad_password_count = 0;
    account->lockout_time.reset();
    return Verdict::accepted;
}

void Directory::count_failure(Account& account, TimePoint now) const {
    // MS-SAMR 3.1.5.14.6: the window is measured from the last failure, so it slides.
    const bool outside_window = !account.bad_password_time || now - *account.bad_password_time > policy.window;
    account.bad_password_count = outside_window ? 1 : account.bad_password_count + 1;
    account.bad_password_time = now;
    if (policy.threshold > 0 && account.bad_password_count >= policy.threshold) {
        account.lockout_time = now;
    }
}

void Directory::note(Door door, std::string_view name, Verdict verdict, TimePoint now) {
    ++presentations_;
    ++by_door_[door];
    if (verdict != Verdict::accepted) {
        ++refused_;
    }
    history_.push_back({presentations_, now, door, std::string(name), verdict});
    if (history_.size() > history_limit) {
        history_.pop_front();
    }
}

void Directory::change_password(Account& account, std::string new_password) {
    if (account.password == new_password) {
        return;
    }
    account.previous_passwords.insert(account.previous_passwords.begin(),
                                      std::exchange(account.password, std::move(new_password)));
    account.password_expired = false;
    account.must_change_password = false;
}

void Directory::lock(Account& account, TimePoint now) {
    account.lockout_time = now;
}

void Directory::unlock(Account& account) {
    account.lockout_time.reset();
    account.bad_password_count = 0;
}

bool Directory::is_locked(const Account& account, TimePoint now) const {
    if (!account.lockout_time) {
        return false;
    }
    return policy.duration.count() == 0 || now - *account.lockout_time < policy.duration;
}

std::uint64_t Directory::presentations() const {
    return presentations_;
}

std::uint64_t Directory::refused_presentations() const {
    return refused_;
}

std::map<Door, std::uint64_t> Directory::presentations_by_door() const {
    return by_door_;
}

const std::deque<Presentation>& Directory::history() const {
    return history_;
}

} // namespace mailpreflight::simulator
