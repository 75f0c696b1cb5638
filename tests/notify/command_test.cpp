#include "notify/command.hpp"

#include "base/unique_fd.hpp"
#include "json/value.hpp"
#include "values.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <csignal>
#include <future>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mailpreflight::notify {
namespace {

using base::Deadline;
using How = ProgramEnd::How;

Program shell(const std::string& script, std::string input = "") {
    return {{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin"}, std::move(input)};
}

ProgramEnd ended(const Program& program, std::chrono::milliseconds timeout = 10s) {
    const auto end = run_program(program, Deadline::in(timeout));
    EXPECT_TRUE(end) << end.error().message();
    return end ? *end : ProgramEnd{};
}

TEST(RunProgram, gives_input_and_takes_output) {
    EXPECT_EQ(ended(shell("cat; echo to-error >&2; exit 3", "what is read\n")),
              (ProgramEnd{How::exited, 3, "what is read\nto-error\n"}));
}

TEST(RunProgram, gives_input_larger_than_any_pipe_also_to_who_does_not_read_it) {
    const std::string input(4 << 20, 'x');
    EXPECT_EQ(ended(shell("wc -c", input)).output, std::to_string(input.size()) + "\n");
    EXPECT_EQ(ended(shell("exit 0", input)), (ProgramEnd{How::exited, 0, ""}));
}

TEST(RunProgram, keeps_the_first_output_and_drops_what_is_without_end) {
    const ProgramEnd end = ended(shell("yes | head -c 3000000; exit 0"));
    EXPECT_EQ(end.how, How::exited);
    EXPECT_EQ(end.code, 0);
    EXPECT_EQ(end.output.size(), longest_output);
}

TEST(RunProgram, gives_its_own_environment_folder_and_descriptors_alone) {
    ::setenv("PLANTED_SECRET", "hush", 1);
    const int leaked = ::dup(0); // without close-on-exec
    const ProgramEnd end = ended(
        shell("env | sort | grep -v -e ^_= -e ^PWD= -e ^SHLVL= -e ^OLDPWD=; pwd; ls /proc/self/fd | tr '\\n' ' '"));
    ::close(leaked);
    ::unsetenv("PLANTED_SECRET");
    EXPECT_EQ(end.output, "PATH=/usr/bin:/bin\n/\n0 1 2 3 "); // 3 is the folder that ls reads
}

/// Is it gone, or a zombie that nobody has reaped yet, within five seconds?
bool has_ended(pid_t process) {
    const base::UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
    pollfd waiting{handle.get(), POLLIN, 0};
    return handle.valid() ? ::poll(&waiting, 1, 5000) == 1 : errno == ESRCH;
}

TEST(RunProgram, kills_the_whole_group_at_the_deadline) {
    const auto started = std::chrono::steady_clock::now();
    const ProgramEnd end = ended(shell("sleep 1000 & echo $!; sleep 1000"), 1500ms);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 8s);
    EXPECT_EQ(end.how, How::deadline);
    ASSERT_NE(end.output, "");
    EXPECT_TRUE(has_ended(std::stoi(end.output)));
}

TEST(RunProgram, kills_what_a_program_left_behind_and_does_not_wait_for_it) {
    const auto started = std::chrono::steady_clock::now();
    const ProgramEnd end = ended(shell("sleep 1000 & echo $!; exit 0"));
    EXPECT_LT(std::chrono::steady_clock::now() - started, 8s);
    EXPECT_EQ(end.how, How::exited);
    ASSERT_NE(end.output, "");
    EXPECT_TRUE(has_ended(std::stoi(end.output)));
}

TEST(RunProgram, ends_at_once_when_it_is_asked_to_stop) {
    std::stop_source stop;
    auto end = std::async(std::launch::async,
                          [&] { return run_program(shell("sleep 1000"), Deadline::in(60s, stop.get_token())); });
    stop.request_stop();
    EXPECT_EQ(end.get().value().how, How::stopped);
}

TEST(RunProgram, tells_the_signal_that_ended_it) {
    EXPECT_EQ(ended(shell("kill -TERM $$")), (ProgramEnd{How::signalled, SIGTERM, ""}));
}

TEST(RunProgram, of_what_is_no_program_is_an_error_that_never_passes) {
    EXPECT_EQ(run_program({{"/nonexistent/program"}, {}, ""}, Deadline::in(5s)).error().code(),
              base::ErrorCode::not_found);
    EXPECT_EQ(run_program({{"/etc/passwd"}, {}, ""}, Deadline::in(5s)).error().code(),
              base::ErrorCode::permission_denied);
    EXPECT_EQ(run_program({{"/etc/passwd/x"}, {}, ""}, Deadline::in(5s)).error().code(), base::ErrorCode::unsupported);
}

TEST(CommandOfANotice, is_its_argv_with_the_webhooks_body_and_names_in_the_environment) {
    CommandSettings settings{.argv = {"/usr/local/bin/page", "$(id)", "; rm -rf /"}};
    const Program program = program_of(firing(), origin, settings, "");
    EXPECT_EQ(program.argv, settings.argv);
    EXPECT_EQ(json::parse(program.input).value().at("id").as_string(), "I17.3.ops");
    expect_golden("command-environment.txt", base::join(program.environment, "\n") + "\n");
}

TEST(CommandOfANotice, has_one_line_in_each_variable) {
    for (const std::string& variable : program_of(hostile(), origin, {.argv = {"/bin/true"}}, "").environment) {
        EXPECT_EQ(variable.find_first_of("\r\n"), std::string::npos) << variable;
    }
}

Delivery delivered_by(const std::string& script, base::Duration limit = 10s) {
    Command command({.argv = {"/bin/sh", "-c", script}, .time_limit = limit}, origin, "");
    return command.send(firing(), Deadline::in(20s));
}

TEST(CommandReceiver, reads_the_exit_code) {
    EXPECT_EQ(delivered_by("echo sent; echo more"), (Delivery{DeliveryResult::delivered, "exit 0: sent", {}}));
    EXPECT_EQ(delivered_by("exit 75").result, DeliveryResult::later);
    EXPECT_EQ(delivered_by("exit 1").result, DeliveryResult::later);
    EXPECT_EQ(delivered_by("exit 69").result, DeliveryResult::later);
    for (const int code : {64, 65, 77, 78, 126, 127}) {
        EXPECT_EQ(delivered_by("exit " + std::to_string(code)).result, DeliveryResult::refused) << code;
    }
    EXPECT_EQ(delivered_by("kill -KILL $$").detail, "killed by signal 9");
    EXPECT_EQ(delivered_by("exec sleep 1000", 300ms), (Delivery{DeliveryResult::later, "not done within 300ms", {}}));
}

TEST(CommandReceiver, shows_one_clean_line_of_the_output) {
    const Delivery delivery = delivered_by("printf '\\n\\033[31mred\\033[0m \\377\\nsecond'; exit 1");
    EXPECT_EQ(delivery.detail, "exit 1:  [31mred [0m \uFFFD");
}

TEST(CommandReceiver, that_is_no_program_refuses) {
    Command command({.argv = {"/nonexistent"}}, origin, "");
    const Delivery delivery = command.send(firing(), Deadline::in(5s));
    EXPECT_EQ(delivery.result, DeliveryResult::refused);
    EXPECT_THAT(delivery.detail, ::testing::HasSubstr("/nonexistent"));
}

} // namespace
} // namespace mailpreflight::notify
