#include "ews/password_expiration.hpp"

#include "base/text.hpp"
#include "ews/envelope.hpp"

namespace mailpreflight::ews {

std::string password_expiration_operation() {
    return "<m:GetPasswordExpirationDate/>";
}

std::optional<PasswordExpiration> read_password_expiration(const Element& message) {
    const Element* const date = message.child(messages_ns, "PasswordExpirationDate");
    const std::string_view text = date == nullptr ? std::string_view() : base::trim(date->text);
    if (text.size() < 19) {
        return std::nullopt;
    }
    const std::string_view year = text.substr(0, 4);
    if (year == "9999") {
        return PasswordExpiration{.never = true, .at = std::nullopt};
    }
    if (year < "1970") {
        return PasswordExpiration{};
    }
    // To the second, in UTC where the text names no zone: seven digits of a fraction and no zone are what servers
    // write.
    const std::size_t zone = text.find_first_of("Z+-", 19);
    const std::string offset = zone == std::string_view::npos ? "Z" : std::string(text.substr(zone));
    const auto at = base::parse_rfc3339(std::string(text.substr(0, 19)) + offset);
    return at ? std::optional(PasswordExpiration{.never = false, .at = *at}) : std::nullopt;
}

} // namespace mailpreflight::ews
