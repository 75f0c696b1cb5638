#include "core/remedy.hpp"

#include <algorithm>
#include <array>

namespace mailpreflight::core {

namespace {

// PowerShell reads these as single quotes too (U+2018, U+2019, U+201A, U+201B).
constexpr std::array<std::string_view, 4> typographic_quotes{
    "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A", "\xE2\x80\x9B"};

/// Safe bare in PowerShell and in a Unix shell, which would eat the backslash of DOMAIN\user.
bool is_plain(std::string_view text) {
    return !text.empty() && text.front() != '-' && text.front() != '@' &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.@_+-") ==
               std::string_view::npos;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// What finds the account for a cmdlet of the ActiveDirectory module, whose -Identity knows neither DOMAIN\user nor
/// user@domain.
std::string ad_user(const std::string& account) {
    const std::size_t backslash = account.find('\\');
    const std::string user = backslash == std::string::npos ? account : account.substr(backslash + 1);
    if (!is_plain(user)) {
        return "Get-ADUser <sAMAccountName>";
    }
    return user.find('@') == std::string::npos ? "Get-ADUser " + user
                                               : "Get-ADUser -Filter 'UserPrincipalName -eq \"" + user + "\"'";
}

constexpr std::string_view for_shell = "sh ";

std::string filled(std::string_view placeholder, const RemedyNames& names) {
    const bool shell = placeholder.starts_with(for_shell);
    const std::string_view name = shell ? placeholder.substr(for_shell.size()) : placeholder;
    if (name == "ad_user") {
        return ad_user(names.account);
    }
    const auto pick = [&]() -> const std::string& {
        static const std::string none;
        if (name == "address") {
            return names.address;
        }
        if (name == "source") {
            return names.source;
        }
        if (name == "account_name") {
            return names.account_name;
        }
        if (name == "account") {
            return names.account;
        }
        if (name == "batch") {
            return names.batch;
        }
        if (name == "host") {
            return names.host;
        }
        return name == "primary" ? names.primary : none;
    };
    const std::string& value = pick();
    // A name that would break the line is none that anybody could copy.
    if (value.empty() || std::any_of(value.begin(), value.end(), is_control)) {
        return "<" + std::string(name) + ">";
    }
    if (is_plain(value)) {
        return value;
    }
    return shell ? shell_quoted(value) : powershell_quoted(value);
}

} // namespace

std::string powershell_quoted(std::string_view text) {
    std::string quoted = "'";
    for (std::size_t at = 0; at < text.size();) {
        std::size_t length = 1;
        bool quote = text[at] == '\'';
        for (const std::string_view typographic : typographic_quotes) {
            if (text.substr(at, typographic.size()) == typographic) {
                quote = true;
                length = typographic.size();
            }
        }
        const std::string_view character = text.substr(at, length);
        quoted += character;
        if (quote) {
            quoted += character;
        }
        at += length;
    }
    return quoted + "'";
}

std::string shell_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c); // no escape works between single quotes
    }
    return quoted + "'";
}

std::string remedy_for(Cause cause, const RemedyNames& names) {
    const std::string_view text = info(cause).remedy;
    std::string result;
    std::size_t at = 0;
    for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', at)) {
        const std::size_t close = text.find('}', open);
        if (close == std::string_view::npos) {
            break;
        }
        result += text.substr(at, open - at);
        result += filled(text.substr(open + 1, close - open - 1), names);
        at = close + 1;
    }
    return result + std::string(text.substr(at));
}

} // namespace mailpreflight::core
