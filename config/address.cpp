#include "config/address.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace mailpreflight::config {

namespace {

using base::ErrorCode;
using base::failure;

// U+0080..U+009F begin with C2 80..9F; the others are what copying from web pages and Excel leaves behind.
constexpr std::array<std::string_view, 21> invisible{
    "\u00A0", "\u00AD", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
    "\u2009", "\u200A", "\u200B", "\u200C", "\u200D", "\u200E", "\u200F", "\u2060", "\u3000", "\uFEFF"};

bool has_invisible(std::string_view text) {
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        const auto next = static_cast<unsigned char>(text[at + 1]);
        if (text[at] == '\xC2' && next < 0xA0) {
            return true;
        }
    }
    return std::any_of(invisible.begin(), invisible.end(), [&](std::string_view character) {
        return text.find(character) != std::string_view::npos;
    });
}

bool is_domain_label(const std::string& label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                      static_cast<unsigned char>(c) >= 0x80;
           });
}

} // namespace

base::Result<std::string> parse_address(std::string_view text) {
    const auto refuse = [](std::string why) { return failure(ErrorCode::parse, "not an e-mail address: " + why); };
    if (text.empty()) {
        return refuse("it is empty");
    }
    if (text.size() > 254) {
        return refuse("it is longer than 254 bytes");
    }
    if (!base::is_valid_utf8(text)) {
        return refuse("it is not UTF-8; save the file as UTF-8");
    }
    const bool blank = std::any_of(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; });
    if (blank || has_invisible(text)) {
        return refuse("it has a blank, a control character or an invisible character in it");
    }
    if (text.find("\uFFFD") != std::string_view::npos) {
        return refuse("a character was lost when the file was saved in another encoding; save it as UTF-8");
    }
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) {
        return refuse("it has no @");
    }
    if (text.find('@', at + 1) != std::string_view::npos) {
        return refuse("it has more than one @");
    }
    const std::string address = base::to_lower(text);
    const std::string local = address.substr(0, at);
    if (local.empty()) {
        return refuse("nothing stands before the @");
    }
    if (local.find_first_of("<>(),;:\"\\") != std::string::npos) {
        return refuse("write it alone, without display name, prefix or brackets");
    }
    const auto labels = base::split(std::string_view(address).substr(at + 1), '.');
    if (!std::all_of(labels.begin(), labels.end(), is_domain_label)) {
        return refuse("what follows the @ is not a domain");
    }
    return address;
}

} // namespace mailpreflight::config
