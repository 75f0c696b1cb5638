#include "config/password_list.hpp"

#include "config/config.hpp"
#include "tests/config/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace mailpreflight::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

PasswordList parsed(std::string_view text) {
    return parse_password_list(base::Secret(text));
}

std::string password_of(const PasswordList& list, const std::string& address) {
    return list.passwords.at(address).password.expose_to([](std::string_view text) { return std::string(text); });
}

std::vector<std::string> problems_of(const PasswordList& list) {
    std::vector<std::string> told;
    for (const core::ListProblem& problem : list.problems) {
        told.push_back(std::to_string(problem.line) + ": " + problem.text);
    }
    return told;
}

TEST(PasswordList, reads_the_columns_of_exchanges_imap_migration) {
    const PasswordList list = parsed("EmailAddress,UserName,Password\n"
                                     "Anna@contoso.example,CONTOSO\\anna,Pa$$ word\n"
                                     "ben@contoso.example,,Other-2\n");
    EXPECT_THAT(problems_of(list), ElementsAre());
    EXPECT_EQ(list.passwords.at("anna@contoso.example").username, "CONTOSO\\anna");
    EXPECT_EQ(password_of(list, "anna@contoso.example"), "Pa$$ word");
    EXPECT_EQ(list.passwords.at("ben@contoso.example").username, "ben@contoso.example");
    EXPECT_EQ(list.passwords.at("ben@contoso.example").line, 3);
}

TEST(PasswordList, takes_the_address_where_there_is_no_column_of_user_names) {
    const PasswordList list = parsed("emailaddress;password\r\nanna@contoso.example;secret\r\n");
    EXPECT_THAT(problems_of(list), ElementsAre());
    EXPECT_EQ(list.passwords.at("anna@contoso.example").username, "anna@contoso.example");
}

TEST(PasswordList, reads_quoted_fields_and_keeps_the_blanks_of_a_password) {
    const PasswordList list = parsed("EmailAddress,Password\n"
                                     "\"anna@contoso.example\",\" a,\"\"b\"\" \"\n"
                                     "ben@contoso.example, x\"y \n");
    EXPECT_THAT(problems_of(list), ElementsAre());
    EXPECT_EQ(password_of(list, "anna@contoso.example"), " a,\"b\" ");
    EXPECT_EQ(password_of(list, "ben@contoso.example"), " x\"y ");
}

TEST(PasswordList, reads_the_source_columns_of_migrationwiz_and_of_imapsync) {
    const PasswordList wiz =
        parsed("Source Email,Source Login Name,Source Password,Destination Email,Destination Login Name,"
               "Destination Password,Flags\n"
               "anna@contoso.example,CONTOSO\\anna,theirs,a@new.example,a,ours,\n");
    EXPECT_THAT(problems_of(wiz), ElementsAre());
    EXPECT_EQ(password_of(wiz, "anna@contoso.example"), "theirs");
    const PasswordList loop = parsed("# list\nold;anna@contoso.example;theirs;new;a@new.example;ours;\n");
    EXPECT_THAT(problems_of(loop), ElementsAre());
    EXPECT_EQ(password_of(loop, "anna@contoso.example"), "theirs");
}

TEST(PasswordList, leaves_a_password_alone_that_is_the_destinations) {
    for (const char* const header : {"EmailAddress,Password,ForceChangePassword", "Email,ExportName,Password"}) {
        EXPECT_THAT(problems_of(parsed(std::string(header) + "\na@x.example,p,True\n")),
                    ElementsAre(AllOf(HasSubstr("1: "), HasSubstr("destination"))));
    }
}

TEST(PasswordList, says_which_row_cannot_be_used_and_why_without_quoting_it) {
    const PasswordList list = parsed("EmailAddress,UserName,Password\n"
                                     "anna@contoso.example,,planted-1\n"
                                     "anna@contoso.example,x,planted-2\n"
                                     "ben@contoso.example,,\n"
                                     "carl@contoso.example,planted,planted,planted\n"
                                     "no address,,planted\n"
                                     "dora@contoso.example,ANNA@contoso.example,planted\n"
                                     "emil@contoso.example,,\"planted\n"
                                     "fred@contoso.example,,plan\tted\n");
    EXPECT_THAT(problems_of(list),
                ElementsAre("3: anna@contoso.example stands on line 2 already: remove one of them",
                            "4: the password of ben@contoso.example is missing",
                            "5: row has 4 fields, expected 3: put a field with a delimiter in it into quotes",
                            HasSubstr("6: "),
                            "7: the user name of dora@contoso.example stands on line 2 already: each mailbox has a "
                            "login of its own",
                            "8: a quote is not closed on its line: write \"\" for a quote within a quoted field",
                            "9: the password of fred@contoso.example holds a control character"));
    for (const std::string& problem : problems_of(list)) {
        EXPECT_THAT(problem, Not(HasSubstr("planted")));
    }
    EXPECT_EQ(list.passwords.size(), 1U);
}

TEST(PasswordList, says_what_the_first_line_must_be) {
    for (const char* const text : {"anna@contoso.example,secret\n", "EmailAddress,UserName\na@x.example,b\n"}) {
        EXPECT_THAT(problems_of(parsed(text)),
                    ElementsAre("1: name the columns in its first line: EmailAddress,UserName,Password"));
    }
    EXPECT_THAT(problems_of(parsed("")), ElementsAre("0: it is empty"));
    EXPECT_THAT(problems_of(parsed("\xFF\xFE")), ElementsAre(HasSubstr("it is not UTF-8")));
}

class PasswordFile : public testing::Test {
protected:
    PasswordFile() {
        std::string name = std::filesystem::temp_directory_path() / "mailpreflight-passwords.XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("cannot make a folder");
        }
        folder_ = name;
        write("list.csv", "anna@contoso.example\nben@contoso.example\n");
        write("password", "admin-secret");
    }
    ~PasswordFile() override {
        std::filesystem::remove_all(folder_);
    }

    void write(const std::string& name, std::string_view content, mode_t mode = 0600) const {
        test::write(folder_ / name, content);
        ::chmod((folder_ / name).c_str(), mode);
    }

    [[nodiscard]] LoadResult loaded(const std::string& batch, const std::string& source = {}) const {
        write("mailpreflight.toml",
              "[account.migadmin]\nusername = 'CONTOSO\\migadmin'\npassword = { file = \"password\" }\n"
              "[source.contoso]\ntype = \"exchange\"\nurl = \"https://mail.contoso.example/owa\"\n"
              "account = \"migadmin\"\n" +
                  source + "[batch.wave1]\nsource = \"contoso\"\nmailboxes = \"list.csv\"\n" + batch);
        return load(folder_ / "mailpreflight.toml");
    }

    std::filesystem::path folder_;
};

constexpr auto own_login = "prove = [\"own_login\"]\npasswords = \"passwords.csv\"\n";

TEST_F(PasswordFile, gives_each_listed_mailbox_its_user_name_and_keeps_no_password) {
    write("passwords.csv",
          "EmailAddress,UserName,Password\nanna@contoso.example,CONTOSO\\anna,p1\nben@contoso.example,,p2\n");
    const LoadResult result = loaded(own_login);
    ASSERT_TRUE(result.config) << test::told(result.problems);
    const OwnLogins& logins = result.config->own_logins.at("wave1");
    EXPECT_EQ(logins.usernames.at("anna@contoso.example"), "CONTOSO\\anna");
    EXPECT_EQ(logins.usernames.at("ben@contoso.example"), "ben@contoso.example");
    EXPECT_TRUE(result.config->plan().sources.at(0).has_own_logins);
    EXPECT_TRUE(result.config->batches.at(0).list.problems.empty());
}

TEST_F(PasswordFile, makes_the_batch_no_go_where_a_mailbox_has_no_password) {
    write("passwords.csv", "EmailAddress,Password\nanna@contoso.example,p1\n");
    const LoadResult result = loaded(own_login);
    ASSERT_TRUE(result.config);
    ASSERT_EQ(result.config->batches.at(0).list.problems.size(), 1U);
    EXPECT_EQ(result.config->batches.at(0).list.problems.at(0).line, 2);
    EXPECT_THAT(result.config->batches.at(0).list.problems.at(0).text,
                AllOf(HasSubstr("ben@contoso.example has no password: add its row to "), HasSubstr("passwords.csv")));
    EXPECT_THAT(test::told(result.problems), HasSubstr("(batch wave1 is NO-GO)"));
}

TEST_F(PasswordFile, refuses_a_file_that_others_may_read_and_one_that_is_not_there) {
    write("passwords.csv", "EmailAddress,Password\nanna@contoso.example,p1\nben@contoso.example,p2\n", 0644);
    EXPECT_THAT(test::told(loaded(own_login).problems), HasSubstr("mode 0644 opens it to others: chmod 0600"));
    std::filesystem::remove(folder_ / "passwords.csv");
    EXPECT_THAT(test::told(loaded(own_login).problems), HasSubstr("cannot open secret"));
}

TEST_F(PasswordFile, says_what_own_login_and_passwords_need_of_each_other_and_of_the_source) {
    write("passwords.csv", "EmailAddress,Password\nanna@contoso.example,p1\nben@contoso.example,p2\n");
    EXPECT_THAT(test::told(loaded("prove = [\"own_login\"]\n").problems),
                HasSubstr("\"own_login\" needs passwords = \"FILE\""));
    EXPECT_THAT(test::told(loaded("passwords = \"passwords.csv\"\n").problems),
                HasSubstr("only prove = [\"own_login\"] uses them"));
    EXPECT_THAT(test::told(loaded(own_login, "ews_url = \"none\"\n").problems),
                HasSubstr("\"own_login\" needs EWS, which source contoso does not have"));
    EXPECT_THAT(test::told(loaded(own_login, "auth = \"oauth\"\n").problems), HasSubstr("takes tokens alone"));
}

TEST_F(PasswordFile, understands_the_list_itself_where_it_has_the_columns) {
    write("list.csv", "EmailAddress,Database,Password\nanna@contoso.example,DB01,p1\nben@contoso.example,DB02,p2\n");
    const LoadResult result = loaded("prove = [\"own_login\"]\npasswords = \"list.csv\"\n");
    ASSERT_TRUE(result.config) << test::told(result.problems);
    EXPECT_TRUE(result.config->batches.at(0).list.problems.empty());
    EXPECT_EQ(result.config->own_logins.at("wave1").usernames.size(), 2U);
}

} // namespace
} // namespace mailpreflight::config
