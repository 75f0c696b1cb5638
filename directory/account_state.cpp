#include "directory/account_state.hpp"

#include "directory/filetime.hpp"

#include <charconv>
#include <cstdint>

namespace mailpreflight::directory {

namespace {

// Bits of userAccountControl and msDS-User-Account-Control-Computed (MS-ADTS 2.2.16).
constexpr std::uint32_t account_disabled = 0x2;
constexpr std::uint32_t locked_out = 0x10;
constexpr std::uint32_t password_never_expires = 0x1'0000;
constexpr std::uint32_t password_has_expired = 0x80'0000;

std::optional<std::int64_t> number_of(const Attributes& attributes, const char* name) {
    const auto found = attributes.find(name);
    if (found == attributes.end()) {
        return std::nullopt;
    }
    std::int64_t number = 0;
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(number)
                                                                                     : std::nullopt;
}

/// The bits of a number that the directory writes with a sign.
std::optional<std::uint32_t> bits_of(const Attributes& attributes, const char* name) {
    const auto number = number_of(attributes, name);
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

std::optional<FileTime> time_of(const Attributes& attributes, const char* name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::nullopt : read_filetime(found->second);
}

std::optional<base::SystemTime> moment_of(const std::optional<FileTime>& time) {
    return time && time->kind == FileTime::Kind::moment ? std::optional(time->at) : std::nullopt;
}

} // namespace

std::vector<std::string> wanted_attributes() {
    return {"userAccountControl",
            "msDS-User-Account-Control-Computed",
            "msDS-UserPasswordExpiryTimeComputed",
            "accountExpires",
            "lockoutTime",
            "badPwdCount",
            "pwdLastSet"};
}

AccountState read_account_state(const Attributes& attributes, base::Duration lockout_window, base::SystemTime now) {
    AccountState state;
    const std::uint32_t control = bits_of(attributes, "useraccountcontrol").value_or(0);
    const auto computed = bits_of(attributes, "msds-user-account-control-computed");
    const auto end = time_of(attributes, "msds-userpasswordexpirytimecomputed");
    const auto set = time_of(attributes, "pwdlastset");
    state.disabled = (control & account_disabled) != 0;
    state.locked_since = moment_of(time_of(attributes, "lockouttime"));
    // lockoutTime outlives the lock-out; only the computed bit knows whether it is over.
    state.locked =
        computed ? (*computed & locked_out) != 0 : state.locked_since && now - *state.locked_since < lockout_window;
    state.account_end = moment_of(time_of(attributes, "accountexpires"));
    state.password_set = moment_of(set);
    state.password_end = moment_of(end);
    state.password_never_ends = end ? end->kind == FileTime::Kind::never : (control & password_never_expires) != 0;
    state.must_change = !state.password_never_ends &&
                        ((end && end->kind == FileTime::Kind::zero) || (set && set->kind == FileTime::Kind::zero));
    state.password_expired = !state.must_change && (computed ? (*computed & password_has_expired) != 0
                                                             : state.password_end && *state.password_end <= now);
    if (const auto count = number_of(attributes, "badpwdcount"); count && *count >= 0 && *count <= 1'000'000) {
        state.bad_passwords = static_cast<int>(*count);
    }
    return state;
}

core::Cause reason_not_to_log_in(const AccountState& state, base::SystemTime now) {
    if (state.disabled) {
        return core::Cause::admin_account_disabled;
    }
    if (state.account_end && *state.account_end <= now) {
        return core::Cause::account_expired;
    }
    if (state.locked) {
        return core::Cause::account_locked;
    }
    if (state.must_change) {
        return core::Cause::password_change_required;
    }
    return state.password_expired ? core::Cause::password_expired : core::Cause::ok;
}

} // namespace mailpreflight::directory
