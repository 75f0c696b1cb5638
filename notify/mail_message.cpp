#include "notify/mail_message.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"
#include "http/base64.hpp"
#include "notify/mail_html.hpp"
#include "notify/words.hpp"
#include "report/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace mailpreflight::notify {

namespace {

// RFC 2047: an encoded word has at most 75 characters, "=?UTF-8?B?" and "?=" among them.
constexpr std::size_t bytes_a_word = 45;

bool is_plain(std::string_view text) {
    const auto printable = [](char c) { return c >= 0x20 && c < 0x7F; };
    return std::all_of(text.begin(), text.end(), printable) && text.find("=?") == std::string_view::npos;
}

/// For the left of an @: letters, digits, points and hyphens stay, all else becomes =XX, so that different texts stay
/// different.
std::string atom_of(std::string_view text) {
    std::string atom;
    for (const char c : text) {
        const bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           (c == '.' && !atom.empty() && atom.back() != '.');
        atom += stays ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c));
    }
    if (atom.ends_with('.')) {
        atom.pop_back();
        atom += "=2E";
    }
    return atom;
}

std::string with_crlf(std::string_view text) {
    std::string lines;
    for (const char c : text) {
        if (c == '\n') {
            lines += '\r';
        }
        lines += c;
    }
    return lines;
}

std::string text_of(const core::Notice& notice, const Origin& origin, std::string_view link) {
    std::string text = headline(notice, 1000) + "\n\n" + safe_lines(notice.text) + "\n";
    for (const Fact& fact : facts(notice)) {
        text += fmt::format("{}: {}\n", fact.label, fact.value);
    }
    if (!notice.samples.empty()) {
        text += "\nWho is affected:\n";
        for (const std::string& line : sample_lines(notice)) {
            text += "- " + line + "\n";
        }
        if (const std::size_t more = beyond_samples(notice); more > 0) {
            text +=
                fmt::format("- and {} more{}\n", more, notice.mailboxes.empty() ? "" : "; the attachment names them");
        }
    }
    if (const std::string remedy = safe_lines(notice.remedy); !remedy.empty()) {
        text += "\nWhat mends it:\n\n" + remedy;
    }
    if (!link.empty()) {
        text += "\n" + base::safe(link) + "\n";
    }
    return text + "\n-- \n" + signature_line(notice, origin) + "\n";
}

std::optional<std::string> csv_of(const core::Notice& notice) {
    if (notice.mailboxes.empty()) {
        return std::nullopt;
    }
    const std::string source = report::csv_cell(notice.source);
    const std::string cause(notice.cause ? core::code_of(*notice.cause) : "");
    std::string csv = "mailbox,source,cause,told_at\r\n";
    for (const std::string& mailbox : notice.mailboxes) {
        csv += fmt::format("{},{},{},{}\r\n", report::csv_cell(mailbox), source, cause, base::to_rfc3339(notice.at));
    }
    return csv;
}

std::vector<std::string> each_once(const std::vector<std::string>& addresses) {
    std::vector<std::string> list;
    std::set<std::string> seen;
    for (const std::string& address : addresses) {
        if (seen.insert(base::to_lower(address)).second) {
            list.push_back(address);
        }
    }
    return list;
}

} // namespace

bool is_mail_address(std::string_view text) {
    const std::size_t at = text.find('@');
    constexpr std::size_t longest = 254;
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= longest &&
           text.find('@', at + 1) == std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
               return c > 0x20 && c < 0x7F && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
           });
}

std::string header_text(std::string_view text) {
    const std::string line = base::safe(text);
    if (is_plain(line)) {
        return line;
    }
    std::string value;
    for (std::string_view rest = line; !rest.empty();) {
        std::size_t length = std::min(bytes_a_word, rest.size());
        while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xC0U) == 0x80U) {
            --length; // a word ends with a whole character
        }
        value += fmt::format("{}=?UTF-8?B?{}?=", value.empty() ? "" : "\r\n ", http::to_base64(rest.substr(0, length)));
        rest.remove_prefix(length);
    }
    return value;
}

std::string mail_date(base::SystemTime time) {
    using namespace std::chrono;
    constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(time - day));
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
                       weekdays.at(weekday(day).c_encoding()),
                       static_cast<unsigned>(date.day()),
                       months.at(static_cast<unsigned>(date.month()) - 1),
                       static_cast<int>(date.year()),
                       clock.hours().count(),
                       clock.minutes().count(),
                       clock.seconds().count());
}

MailMessage
mail_message(const core::Notice& notice, const Origin& origin, const EmailSettings& settings, std::string_view link) {
    MailMessage message{.sender = settings.from, .recipients = each_once(settings.to)};
    const std::string domain = settings.from.substr(settings.from.find('@') + 1);
    const auto id_of = [&](std::string_view what) {
        return fmt::format("<{}.{}@{}>", atom_of(what), atom_of(origin.installation), domain);
    };
    const auto add = [&](std::string name, std::string value) {
        message.fields.push_back({std::move(name), std::move(value)});
    };
    const std::string root = id_of("group." + notice.group);
    add("From", fmt::format("mailpreflight <{}>", settings.from));
    add("To", base::join(message.recipients, ",\r\n "));
    add("Subject", header_text("[mailpreflight] " + headline(notice)));
    add("Date", mail_date(notice.at));
    add("Message-ID", id_of("notice." + notice.id));
    add("In-Reply-To", root);
    add("References", root);
    add("Auto-Submitted", "auto-generated");
    add("Precedence", "bulk");
    add("X-Auto-Response-Suppress", "All");
    add("X-Mailpreflight-Id", header_text(base::shorten(notice.id, 200)));
    add("X-Mailpreflight-Group", header_text(base::shorten(notice.group, 200)));
    add("X-Mailpreflight-Class", std::string(core::name_of(notice.notice_class)));
    add("X-Mailpreflight-Status", std::string(core::name_of(notice.status)));
    add("X-Mailpreflight-Severity", std::string(core::name_of(notice.severity)));
    message.text = with_crlf(text_of(notice, origin, link));
    message.html = with_crlf(mail_html(notice, origin, link));
    message.csv = csv_of(notice);
    return message;
}

} // namespace mailpreflight::notify
