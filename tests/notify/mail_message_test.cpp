#include "notify/mail_message.hpp"

#include "http/base64.hpp"
#include "notify/email.hpp"
#include "values.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <regex>
#include <set>

namespace mailpreflight::notify {
namespace {

std::string field(const MailMessage& message, std::string_view name) {
    for (const http::Headers::Field& one : message.fields) {
        if (one.name == name) {
            return one.value;
        }
    }
    return "(none)";
}

std::string shown(const MailMessage& message) {
    std::string text = fmt::format("MAIL FROM {}\n", message.sender);
    for (const std::string& recipient : message.recipients) {
        text += fmt::format("RCPT TO {}\n", recipient);
    }
    for (const http::Headers::Field& one : message.fields) {
        text += fmt::format("{}: {}\n", one.name, one.value);
    }
    text += fmt::format(
        "---- text\n{}---- html\n{}---- csv\n{}", message.text, message.html, message.csv.value_or("(none)\n"));
    std::string lines;
    std::copy_if(text.begin(), text.end(), std::back_inserter(lines), [](char c) { return c != '\r'; });
    return lines;
}

TEST(MailMessage, of_rights_lost) {
    expect_golden("email-firing.txt", shown(mail_message(firing(), origin, mail_settings(), "https://board.example/")));
}

TEST(MailMessage, of_what_is_resolved) {
    expect_golden("email-resolved.txt", shown(mail_message(resolved(), origin, mail_settings())));
}

TEST(MailMessage, of_a_trial) {
    expect_golden("email-trial.txt", shown(mail_message(trial(), origin, mail_settings())));
}

TEST(MailMessage, of_what_others_wrote_into_it) {
    expect_golden("email-hostile.txt", shown(mail_message(hostile(), origin, mail_settings())));
}

TEST(MailMessage, is_the_same_at_every_attempt) {
    EXPECT_EQ(mail_message(firing(), origin, mail_settings()), mail_message(firing(), origin, mail_settings()));
}

TEST(MailMessage, of_one_group_is_one_thread) {
    const MailMessage first = mail_message(firing(), origin, mail_settings());
    const MailMessage last = mail_message(resolved(), origin, mail_settings());
    EXPECT_NE(field(first, "Message-ID"), field(last, "Message-ID"));
    EXPECT_EQ(field(first, "References"), field(last, "References"));
    EXPECT_EQ(field(first, "In-Reply-To"), field(first, "References"));
    EXPECT_NE(field(first, "References"), field(mail_message(trial(), origin, mail_settings()), "References"));
    Origin other = origin;
    other.installation = "fedcba9876543210";
    EXPECT_NE(field(first, "References"), field(mail_message(firing(), other, mail_settings()), "References"));
    EXPECT_NE(field(first, "Message-ID"), field(mail_message(firing(), other, mail_settings()), "Message-ID"));
}

TEST(MailMessage, goes_to_each_of_its_recipients_once_and_to_nobody_else) {
    EmailSettings settings = mail_settings();
    settings.to = {"ops@contoso.example", "boss@contoso.example", "OPS@contoso.example"};
    for (const core::Notice& notice : {firing(), hostile(), huge()}) {
        const MailMessage message = mail_message(notice, origin, settings);
        EXPECT_EQ(message.recipients, (std::vector<std::string>{"ops@contoso.example", "boss@contoso.example"}));
        EXPECT_EQ(field(message, "To"), "ops@contoso.example,\r\n boss@contoso.example");
        EXPECT_EQ(field(message, "Bcc"), "(none)");
        EXPECT_EQ(message.sender, settings.from);
    }
}

/// Every line of a header field is short, and none begins a field of its own.
void expect_sound_fields(const MailMessage& message) {
    for (const http::Headers::Field& one : message.fields) {
        const std::string line = one.name + ": " + one.value;
        for (std::size_t at = 0; at < line.size(); ++at) {
            const auto c = static_cast<unsigned char>(line[at]);
            EXPECT_LT(c, 0x7F) << line;
            if (c == '\r') {
                ASSERT_EQ(line.substr(at, 3), "\r\n ") << line;
                at += 2;
            } else {
                EXPECT_GE(c, 0x20) << line;
            }
        }
        for (const std::string& piece : base::split(line, '\n')) {
            EXPECT_LE(piece.size(), 998U);
        }
    }
}

TEST(MailMessage, has_no_field_that_a_title_wrote) {
    for (const core::Notice& notice : {hostile(), huge()}) {
        const MailMessage message = mail_message(notice, origin, mail_settings());
        expect_sound_fields(message);
        EXPECT_LT(field(message, "Subject").size(), 600U);
    }
}

/// RFC 2047 read by somebody else's rules: words between blanks of folding, base64 alone.
std::string decoded(std::string value) {
    if (value.find("=?") == std::string::npos) {
        return value;
    }
    std::string text;
    const std::regex word(R"(=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=)");
    for (std::sregex_iterator it(value.begin(), value.end(), word), end; it != end; ++it) {
        EXPECT_LE(it->str().size(), 75U);
        const auto bytes = http::from_base64((*it)[1].str());
        EXPECT_TRUE(bytes);
        EXPECT_TRUE(base::is_valid_utf8(*bytes)) << "a character is cut in two";
        text += *bytes;
    }
    return text;
}

RC_GTEST_PROP(HeaderText, is_one_sound_field_and_reads_as_it_was, (std::string text)) {
    core::Notice notice = firing();
    notice.title = text;
    expect_sound_fields(mail_message(notice, origin, mail_settings()));
    const std::string value = header_text(text);
    RC_ASSERT(base::is_valid_utf8(decoded(value)));
    RC_ASSERT(header_text(decoded(value)) == value);
}

TEST(HeaderText, encodes_what_is_more_than_ascii_and_what_looks_encoded) {
    EXPECT_EQ(header_text("plain, and \"quoted\""), "plain, and \"quoted\"");
    EXPECT_EQ(header_text("f\u00fcr"), "=?UTF-8?B?ZsO8cg==?=");
    EXPECT_EQ(decoded(header_text("=?UTF-8?B?eA==?=")), "=?UTF-8?B?eA==?=");
    const std::string fires = repeated("\U0001F525", 400);
    EXPECT_EQ(decoded(header_text(fires)), fires);
}

TEST(MailMessage, ends_the_lines_of_its_parts_as_mail_does) {
    const MailMessage message = mail_message(hostile(), origin, mail_settings());
    for (const std::string& part : {message.text, message.html, message.csv.value()}) {
        for (std::size_t at = part.find('\n'); at != std::string::npos; at = part.find('\n', at + 1)) {
            ASSERT_TRUE(at > 0 && part[at - 1] == '\r') << part.substr(0, at);
        }
        EXPECT_EQ(std::count(part.begin(), part.end(), '\r'), std::count(part.begin(), part.end(), '\n'));
    }
}

TEST(MailMessage, attaches_the_mailboxes_as_cells_that_are_no_formulas) {
    const auto csv = mail_message(firing(), origin, mail_settings()).csv;
    ASSERT_TRUE(csv);
    EXPECT_THAT(*csv, ::testing::HasSubstr("\r\n'=cmd@contoso.example,contoso,impersonation_denied,"));
    EXPECT_EQ(mail_message(resolved(), origin, mail_settings()).csv, std::nullopt);
}

TEST(MailMessage, shows_what_others_wrote_as_text_in_html) {
    const std::string html = mail_message(hostile(), origin, mail_settings()).html;
    EXPECT_THAT(html, ::testing::Not(::testing::HasSubstr("<script")));
    EXPECT_THAT(html, ::testing::HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(html, ::testing::Not(::testing::HasSubstr("\u202E")));
}

TEST(MailMessage, writes_the_date_in_english_and_utc) {
    EXPECT_EQ(mail_date(noon), "Tue, 01 Dec 2026 12:00:00 +0000");
    EXPECT_EQ(mail_date(base::SystemTime{}), "Thu, 01 Jan 1970 00:00:00 +0000");
}

TEST(MailAddress, is_one_address_and_no_more) {
    for (const char* const good : {"a@b.example", "first.last+tag@contoso.example", "o'neil@contoso.example"}) {
        EXPECT_TRUE(is_mail_address(good)) << good;
    }
    for (const char* const bad : {"",
                                  "a",
                                  "@b",
                                  "a@",
                                  "a@b@c",
                                  "a b@c",
                                  "<a@b>",
                                  "a@b\r\nRCPT TO:<x@y>",
                                  "a,b@c",
                                  "\"a\"@b",
                                  "a@b>",
                                  "\u00e4@b"}) {
        EXPECT_FALSE(is_mail_address(bad)) << bad;
    }
}

TEST(EmailSettings, with_a_problem_are_named_without_the_password) {
    const auto problem = [](auto change) {
        EmailSettings settings = mail_settings();
        change(settings);
        const auto found = problem_of_email(settings);
        EXPECT_EQ(found.value_or("").find("Hush"), std::string::npos);
        return found;
    };
    EXPECT_EQ(problem([](EmailSettings&) {}), std::nullopt);
    EXPECT_EQ(problem([](EmailSettings& of) { of.tls = MailTls::none; }),
              "tls = \"none\" would send the password in the clear: use \"starttls\" or \"implicit\"");
    EXPECT_EQ(problem([](EmailSettings& of) {
                  of.tls = MailTls::none;
                  of.server = "localhost";
              }),
              std::nullopt);
    EXPECT_EQ(problem([](EmailSettings& of) {
                  of.tls = MailTls::none;
                  of.username.clear();
                  of.password = {};
              }),
              std::nullopt);
    EXPECT_TRUE(problem([](EmailSettings& of) { of.to.clear(); }));
    EXPECT_TRUE(problem([](EmailSettings& of) { of.to.push_back("a@b\r\nDATA"); }));
    EXPECT_TRUE(problem([](EmailSettings& of) { of.from = "x"; }));
    EXPECT_TRUE(problem([](EmailSettings& of) { of.server = "host/path"; }));
    EXPECT_TRUE(problem([](EmailSettings& of) { of.password = {}; }));
}

TEST(MailReply, of_4yz_is_for_later_and_of_5yz_a_refusal) {
    const auto result = [](int reply) { return delivery_of({.reply = reply, .problem = "x"}, "s").result; };
    EXPECT_EQ(result(421), DeliveryResult::later);
    EXPECT_EQ(result(450), DeliveryResult::later);
    EXPECT_EQ(result(550), DeliveryResult::refused);
    EXPECT_EQ(result(535), DeliveryResult::refused);
    EXPECT_EQ(result(0), DeliveryResult::later);
    EXPECT_EQ(result(220), DeliveryResult::later);
    EXPECT_EQ(delivery_of({.is_sent = true, .reply = 250}, "s").result, DeliveryResult::delivered);
    EXPECT_EQ(delivery_of({.is_stopped = true, .reply = 550}, "s").result, DeliveryResult::later);
}

} // namespace
} // namespace mailpreflight::notify
