#pragma once

#include "base/text.hpp"
#include "json/value.hpp"
#include "notify/receiver.hpp"
#include "notify/settings.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>

namespace mailpreflight::notify {

using namespace std::chrono_literals;

/// When the notices of the tests are told: 2026-12-01 12:00 UTC.
inline constexpr base::SystemTime noon{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h};

/// Compares with tests/notify/golden/NAME; with MAILPREFLIGHT_ACCEPT=1 writes it and skips, so that an update never
/// passes for a check.
inline void expect_golden(const std::string& name, const std::string& text) {
    const std::string path = "tests/notify/golden/" + name;
    if (std::getenv("MAILPREFLIGHT_ACCEPT") != nullptr) {
        std::ofstream(path, std::ios::binary) << text;
        GTEST_SKIP() << path << " was rewritten";
    }
    std::ifstream file(path, std::ios::binary);
    ASSERT_TRUE(file) << path << " is missing; MAILPREFLIGHT_ACCEPT=1 writes it";
    std::ostringstream content;
    content << file.rdbuf();
    EXPECT_EQ(text, content.str()) << path;
}

inline const Origin origin{"migrator1.contoso.example", "0123456789abcdef", "1.2.0"};

/// Rights lost on a whole source, told for the second time.
inline core::Notice firing() {
    core::Notice notice;
    notice.id = "I17.3.ops";
    notice.receiver = "ops";
    notice.group = "I17";
    notice.notice_class = core::NoticeClass::rights;
    notice.status = core::NoticeStatus::firing;
    notice.severity = core::Severity::critical;
    notice.reason = "12 more than was told";
    notice.at = noon;
    notice.source = "contoso";
    notice.cause = core::Cause::impersonation_denied;
    notice.since = noon - 2h;
    notice.title = "contoso: impersonation_denied for 412 mailboxes";
    notice.text =
        "The server refuses impersonation to the account migadmin.\nBatch wave1 cannot move until it is mended.";
    notice.remedy = "New-ManagementRoleAssignment -Role ApplicationImpersonation -User 'migadmin'";
    notice.subjects = 412;
    notice.subjects_before = 400;
    notice.batches = {{.name = "wave1",
                       .window = core::Window{noon + 96h, noon + 102h, "America/Chicago"},
                       .verdict = core::Verdict::no_go,
                       .affected = 412,
                       .listed = 2500}};
    notice.samples = {{"anna@contoso.example", core::Check::mailbox_impersonation, noon - 3h},
                      {"bert@contoso.example", core::Check::mailbox_impersonation, std::nullopt}};
    notice.mailboxes = {"anna@contoso.example", "bert@contoso.example", "=cmd@contoso.example"};
    return notice;
}

inline core::Notice resolved() {
    core::Notice notice = firing();
    notice.id = "I17.4.ops";
    notice.status = core::NoticeStatus::resolved;
    notice.severity = core::Severity::info;
    notice.reason = "resolved";
    notice.at = noon + 1h;
    notice.ended = noon + 1h;
    notice.title = "contoso: impersonation works again for 412 mailboxes";
    notice.text = "Two good looks at each.";
    notice.remedy.clear();
    notice.batches.front().verdict = core::Verdict::go;
    notice.samples.clear();
    notice.mailboxes.clear();
    return notice;
}

inline core::Notice verdict() {
    core::Notice notice;
    notice.id = "verdict.wave1.9.ops";
    notice.receiver = "ops";
    notice.group = "verdict.wave1";
    notice.notice_class = core::NoticeClass::verdict;
    notice.severity = core::Severity::error;
    notice.reason = "the verdict changed from GO";
    notice.at = noon;
    notice.title = "wave1: NO-GO";
    notice.text = "2 blockers.";
    notice.batches = {
        {.name = "wave1", .window = std::nullopt, .verdict = core::Verdict::no_go, .affected = 2, .listed = 50}};
    return notice;
}

inline core::Notice trial() {
    core::Notice notice;
    notice.id = "trial.1.ops";
    notice.receiver = "ops";
    notice.group = "trial.1";
    notice.notice_class = core::NoticeClass::trial;
    notice.reason = "somebody asked for it";
    notice.at = noon;
    notice.title = "A trial: this is what a notice looks like";
    notice.text = "Nothing is wrong.";
    return notice;
}

/// Whatever others could have written into a notice.
inline core::Notice hostile() {
    core::Notice notice = firing();
    notice.title =
        "\"quoted\"\r\nBcc: victim@elsewhere.example\r\n\r\n\u202Ekcab \U0001F525 <!channel> & {title} \\ \x01\xFF end";
    notice.text =
        "<script>alert(1)</script>\r\n.\r\nMAIL FROM:<x@y>\n[link](https://evil.example) *bold* _it_ `x`\n```\n";
    notice.remedy = "Get-Mailbox \"a & b\" | ? { $_ -eq '<x>' }";
    notice.reason = "line\nbreak";
    notice.source = "con\"toso\n";
    notice.batches.front().name = "wave \"1\"\r\nX: y";
    notice.samples.front().subject = "o'neil+\"x\"@contoso.example\r\n";
    return notice;
}

inline std::string repeated(std::string_view piece, std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) {
        text += piece;
    }
    return text;
}

/// Of everything as much as there may be.
inline core::Notice huge() {
    core::Notice notice = firing();
    notice.title = repeated("\U0001F525 a long \"title\" ", 10'000);
    notice.text = repeated("A line <of> [text] & \"more\" \u00e4\u00f6\n", 200'000);
    notice.remedy = repeated("Get-Mailbox -Identity 'x' | Format-List *\n", 100'000);
    notice.reason = repeated("because ", 10'000);
    notice.subjects = 150'000;
    notice.samples.clear();
    for (std::size_t i = 0; i < core::most_samples; ++i) {
        notice.samples.push_back(
            {repeated("user", 200) + std::to_string(i) + "@contoso.example", core::Check::mailbox_impersonation, noon});
    }
    notice.batches.assign(40, notice.batches.front());
    notice.mailboxes.clear();
    for (std::size_t i = 0; i < core::most_attached; ++i) {
        notice.mailboxes.push_back("user" + std::to_string(i) + "@contoso.example");
    }
    return notice;
}

inline Service service_at(std::string_view url) {
    return {base::Secret(url), {}, false};
}

inline EmailSettings mail_settings() {
    return {.server = "mail.contoso.example",
            .username = "notify",
            .password = base::Secret("Hush-Hush-7"),
            .from = "mailpreflight@contoso.example",
            .to = {"ops@contoso.example", "boss@contoso.example"}};
}

inline void PrintTo(const Delivery& delivery, std::ostream* out) {
    *out << static_cast<int>(delivery.result) << " " << delivery.detail;
}

inline bool operator==(const Delivery& a, const Delivery& b) {
    return a.result == b.result && a.detail == b.detail && a.retry_after == b.retry_after;
}

} // namespace mailpreflight::notify
