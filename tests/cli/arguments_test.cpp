#include "cli/arguments.hpp"

#include "cli/session.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace mailpreflight::cli {
namespace {

Invocation understood(const std::vector<std::string>& arguments) {
    auto read = read_arguments(arguments);
    if (const auto* const early = std::get_if<EarlyExit>(&read)) {
        ADD_FAILURE() << early->err << early->out;
        return {};
    }
    return std::get<Invocation>(std::move(read));
}

EarlyExit refused(const std::vector<std::string>& arguments) {
    auto read = read_arguments(arguments);
    if (std::holds_alternative<Invocation>(read)) {
        ADD_FAILURE() << "was understood as " << std::get<Invocation>(read).command;
        return {};
    }
    return std::get<EarlyExit>(read);
}

TEST(Arguments, every_command_is_found_and_global_options_stand_anywhere) {
    EXPECT_EQ(understood({"status"}).command, "status");
    EXPECT_EQ(understood({"--json", "check", "contoso", "a@x.example"}).global, (GlobalOptions{.json = true}));
    EXPECT_EQ(understood({"check", "status", "--json", "-q"}).global, (GlobalOptions{.json = true, .quiet = true}));
    EXPECT_EQ(understood({"mailboxes", "--state", "fail", "--cause", "owa_disabled", "--all"}).command, "mailboxes");
    EXPECT_EQ(understood({"explain", "I17"}).command, "explain");
    EXPECT_EQ(understood({"ack", "I17", "-m", "known"}).command, "ack");
    EXPECT_EQ(understood({"baseline", "accept", "contoso", "-m", "new certificate"}).command, "baseline accept");
    EXPECT_EQ(understood({"credential", "retry", "migadmin", "--force"}).command, "credential retry");
    EXPECT_EQ(understood({"notices", "--state", "dead", "--receiver", "ops", "--retry"}).command, "notices");
    EXPECT_EQ(understood({"notify", "test", "ops"}).command, "notify test");
    EXPECT_EQ(understood({"config", "check"}).command, "config check");
    EXPECT_EQ(understood({"watch", "--after", "17", "--socket", "/run/x.sock", "--no-color", "--plain"}).global,
              (GlobalOptions{.socket = "/run/x.sock", .no_color = true, .plain = true}));
}

TEST(Arguments, a_wrong_command_line_ends_with_2_and_says_why) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{{},
                                                                       {"explain"},
                                                                       {"ack", "I17"},
                                                                       {"mailboxes", "--state", "bad"},
                                                                       {"mailboxes", "--limit", "1001"},
                                                                       {"baseline"},
                                                                       {"status", "--nope"},
                                                                       {"statsu"}}) {
        const auto early = refused(arguments);
        EXPECT_EQ(early.code, 2);
        EXPECT_NE(early.err, "");
    }
    EXPECT_NE(refused({"statsu"}).err.find("mailpreflight status"), std::string::npos);
}

TEST(Arguments, help_names_every_command_and_the_exit_codes) {
    const auto help = refused({"--help"});
    EXPECT_EQ(help.code, 0);
    for (const std::string& name : command_names()) {
        EXPECT_NE(help.out.find(name.substr(0, name.find(' '))), std::string::npos) << name;
    }
    EXPECT_NE(help.out.find("Exit codes"), std::string::npos);
    EXPECT_EQ(refused({"--version"}).code, 0);
    EXPECT_NE(refused({"check", "--help"}).out.find("TARGET"), std::string::npos);
}

TEST(Advice, says_what_to_do_when_nobody_answers) {
    const auto says = [](int error, const char* what) {
        return advice_for({.os_error = error, .text = "why"}, "/run/x.sock").find(what) != std::string::npos;
    };
    EXPECT_TRUE(says(ENOENT, "systemctl enable --now mailpreflightd.socket"));
    EXPECT_TRUE(says(ECONNREFUSED, "systemctl reset-failed mailpreflightd.service"));
    EXPECT_TRUE(says(EACCES, "mailpreflight-view"));
    EXPECT_TRUE(says(0, "no answer from /run/x.sock: why"));
    EXPECT_EQ(exit_code_of(api::problem(400, "")), 2);
    EXPECT_EQ(exit_code_of(api::problem(404, "")), 1);
    EXPECT_EQ(exit_code_of(api::problem(503, "")), 3);
}

TEST(Colour, is_for_terminals_that_want_it) {
    EXPECT_TRUE(wants_color(true, false, nullptr, "xterm"));
    EXPECT_TRUE(wants_color(true, false, "", nullptr));
    EXPECT_FALSE(wants_color(false, false, nullptr, "xterm"));
    EXPECT_FALSE(wants_color(true, true, nullptr, "xterm"));
    EXPECT_FALSE(wants_color(true, false, "1", "xterm"));
    EXPECT_FALSE(wants_color(true, false, nullptr, "dumb"));
}

} // namespace
} // namespace mailpreflight::cli
