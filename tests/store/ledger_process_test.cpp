#include "store/ledger.hpp"
#include "tests/store/examples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace mailpreflight::store {
namespace {

using namespace std::chrono_literals;
using core::Cause;
using core::PresentationResult;

core::Presentation presentation() {
    return {.account = "migadmin", .fingerprint = "f1", .door = {"contoso", "ews"}, .proving = true};
}

/// Runs `body` in a process of its own, which ends with what it returns.
pid_t in_a_process(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(body());
    }
    return child;
}

int result_of(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

class GuardOverProcesses : public testing::Test {
protected:
    base::Result<std::unique_ptr<Ledger>> open() {
        return Ledger::open(directory_.path(), {}, clock_);
    }

    TemporaryDirectory directory_;
    base::SimulatedClock clock_{noon};
};

TEST_F(GuardOverProcesses, takes_the_presentation_of_a_process_that_died_for_unanswered_and_waits_the_lockout_window) {
    const pid_t holder = in_a_process([&]() -> int {
        auto ledger = open();
        auto permit = (*ledger)->begin(presentation(), base::Deadline::in(5s));
        ::_exit(permit ? 7 : 1); // the bytes may have left
    });
    ASSERT_EQ(result_of(holder), 7);
    clock_.advance(1min);
    auto ledger = value_of(open());
    EXPECT_TRUE(value_of(ledger->snapshot("migadmin")).outstanding);

    const auto next = ledger->begin(presentation(), base::Deadline::in(5s));

    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().cause, Cause::presentation_withheld);
    EXPECT_EQ(next.error().retry_after, base::Duration(60min)) << "it may have been sent until now";
    const core::AccountLedger expected{.fingerprint = "f1", .unanswered = {{{"contoso", "ews"}, noon + 1min}}};
    EXPECT_EQ(value_of(ledger->snapshot("migadmin")), expected) << "not parked";

    clock_.advance(60min);
    EXPECT_TRUE(ledger->begin(presentation(), base::Deadline::in(5s)));
}

TEST_F(GuardOverProcesses, takes_a_proven_presentation_of_a_process_that_died_for_lost) {
    {
        auto ledger = value_of(open());
        ledger->begin(presentation(), base::Deadline::in(5s))->finish(PresentationResult::accepted, "");
    }
    for (int deaths = 0; deaths < 2; ++deaths) {
        const pid_t holder = in_a_process([&]() -> int {
            auto ledger = open();
            auto permit = (*ledger)->begin(presentation(), base::Deadline::in(5s));
            ::_exit(permit ? 7 : 1); // the password may have been changed a moment before
        });
        ASSERT_EQ(result_of(holder), 7);
    }
    auto ledger = value_of(open());

    const auto third = ledger->begin(presentation(), base::Deadline::in(5s));

    ASSERT_FALSE(third) << "it could be the one that locks";
    EXPECT_EQ(third.error().cause, Cause::presentation_withheld);
    EXPECT_EQ(third.error().retry_after, base::Duration(60min));
}

TEST_F(GuardOverProcesses, lets_no_more_than_five_individual_passwords_go_with_processes_that_die) {
    const auto of = [](int user) {
        core::Presentation one = presentation();
        one.account = "own-" + std::to_string(user);
        one.individual = true;
        return one;
    };
    for (int user = 0; user < 5; ++user) {
        const pid_t holder = in_a_process([&]() -> int {
            auto ledger = open();
            auto permit = (*ledger)->begin(of(user), base::Deadline::in(5s));
            ::_exit(permit ? 7 : 1);
        });
        ASSERT_EQ(result_of(holder), 7) << user;
    }
    auto ledger = value_of(open());

    const auto sixth = ledger->begin(of(5), base::Deadline::in(5s));

    ASSERT_FALSE(sixth) << "all of them may have been refused";
    EXPECT_EQ(sixth.error().cause, Cause::presentation_withheld);
    clock_.advance(61min);
    EXPECT_TRUE(ledger->begin(of(5), base::Deadline::in(5s))) << "nobody was refused: no operator is needed";
}

TEST_F(GuardOverProcesses, waits_while_the_holder_lives_and_goes_on_when_it_is_killed) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t holder = in_a_process([&]() -> int {
        auto ledger = open();
        auto permit = (*ledger)->begin(presentation(), base::Deadline::in(5s));
        const char word = permit ? 'y' : 'n';
        if (::write(ends[1], &word, 1) != 1) {
            return 1;
        }
        for (;;) {
            ::pause();
        }
    });
    char word = 0;
    ASSERT_EQ(::read(ends[0], &word, 1), 1);
    ::close(ends[0]);
    ::close(ends[1]);
    ASSERT_EQ(word, 'y');
    auto ledger = value_of(open());

    const auto waited = ledger->begin(presentation(), base::Deadline::in(100ms));
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().detail, "another presentation of account migadmin is under way");

    ::kill(holder, SIGKILL);
    EXPECT_EQ(result_of(holder), -SIGKILL);
    const auto after = ledger->begin(presentation(), base::Deadline::in(5s));
    ASSERT_FALSE(after);
    EXPECT_THAT(after.error().detail, testing::HasSubstr("was left without an answer"));
}

TEST_F(GuardOverProcesses, never_lets_two_unproven_presentations_be_under_way_together) {
    value_of(open());
    const auto marker = directory_.path() / "presenting";
    constexpr int rounds = 15;
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        children.push_back(in_a_process([&] {
            auto ledger = open();
            if (!ledger) {
                return 2;
            }
            for (int round = 0; round < rounds; ++round) {
                auto permit = (*ledger)->begin(presentation(), base::Deadline::in(60s));
                if (!permit) {
                    return 3;
                }
                const int fd = ::open(marker.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600);
                if (fd < 0) {
                    return 4; // somebody else is presenting
                }
                ::close(fd);
                ::unlink(marker.c_str());
                permit->finish(PresentationResult::not_sent, "");
            }
            return 0;
        }));
    }
    for (const pid_t child : children) {
        EXPECT_EQ(result_of(child), 0);
    }
    EXPECT_EQ(value_of(value_of(open())->snapshot("migadmin")).outstanding, std::nullopt);
}

TEST_F(GuardOverProcesses, presents_a_wrong_secret_once_however_many_programs_try_it) {
    value_of(open());
    int sent[2];
    ASSERT_EQ(::pipe2(sent, O_CLOEXEC), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
        children.push_back(in_a_process([&] {
            auto ledger = open();
            if (!ledger) {
                return 2;
            }
            auto permit = (*ledger)->begin(presentation(), base::Deadline::in(60s));
            if (!permit) {
                return permit.error().cause == Cause::credential_parked ? 0 : 3;
            }
            if (::write(sent[1], "x", 1) != 1) {
                return 4;
            }
            permit->finish(PresentationResult::refused, "401 after NTLM type 3");
            return 0;
        }));
    }
    for (const pid_t child : children) {
        EXPECT_EQ(result_of(child), 0);
    }
    ::close(sent[1]);
    char seen[16];
    EXPECT_EQ(::read(sent[0], seen, sizeof seen), 1);
    ::close(sent[0]);
    EXPECT_EQ(value_of(value_of(open())->snapshot("migadmin")).refusals.size(), 1U);
}

TEST_F(GuardOverProcesses, is_opened_by_many_programs_at_once) {
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
        children.push_back(in_a_process([&] { return open() ? 0 : 1; }));
    }
    for (const pid_t child : children) {
        EXPECT_EQ(result_of(child), 0);
    }
}

} // namespace
} // namespace mailpreflight::store
