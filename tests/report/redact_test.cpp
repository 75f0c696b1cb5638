#include "report/redact.hpp"

#include "values.hpp"

namespace mailpreflight::report {
namespace {

using Kind = Redactor::Kind;

Redactor some_redactor() {
    Redactor redactor;
    redactor.declare(Kind::mailbox, "anna@contoso.example");
    redactor.declare(Kind::mailbox, "O'Brien@contoso.example");
    redactor.declare(Kind::host, "mail.contoso.example");
    redactor.declare(Kind::source, "contoso");
    redactor.declare(Kind::account, "CONTOSO\\migadmin");
    redactor.declare(Kind::account, "migadmin");
    return redactor;
}

TEST(Redactor, knows_a_name_however_it_is_written) {
    Redactor redactor = some_redactor();
    EXPECT_EQ(redactor.redacted("smtp:Anna@Contoso.example; anna@contoso.example."), "smtp:mailbox-001; mailbox-001.");
    EXPECT_EQ(redactor.redacted("Get-Mailbox 'o''brien@contoso.example'"), "Get-Mailbox 'mailbox-002'");
    EXPECT_EQ(redactor.redacted("-User 'CONTOSO\\migadmin' or migadmin"), "-User 'account-001' or account-002");
    EXPECT_EQ(redactor.redacted("mailpreflight check contoso"), "mailpreflight check source-001");
}

TEST(Redactor, leaves_longer_words_alone) {
    EXPECT_EQ(some_redactor().redacted("contosos migadministrator 15.1.2507.6 18:50:05"),
              "contosos migadministrator 15.1.2507.6 18:50:05");
}

TEST(Redactor, knows_addresses_and_hosts_by_their_form) {
    Redactor redactor = some_redactor();
    EXPECT_EQ(redactor.redacted("alias of someone.else@fabrikam.example"), "alias of address-001");
    EXPECT_EQ(redactor.redacted("https://MAIL.contoso.example:443/ews, ex01.contoso.example"),
              "https://host-001:443/ews, host-002");
    EXPECT_EQ(redactor.redacted("192.0.2.7:443 and [2001:db8::7]:443; 2001:db8::7: refused"),
              "host-003:443 and [host-004]:443; host-004: refused");
    EXPECT_EQ(redactor.redacted("again ex01.contoso.example"), "again host-002");
}

TEST(Redactor, knows_a_server_by_its_bare_name_too) {
    Redactor redactor;
    redactor.declare_server("webmail.contoso.example");
    redactor.declare_server("EX01");
    redactor.declare_server("ex01.corp.contoso.example");
    redactor.declare_server("ex02.corp.contoso.example");
    redactor.declare_server("192.0.2.7");
    EXPECT_EQ(redactor.redacted("EX01 passes, ex02 fails; ex01.corp.contoso.example, EX02.corp.contoso.example"),
              "host-002 passes, host-003 fails; host-002, host-003");
    EXPECT_EQ(redactor.redacted("EX012, ex01a and webmail at webmail.contoso.example; 192 of 200 at 192.0.2.7"),
              "EX012, ex01a and webmail at host-001; 192 of 200 at host-004");
}

TEST(Redacted, hides_the_names_of_the_servers_that_answered) {
    Story story = no_go();
    const core::TrackKey ben{core::Check::mailbox_impersonation,
                             core::Subject::of_mailbox("contoso", "ben@contoso.example")};
    core::Observation look = *story.tracks.at(ben).latest;
    look.detail = "EXCH-BE07 said: no connection to mailbox server EXCH-BE08";
    look.evidence.front_end = "CAS3";
    look.evidence.back_end = "exch-be07.contoso.local";
    story.tracks.at(ben).latest = look;
    story.tracks.at(ben).definite = look;
    story.tracks.at(ben).confirmed = look;
    story.tracks.at(ben).answers = {{.at = noon, .back_end = "EXCH-BE08"}};
    EXPECT_EQ(story.report().head.servers, (std::vector<std::string>{"CAS3", "EXCH-BE08", "exch-be07.contoso.local"}));
    const Report hidden = redacted(story.report());
    const std::string detail = hidden.mailboxes.at(1).checks.at(0).detail;
    EXPECT_EQ(detail, "host-004 said: no connection to mailbox server host-003");
    EXPECT_EQ(hidden.head.servers, (std::vector<std::string>{"host-002", "host-003", "host-004"}));
}

TEST(Redacted, keeps_the_batch_the_causes_and_the_counts) {
    const Report open = no_go().report();
    const Report hidden = redacted(open);
    EXPECT_EQ(hidden.head.batch, "wave1");
    EXPECT_EQ(hidden.head.source, "source-001");
    EXPECT_EQ(hidden.head.url, "https://host-001/owa");
    EXPECT_EQ(hidden.mailboxes.at(2).address, "mailbox-003");
    EXPECT_EQ(hidden.head.findings.size(), open.head.findings.size());
    EXPECT_EQ(hidden.mailboxes.at(2).checks.front().cause, open.mailboxes.at(2).checks.front().cause);
}

} // namespace
} // namespace mailpreflight::report
