#include "directory/filter.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <vector>

namespace mailpreflight::directory {

namespace {

/// "contoso.example" of "OU=Staff,DC=contoso,DC=example", in lower case.
std::string domain_of(std::string_view base) {
    std::vector<std::string> labels;
    for (const std::string& part : base::split(base, ',')) {
        const std::string_view trimmed = base::trim(part);
        if (base::starts_with_ignoring_case(trimmed, "dc=")) {
            labels.push_back(base::to_lower(trimmed.substr(3)));
        }
    }
    return base::join(labels, ".");
}

} // namespace

std::string escaped(std::string_view value) {
    std::string text;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte > 0x20 && byte < 0x7F && c != '*' && c != '(' && c != ')' && c != '\\' && c != '&' &&
                           c != '|' && c != '!' && c != '=' && c != '<' && c != '>' && c != '~';
        text += plain ? std::string(1, c) : fmt::format("\\{:02x}", byte);
    }
    return text;
}

std::string filter_for(std::string_view username, std::string_view base) {
    const std::size_t at = username.find('@');
    if (at == std::string_view::npos) {
        const std::string_view user = username.substr(username.find('\\') + 1); // npos + 1 is the beginning
        return fmt::format("(&(objectClass=user)(sAMAccountName={}))", escaped(user));
    }
    const std::string by_upn = fmt::format("(userPrincipalName={})", escaped(username));
    if (!base::equals_ignoring_case(username.substr(at + 1), domain_of(base))) {
        return fmt::format("(&(objectClass=user){})", by_upn);
    }
    return fmt::format("(&(objectClass=user)(|{}(&(sAMAccountName={})(!(userPrincipalName=*)))))",
                       by_upn,
                       escaped(username.substr(0, at)));
}

} // namespace mailpreflight::directory
