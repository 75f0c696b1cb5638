#include "config/mailbox_list.hpp"

#include "config/address.hpp"
#include "config/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace mailpreflight::config {

namespace {

using core::ListedMailbox;
using core::ListProblem;
using testing::HasSubstr;

std::vector<std::string> addresses(std::string_view bytes) {
    const core::MailboxList list = parse_mailbox_list(bytes);
    for (const ListProblem& problem : list.problems) {
        ADD_FAILURE() << problem.line << ": " << problem.text;
    }
    std::vector<std::string> result;
    for (const ListedMailbox& mailbox : list.mailboxes) {
        result.push_back(mailbox.address);
    }
    return result;
}

std::string problems(std::string_view bytes) {
    std::string text;
    for (const ListProblem& problem : parse_mailbox_list(bytes).problems) {
        text += std::to_string(problem.line) + ": " + problem.text + "\n";
    }
    return text;
}

const std::vector<std::string> alice_and_bob{"alice@c.example", "bob@c.example"};

struct LayoutCase {
    std::string_view name;
    std::string_view bytes;
};

TEST(MailboxList, is_read_in_the_layout_of_every_tool) {
    using namespace std::string_view_literals;
    for (const LayoutCase& row : {
             LayoutCase{"one a line", "alice@c.example\nbob@c.example\n"},
             LayoutCase{"no final newline, CRLF", "Alice@C.example\r\nbob@c.example"},
             LayoutCase{"CR", "alice@c.example\rbob@c.example\r"},
             LayoutCase{"comments and blanks", "# wave\n\n  alice@c.example  \n\t\n#x@y.example\nbob@c.example\n"},
             LayoutCase{"quotes", "\"alice@c.example\"\n\"bob@c.example\"\n"},
             LayoutCase{"Exchange", "EmailAddress,Password\nalice@c.example,p\nbob@c.example,\n"},
             LayoutCase{"Exchange from Excel",
                        "EmailAddress;Name\r\nalice@c.example;\"a;b\"\r\nbob@c.example;\r\n;\r\n"},
             LayoutCase{"sep line", "EmailAddress\tName\nalice@c.example\tA\nbob@c.example\n"},
             LayoutCase{"BOM",
                        "\xEF\xBB\xBF"
                        "EmailAddress\nalice@c.example\nbob@c.example\n"},
             LayoutCase{"Export-Csv",
                        "#TYPE Selected.Microsoft\n\"Name\",\"PrimarySmtpAddress\"\n\"A, B\",\"alice@c.example\"\n"
                        "\"B \"\"Bob\"\"\",\"bob@c.example\"\n"},
             LayoutCase{"MigrationWiz",
                        "Source Email,Source Login Name,Source Password,Destination Email,Destination Login "
                        "Name,Destination Password,Flags\nalice@c.example,a,p,x@y.example,,,\n"
                        "bob@c.example,,,x2@y.example,,,\n"},
             LayoutCase{"CloudM", "Migrate,ExportName,ImportName\nTRUE,alice@c.example,x\nTRUE,bob@c.example,y\n"},
             LayoutCase{
                 "Transend",
                 "User Name, Source email, Target email\nA, alice@c.example, x@y.example\nB, bob@c.example, z\n"},
             LayoutCase{"cross-tenant", "SourceUser,TargetUser\nalice@c.example,x\nbob@c.example,y\n"},
             LayoutCase{"imapsync",
                        "h1;alice@c.example;p;h2;x@y.example;q\nh1;bob@c.example;p;h2;z@y.example;q;--ssl1\n"},
         }) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(addresses(row.bytes), alice_and_bob);
    }
}

TEST(MailboxList, is_read_from_what_powershell_redirects) {
    std::string bytes = "\xFF\xFE";
    for (const char c : std::string_view("alice@c.example\r\nbob@c.example\r\n")) {
        bytes += c;
        bytes += '\0';
    }
    EXPECT_EQ(addresses(bytes), alice_and_bob);
}

TEST(MailboxList, keeps_extra_columns_as_labels_and_never_a_password) {
    const ParsedList parsed =
        read_mailbox_list("EmailAddress,Database,Source Password,OU\na@c.example,DB03,PLANTED,\n");
    EXPECT_TRUE(parsed.has_passwords);
    EXPECT_EQ(parsed.list.mailboxes, (std::vector<ListedMailbox>{{"a@c.example", {{"Database", "DB03"}}, 2}}));
}

TEST(MailboxList, names_bad_rows_by_line_without_quoting_them) {
    EXPECT_EQ(problems("EmailAddress,Database\n"
                       "PLANTED,DB01\n"
                       "a@c.example,DB01,PLANTED\n"
                       "b@c.example,\"DB01\n"
                       "c@c.example,\"DB01\"PLANTED\n"
                       "d@c.example,DB01\n"
                       "D@C.example,DB02\n"
                       ",DB02\n"),
              "2: not an e-mail address: it has no @\n"
              "3: row has 3 fields, the header 2: put a field with a delimiter in it into quotes\n"
              "4: text follows a closing quote; a quote inside of a quoted field is written twice\n"
              "5: text follows a closing quote; a quote inside of a quoted field is written twice\n"
              "7: d@c.example stands on line 6 already: remove one of them\n"
              "8: not an e-mail address: it is empty\n");
}

TEST(MailboxList, refuses_a_row_that_may_show_a_password_as_a_label) {
    EXPECT_EQ(problems("EmailAddress,Database,Password\na@c.example,PLANTED\n"),
              "2: row has 2 fields, the header 3: put a field with a delimiter in it into quotes\n");
}

TEST(MailboxList, refuses_what_is_no_list_at_all) {
    EXPECT_EQ(problems(""), "0: the list is empty\n");
    EXPECT_EQ(problems("# nobody\n\n"), "0: the list is empty\n");
    EXPECT_EQ(problems("EmailAddress\n"), "0: the list is empty\n");
    EXPECT_THAT(problems("DisplayName,Database\nAlice,DB01\n"),
                HasSubstr("1: the header has no column for the address"));
    EXPECT_EQ(problems("a@c.example,PLANTED\n"),
              "1: row has 2 fields and the list has no header: name the columns in its first line, the address as "
              "EmailAddress\n");
    EXPECT_EQ(problems("a@c.example:PLANTED\n"), "1: not an e-mail address: what follows the @ is not a domain\n");
}

TEST(MailboxList, ends_after_two_hundred_thousand_rows) {
    std::string text;
    for (int i = 0; i < most_rows + 2; ++i) {
        text += "u" + std::to_string(i) + "@c.example\n";
    }
    const core::MailboxList list = parse_mailbox_list(text);
    EXPECT_EQ(list.mailboxes.size(), 200'000U);
    ASSERT_EQ(list.problems.size(), 1U);
    EXPECT_EQ(list.problems[0].line, 200'001);
}

TEST(MailboxList, is_read_in_linear_time_however_many_quotes_it_opens) {
    std::string text;
    for (int i = 0; i < most_rows; ++i) {
        text += "\"x\n";
    }
    EXPECT_EQ(parse_mailbox_list(text).mailboxes.size(), 0U);
}

TEST(MailboxList, has_the_digest_of_its_bytes) {
    EXPECT_EQ(parse_mailbox_list("").digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Address, is_taken_as_lists_write_it) {
    for (const std::string_view text : {"a@b",
                                        "A.B+tag@Contoso.Example",
                                        "o'neil@contoso.local",
                                        "jürgen@bücher.example",
                                        "a_b@x_y.example",
                                        "#42@c.example"}) {
        EXPECT_TRUE(parse_address(text)) << text;
    }
    EXPECT_EQ(parse_address("Alice@Contoso.Example").value(), "alice@contoso.example");
}

TEST(Address, is_refused_when_it_cannot_be_one) {
    for (const std::string& text : {std::string("@b"),
                                    std::string("a@"),
                                    std::string("a@b@c"),
                                    std::string("a b@c"),
                                    std::string("a@b..c"),
                                    std::string("a@.b"),
                                    std::string("a@b."),
                                    std::string("a@-b"),
                                    std::string("SMTP:a@b"),
                                    std::string("<a@b>"),
                                    std::string("a@b\0", 4),
                                    std::string("a\u00A0@b"),
                                    std::string("a@b\u200B"),
                                    std::string("a\uFFFD@b"),
                                    std::string("\xE4@b"),
                                    std::string("a\x7F@b"),
                                    std::string(250, 'a') + "@b.example"}) {
        EXPECT_FALSE(parse_address(text)) << text;
    }
}

RC_GTEST_PROP(Csv, reads_back_what_it_writes, (std::vector<std::vector<std::string>> rows)) {
    const char delimiter = *rc::gen::element(',', ';', '\t');
    std::string text;
    std::vector<std::vector<std::string>> expected;
    for (std::vector<std::string>& fields : rows) {
        fields.emplace_back("end"); // a row without a word in it is blank
        for (std::size_t i = 0; i < fields.size(); ++i) {
            text += (i == 0 ? "" : std::string(1, delimiter)) + csv_field(fields[i], delimiter);
        }
        text += *rc::gen::element<std::string>("\n", "\r\n", "\r");
        expected.push_back(fields);
    }
    std::vector<std::vector<std::string>> read;
    CsvReader reader(text, delimiter);
    while (auto record = reader.next()) {
        RC_ASSERT(record->problem.empty());
        RC_ASSERT(!record->ignored);
        read.push_back(record->fields);
    }
    RC_ASSERT(read == expected);
}

RC_GTEST_PROP(MailboxListProperty, survives_arbitrary_bytes, (const std::string& bytes)) {
    const core::MailboxList list = parse_mailbox_list(bytes);
    RC_ASSERT(!list.mailboxes.empty() || !list.problems.empty());
}

RC_GTEST_PROP(MailboxListProperty, survives_text_that_looks_like_a_list, ()) {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("\"",
                                                                                                    "\"\"",
                                                                                                    ",",
                                                                                                    ";",
                                                                                                    "\t",
                                                                                                    "\n",
                                                                                                    "\r",
                                                                                                    "#",
                                                                                                    "@",
                                                                                                    "a@b.c",
                                                                                                    "EmailAddress",
                                                                                                    "Password",
                                                                                                    "PLANTED",
                                                                                                    " ",
                                                                                                    "\xEF\xBB\xBF",
                                                                                                    "\xFF\xFE",
                                                                                                    "\xC3"));
    std::string bytes;
    for (const std::string& piece : pieces) {
        bytes += piece;
    }
    for (const ListProblem& problem : parse_mailbox_list(bytes).problems) {
        RC_ASSERT(problem.text.find("PLANTED") == std::string::npos);
    }
}

RC_GTEST_PROP(MailboxListProperty, accounts_for_every_line, ()) {
    enum class Kind { mailbox, blank, comment, bad, duplicate };
    const auto kinds = *rc::gen::container<std::vector<Kind>>(
        rc::gen::element(Kind::mailbox, Kind::blank, Kind::comment, Kind::bad, Kind::duplicate));
    const bool with_header = *rc::gen::arbitrary<bool>();
    std::string text = with_header ? "EmailAddress,Database\n" : "";
    int line = with_header ? 1 : 0;
    std::vector<int> good;
    std::vector<int> bad;
    for (const Kind kind : kinds) {
        ++line;
        switch (kind) {
        case Kind::mailbox:
            text += "u" + std::to_string(line) + "@c.example";
            good.push_back(line);
            break;
        case Kind::blank:
            text += " \t";
            break;
        case Kind::comment:
            text += " # u@c.example";
            break;
        case Kind::bad:
            text += "nobody";
            bad.push_back(line);
            break;
        case Kind::duplicate:
            if (good.empty()) {
                text += "u@@c.example";
            } else {
                text += "U" + std::to_string(good.front()) + "@C.EXAMPLE";
            }
            bad.push_back(line);
            break;
        }
        text += "\r\n";
    }
    const core::MailboxList list = parse_mailbox_list(text);
    std::vector<int> read;
    for (const ListedMailbox& mailbox : list.mailboxes) {
        read.push_back(mailbox.line);
    }
    std::vector<int> told;
    for (const ListProblem& problem : list.problems) {
        told.push_back(problem.line);
    }
    RC_ASSERT(read == good);
    if (good.empty() && bad.empty()) {
        bad.push_back(0); // "the list is empty"
    }
    RC_ASSERT(told == bad);
}

} // namespace

} // namespace mailpreflight::config
