#pragma once

#include "core/notice.hpp"
#include "http/message.hpp"
#include "notify/receiver.hpp"
#include "notify/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::notify {

/// A notice as a message (RFC 5322): the fields in their order, each value ready for the wire, and the parts, whose
/// encoding is the sender's business. Lines of the parts end with CRLF.
struct MailMessage {
    std::string sender;                  ///< of the envelope
    std::vector<std::string> recipients; ///< of the envelope, each once
    std::vector<http::Headers::Field> fields;
    std::string text;
    std::string html;
    std::optional<std::string> csv; ///< all mailboxes that are affected; none: no attachment

    bool operator==(const MailMessage&) const = default;
};

/// Pure: the same at every attempt. Date is when the notice was planned; Message-ID stands for the notice, and
/// In-Reply-To and References for its group, so that an incident is one thread.
MailMessage mail_message(const core::Notice& notice,
                         const Origin& origin,
                         const EmailSettings& settings,
                         std::string_view link = {});

/// A field's value in RFC 2047's encoded words where it is more than printable ASCII, folded; what ends or turns lines
/// is left out.
std::string header_text(std::string_view text);

/// RFC 5322's date in UTC: "Tue, 01 Dec 2026 12:00:00 +0000".
std::string mail_date(base::SystemTime time);

/// "local@domain" of ASCII alone, with nothing that SMTP or a header could read as more.
bool is_mail_address(std::string_view text);

} // namespace mailpreflight::notify
