#include "store/ledger.hpp"

#include "tests/store/examples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace mailpreflight::store {
namespace {

using namespace std::chrono_literals;
using core::Cause;
using core::PresentationResult;
using testing::HasSubstr;

const core::Door ews{"contoso", "ews"};
const core::Door owa{"contoso", "owa"};

core::Presentation by_handshake(const core::Door& door = ews) {
    return {.account = "migadmin", .fingerprint = "f1", .door = door, .proving = true, .handshake = true};
}

core::Presentation by_request(const core::Door& door = ews) {
    return {.account = "migadmin", .fingerprint = "f1", .door = door};
}

base::Deadline soon() {
    return base::Deadline::in(50ms);
}

base::Deadline patient() {
    return base::Deadline::in(20s);
}

class DurableGuard : public testing::Test {
protected:
    std::unique_ptr<Ledger> open(Ledger::Policies policies = {}) {
        return value_of(Ledger::open(directory_.path(), std::move(policies), clock_));
    }

    core::Permit permit(Ledger& ledger, const core::Presentation& presentation) {
        auto given = ledger.begin(presentation, patient());
        if (!given) {
            throw std::runtime_error(given.error().detail);
        }
        return std::move(*given);
    }

    static Cause cause_of(const core::Outcome<core::Permit>& outcome) {
        return outcome ? Cause::ok : outcome.error().cause;
    }

    /// The account is proven at the door from now on.
    void prove(Ledger& ledger, const core::Door& door = ews) {
        permit(ledger, by_handshake(door)).finish(PresentationResult::accepted, "");
    }

    /// An earlier secret was accepted, so that the whole budget is the account's.
    void know(Ledger& ledger) {
        core::Presentation earlier = by_handshake();
        earlier.fingerprint = "f0";
        permit(ledger, earlier).finish(PresentationResult::accepted, "");
    }

    core::AccountLedger kept(Ledger& ledger) {
        return value_of(ledger.snapshot("migadmin"));
    }

    /// Makes every write to the ledger fail until the value dies.
    class Broken {
    public:
        explicit Broken(const std::filesystem::path& directory) :
            database_(value_of(Database::open(directory / "ledger.db"))) {
            execute("CREATE TRIGGER b1 BEFORE UPDATE ON account BEGIN SELECT RAISE(ABORT, 'broken'); END;"
                    "CREATE TRIGGER b2 BEFORE INSERT ON account BEGIN SELECT RAISE(ABORT, 'broken'); END");
        }
        ~Broken() {
            execute("DROP TRIGGER b1; DROP TRIGGER b2");
        }
        Broken(const Broken&) = delete;
        Broken& operator=(const Broken&) = delete;

    private:
        void execute(const std::string& sql) {
            EXPECT_EQ(problem_of(database_.execute(sql)), "none");
        }

        Database database_;
    };

    TemporaryDirectory directory_;
    base::SimulatedClock clock_{noon};
};

TEST_F(DurableGuard, writes_an_unproven_presentation_down_before_it_may_go) {
    auto ledger = open();
    auto other_program = open();

    const auto permission = permit(*ledger, by_handshake());

    EXPECT_EQ(kept(*other_program).outstanding, (core::UntoldPresentation{ews, noon}));
}

TEST_F(DurableGuard, remembers_an_acceptance_in_all_programs_and_after_a_restart) {
    auto ledger = open();
    auto other_program = open();
    EXPECT_FALSE(ledger->is_proven("migadmin", "f1"));

    prove(*ledger);

    EXPECT_TRUE(ledger->is_proven("migadmin", "f1"));
    EXPECT_TRUE(other_program->is_proven("migadmin", "f1"));
    EXPECT_FALSE(ledger->is_proven("migadmin", "f2"));
    EXPECT_FALSE(ledger->is_proven("other", "f1"));
    ledger.reset();
    other_program.reset();
    EXPECT_TRUE(open()->is_proven("migadmin", "f1"));
    clock_.advance(15min);
    EXPECT_FALSE(open()->is_proven("migadmin", "f1"));
}

TEST_F(DurableGuard, lets_proven_handshakes_go_without_a_write) {
    auto ledger = open();
    prove(*ledger);
    const Broken broken(directory_.path());

    permit(*ledger, by_handshake()).finish(PresentationResult::accepted, "");
    permit(*ledger, by_handshake()).finish(PresentationResult::accepted, "");
}

TEST_F(DurableGuard, lets_unproven_presentations_go_one_at_a_time_over_doors_and_programs) {
    auto ledger = open();
    auto other_program = open();
    auto first = permit(*ledger, by_handshake(ews));

    for (Ledger* const program : {ledger.get(), other_program.get()}) {
        const auto second = program->begin(by_handshake(owa), soon());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().cause, Cause::presentation_withheld);
        EXPECT_EQ(second.error().detail, "another presentation of account migadmin is under way");
        EXPECT_TRUE(second.error().retry_after);
    }

    first.finish(PresentationResult::accepted, "");
    EXPECT_EQ(cause_of(other_program->begin(by_handshake(owa), soon())), Cause::ok);
}

TEST_F(DurableGuard, keeps_what_a_directory_said_of_a_lock) {
    auto ledger = open();
    prove(*ledger);
    ledger->heard_from_directory("migadmin", true);
    auto other = open();
    EXPECT_EQ(cause_of(other->begin(by_handshake(owa), soon())), Cause::account_locked);
    other->heard_from_directory("migadmin", false);
    EXPECT_EQ(cause_of(ledger->begin(by_handshake(owa), soon())), Cause::ok);
}

TEST_F(DurableGuard, says_how_often_it_presented_in_a_day) {
    auto ledger = open();
    for (int i = 0; i < 3; ++i) {
        prove(*ledger);
    }
    EXPECT_EQ(ledger->presentations("migadmin"), 3);
    EXPECT_EQ(ledger->presentations("nobody"), 0);
    clock_.advance(std::chrono::hours(25));
    EXPECT_EQ(ledger->presentations("migadmin"), 0);
}

TEST_F(DurableGuard, keeps_accounts_apart) {
    auto ledger = open();
    const auto first = permit(*ledger, by_handshake());
    core::Presentation other = by_handshake();
    other.account = "other";

    EXPECT_EQ(cause_of(ledger->begin(other, soon())), Cause::ok);
}

TEST_F(DurableGuard, lets_those_who_wait_go_as_soon_as_the_first_is_accepted) {
    auto ledger = open();
    auto first = permit(*ledger, by_handshake());
    std::vector<std::optional<core::Outcome<core::Permit>>> outcomes(6);
    {
        std::vector<std::jthread> threads;
        for (auto& outcome : outcomes) {
            threads.emplace_back([&] {
                outcome.emplace(ledger->begin(by_handshake(), patient()));
                if (*outcome) {
                    (*outcome)->finish(PresentationResult::accepted, "");
                }
            });
        }
        first.finish(PresentationResult::accepted, "");
    }
    for (const auto& outcome : outcomes) {
        EXPECT_EQ(cause_of(*outcome), Cause::ok);
    }
}

TEST_F(DurableGuard, holds_those_who_wait_back_when_the_first_is_refused) {
    auto ledger = open();
    auto first = permit(*ledger, by_handshake());
    std::vector<std::optional<core::Outcome<core::Permit>>> outcomes(6);
    {
        std::vector<std::jthread> threads;
        for (auto& outcome : outcomes) {
            threads.emplace_back([&] { outcome.emplace(ledger->begin(by_handshake(), patient())); });
        }
        first.finish(PresentationResult::refused, "401 after NTLM type 3");
    }
    for (const auto& outcome : outcomes) {
        EXPECT_EQ(cause_of(*outcome), Cause::credential_parked);
    }
    EXPECT_EQ(kept(*ledger).refusals.size(), 1U);
}

TEST_F(DurableGuard, stops_waiting_when_it_is_asked_to) {
    auto ledger = open();
    const auto first = permit(*ledger, by_handshake());
    std::stop_source stop;
    std::optional<core::Outcome<core::Permit>> outcome;
    {
        const std::jthread waiting(
            [&] { outcome.emplace(ledger->begin(by_handshake(), base::Deadline::in(1h, stop.get_token()))); });
        stop.request_stop();
    }
    EXPECT_EQ(cause_of(*outcome), Cause::presentation_withheld);
}

TEST_F(DurableGuard, parks_after_a_refusal_and_stays_parked_after_a_restart_until_the_secret_changes) {
    permit(*open(), by_handshake()).finish(PresentationResult::refused, "401 after NTLM type 3");
    clock_.advance(std::chrono::hours(72));
    auto ledger = open();

    const auto same = ledger->begin(by_handshake(), soon());
    ASSERT_FALSE(same);
    EXPECT_EQ(same.error().cause, Cause::credential_parked);
    EXPECT_THAT(same.error().detail, HasSubstr("401 after NTLM type 3"));

    core::Presentation changed = by_handshake();
    changed.fingerprint = "f2";
    EXPECT_EQ(cause_of(ledger->begin(changed, soon())), Cause::ok);
}

TEST_F(DurableGuard, counts_a_permit_that_died_without_a_result_as_unanswered) {
    auto ledger = open();
    static_cast<void>(permit(*ledger, by_handshake()));

    EXPECT_EQ(kept(*ledger).unanswered, (std::vector<core::UntoldPresentation>{{ews, noon}}));
    EXPECT_EQ(kept(*ledger).outstanding, std::nullopt);
    const auto next = ledger->begin(by_handshake(), soon());
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().cause, Cause::presentation_withheld);
    EXPECT_EQ(next.error().retry_after, base::Duration(60min));
}

TEST_F(DurableGuard, takes_back_what_was_never_sent) {
    auto ledger = open();
    permit(*ledger, by_handshake()).finish(PresentationResult::not_sent, "connect refused");

    EXPECT_EQ(kept(*ledger).outstanding, std::nullopt);
    EXPECT_TRUE(kept(*ledger).unanswered.empty());
    EXPECT_EQ(cause_of(ledger->begin(by_handshake(), soon())), Cause::ok);
}

TEST_F(DurableGuard, takes_the_first_result_of_a_permit) {
    auto ledger = open();
    auto permission = permit(*ledger, by_handshake());
    permission.finish(PresentationResult::accepted, "");
    permission.finish(PresentationResult::refused, "late");

    EXPECT_TRUE(kept(*ledger).refusals.empty());
}

class PresentationsInFlight : public DurableGuard, public testing::WithParamInterface<int> {};

TEST_P(PresentationsInFlight, are_as_many_as_the_lockout_threshold_bears_over_all_programs) {
    core::GuardPolicy policy;
    policy.lockout_threshold = GetParam();
    auto ledger = open({{"migadmin", policy}});
    auto other_program = open({{"migadmin", policy}});
    prove(*ledger);
    std::vector<core::Permit> permits;
    for (std::size_t i = 0; i < core::most_in_flight(policy); ++i) {
        permits.push_back(permit(i % 2 == 0 ? *ledger : *other_program, by_request()));
    }

    EXPECT_EQ(cause_of(ledger->begin(by_request(), soon())), Cause::presentation_withheld);
    EXPECT_EQ(cause_of(other_program->begin(by_handshake(), soon())), Cause::presentation_withheld);
    permits.back().finish(PresentationResult::accepted, "");
    EXPECT_EQ(cause_of(ledger->begin(by_request(), soon())), Cause::ok);
}

INSTANTIATE_TEST_SUITE_P(Thresholds, PresentationsInFlight, testing::Values(1, 2, 3, 5, 10, 50));

TEST_F(DurableGuard, cancels_the_requests_that_wait_for_room_at_the_first_refusal) {
    auto ledger = open();
    prove(*ledger);
    auto first = permit(*ledger, by_request());
    std::optional<core::Outcome<core::Permit>> second;
    {
        const std::jthread waiting([&] { second.emplace(ledger->begin(by_request(), patient())); });
        first.finish(PresentationResult::refused, "401 after Basic");
    }
    EXPECT_EQ(cause_of(*second), Cause::presentation_withheld); // the door is suspect
    EXPECT_EQ(kept(*ledger).doors.at(ews).suspect_since, noon);
}

TEST_F(DurableGuard, lets_those_who_wait_go_in_the_order_in_which_they_came) {
    auto ledger = open();
    prove(*ledger);
    auto first = permit(*ledger, by_request());
    std::atomic<int> order = 0;
    std::vector<int> came(4);
    {
        std::vector<std::jthread> threads;
        for (int& place : came) {
            const std::size_t waiting = threads.size();
            threads.emplace_back([&] {
                auto permission = ledger->begin(by_request(), patient());
                place = ++order;
                permission->finish(PresentationResult::accepted, "");
            });
            while (ledger->waiting("migadmin") <= waiting) {
                std::this_thread::yield();
            }
        }
        first.finish(PresentationResult::accepted, "");
    }
    EXPECT_EQ(came, (std::vector{1, 2, 3, 4}));
}

TEST_F(DurableGuard, revokes_what_was_let_in_before_a_refusal_that_another_program_met) {
    auto ledger = open();
    auto other_program = open();
    prove(*ledger);
    EXPECT_FALSE(ledger->revoked(by_request()));

    permit(*other_program, by_handshake()).finish(PresentationResult::refused, "401");

    ASSERT_TRUE(ledger->revoked(by_request()));
    EXPECT_EQ(ledger->revoked(by_request())->cause, Cause::presentation_withheld);
}

TEST_F(DurableGuard, keeps_a_person_whatever_the_account_is_called) {
    const Ledger::Names one{{"migadmin", {"CONTOSO\\migadmin"}}};
    const Ledger::Names renamed{{"admin", {"contoso\\MigAdmin", "migadmin@contoso.example"}}};
    auto ledger = value_of(Ledger::open(directory_.path(), {}, clock_, one));
    permit(*ledger, by_handshake()).finish(PresentationResult::refused, "401");

    auto other_program = value_of(Ledger::open(directory_.path(), {}, clock_, renamed));
    EXPECT_EQ(other_program->person_of("admin"), "migadmin");
    core::Presentation again = by_handshake();
    again.account = "admin";
    EXPECT_EQ(cause_of(other_program->begin(again, soon())), Cause::credential_parked);

    // Its other form is known from now on, and the name of the account may be somebody else's.
    const Ledger::Names others{{"admin", {"migadmin@CONTOSO.example"}}, {"migadmin", {"CONTOSO\\somebody"}}};
    ASSERT_TRUE(ledger->configure({}, others));
    EXPECT_EQ(ledger->person_of("admin"), "migadmin");
    EXPECT_EQ(ledger->person_of("migadmin"), "migadmin-2");
    EXPECT_EQ(cause_of(ledger->begin(again, soon())), Cause::credential_parked);
    EXPECT_EQ(cause_of(ledger->begin(by_handshake(), soon())), Cause::ok);
}

TEST_F(DurableGuard, puts_together_what_two_accounts_had_when_they_turn_out_to_be_one_person) {
    auto ledger = value_of(Ledger::open(
        directory_.path(), {}, clock_, {{"a", {"CONTOSO\\migadmin"}}, {"b", {"migadmin@contoso.example"}}}));
    core::Presentation presentation = by_handshake();
    for (const char* const account : {"a", "b"}) {
        presentation.account = account;
        permit(*ledger, presentation).finish(PresentationResult::refused, "401");
    }

    ASSERT_TRUE(ledger->configure({}, {{"a", {"CONTOSO\\migadmin", "migadmin@contoso.example"}}}));

    EXPECT_EQ(value_of(ledger->snapshot("a")).refusals.size(), 2U);
    presentation.account = "a";
    presentation.fingerprint = "f2";
    EXPECT_EQ(cause_of(ledger->begin(presentation, soon())), Cause::presentation_withheld) << "two were refused today";
}

TEST_F(DurableGuard, does_not_let_the_day_pass_by_a_clock_that_is_set_forward) {
    auto ledger = open();
    know(*ledger);
    permit(*ledger, by_handshake()).finish(PresentationResult::refused, "401");
    ASSERT_TRUE(ledger->retry("migadmin", false, soon()));
    permit(*ledger, by_handshake()).finish(PresentationResult::refused, "401");
    core::Presentation changed = by_handshake();
    changed.fingerprint = "f2";

    clock_.set(clock_.now() + std::chrono::hours(24 * 365));
    EXPECT_EQ(cause_of(ledger->begin(changed, soon())), Cause::presentation_withheld);
    EXPECT_EQ(cause_of(open()->begin(changed, soon())), Cause::presentation_withheld);
    clock_.set(noon);
    EXPECT_EQ(cause_of(ledger->begin(changed, soon())), Cause::presentation_withheld);
    clock_.advance(std::chrono::hours(24));
    EXPECT_EQ(cause_of(ledger->begin(changed, soon())), Cause::ok) << "a day has passed";
}

TEST_F(DurableGuard, does_not_keep_a_proof_young_by_a_clock_that_is_set_back) {
    auto ledger = open();
    prove(*ledger);
    clock_.advance(20min);
    clock_.set(noon + 1min);
    EXPECT_FALSE(ledger->is_proven("migadmin", "f1"));
}

TEST_F(DurableGuard, does_not_write_an_acceptance_that_is_hardly_newer) {
    auto ledger = open();
    prove(*ledger);
    clock_.advance(59s);
    permit(*ledger, by_request()).finish(PresentationResult::accepted, "");
    EXPECT_EQ(kept(*ledger).accepted_at, noon);

    clock_.advance(1s);
    permit(*ledger, by_request()).finish(PresentationResult::accepted, "");
    EXPECT_EQ(kept(*ledger).accepted_at, noon + 60s);
    EXPECT_EQ(kept(*ledger).doors.at(ews).accepted_at, noon + 60s);
}

TEST_F(DurableGuard, loses_no_refusal_when_many_end_at_once_in_several_programs) {
    core::GuardPolicy lenient;
    lenient.lockout_threshold = 50;
    auto ledger = open({{"migadmin", lenient}});
    auto other_program = open({{"migadmin", lenient}});
    prove(*ledger);
    std::vector<core::Permit> permits;
    for (int i = 0; i < 8; ++i) {
        permits.push_back(permit(i % 2 == 0 ? *ledger : *other_program, by_handshake()));
    }
    {
        std::vector<std::jthread> threads;
        for (core::Permit& permission : permits) {
            threads.emplace_back([&permission] { permission.finish(PresentationResult::refused, "401"); });
        }
    }
    EXPECT_EQ(kept(*ledger).refusals.size(), 8U);
    EXPECT_TRUE(kept(*ledger).parked_at);
}

TEST_F(DurableGuard, sends_nothing_that_it_cannot_write_down) {
    auto ledger = open();
    std::optional<Broken> broken(directory_.path());

    const auto first = ledger->begin(by_handshake(), soon());
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().cause, Cause::secret_unreadable);
    EXPECT_THAT(first.error().detail, HasSubstr("broken"));

    broken.reset();
    EXPECT_EQ(cause_of(ledger->begin(by_handshake(), soon())), Cause::ok);
}

TEST_F(DurableGuard, keeps_a_result_that_it_cannot_write_and_writes_it_before_anything_else_goes) {
    auto ledger = open();
    auto other_program = open();
    auto permission = permit(*ledger, by_handshake());
    std::optional<Broken> broken(directory_.path());
    permission.finish(PresentationResult::refused, "401 after NTLM type 3");

    EXPECT_TRUE(kept(*ledger).parked_at) << "it knows";
    EXPECT_EQ(cause_of(ledger->begin(by_handshake(), soon())), Cause::secret_unreadable);
    EXPECT_EQ(cause_of(other_program->begin(by_handshake(), soon())), Cause::presentation_withheld)
        << "the lock is kept";

    broken.reset();
    EXPECT_EQ(cause_of(ledger->begin(by_handshake(), soon())), Cause::credential_parked);
    EXPECT_EQ(cause_of(other_program->begin(by_handshake(), soon())), Cause::credential_parked);
}

TEST_F(DurableGuard, holds_a_proven_secret_back_when_its_refusal_cannot_be_written) {
    auto ledger = open();
    prove(*ledger);
    auto permission = permit(*ledger, by_handshake());
    const Broken broken(directory_.path());
    permission.finish(PresentationResult::refused, "401");

    EXPECT_EQ(cause_of(ledger->begin(by_handshake(), soon())), Cause::secret_unreadable);
}

TEST_F(DurableGuard, goes_on_with_a_proven_secret_when_only_its_newer_proof_cannot_be_written) {
    auto ledger = open();
    prove(*ledger);
    clock_.advance(5min);
    const Broken broken(directory_.path());
    permit(*ledger, by_handshake()).finish(PresentationResult::accepted, "");

    EXPECT_EQ(cause_of(ledger->begin(by_handshake(), soon())), Cause::ok);
    EXPECT_EQ(kept(*ledger).accepted_at, noon);
}

TEST_F(DurableGuard, refuses_what_it_cannot_read) {
    auto ledger = open();
    prove(*ledger);
    auto side = value_of(Database::open(directory_.path() / "ledger.db"));
    ASSERT_TRUE(side.execute("UPDATE account SET ledger = '{}'"));

    const auto permission = ledger->begin(by_handshake(), soon());

    ASSERT_FALSE(permission);
    EXPECT_EQ(permission.error().cause, Cause::secret_unreadable);
    EXPECT_THAT(permission.error().detail, HasSubstr("member refusals is missing"));
    EXPECT_FALSE(ledger->is_proven("migadmin", "f1"));
}

TEST_F(DurableGuard, refuses_names_that_would_leave_its_directory) {
    auto ledger = open();
    for (const char* const name : {"", "../x", "a/b", "a.b", "a b", "\xC3\xA4"}) {
        core::Presentation presentation = by_handshake();
        presentation.account = name;
        EXPECT_EQ(cause_of(ledger->begin(presentation, soon())), Cause::secret_unreadable) << name;
        EXPECT_FALSE(ledger->retry(name, true, soon())) << name;
    }
}

TEST_F(DurableGuard, remembers_over_restarts_that_nothing_was_accepted_here_yet) {
    permit(*open(), by_handshake()).finish(PresentationResult::refused, "401");
    core::Presentation changed = by_handshake();
    changed.fingerprint = "f2";
    EXPECT_EQ(cause_of(open()->begin(changed, soon())), Cause::presentation_withheld);
    clock_.advance(60min);
    permit(*open(), changed).finish(PresentationResult::accepted, "200");
    EXPECT_TRUE(kept(*open()).known);
}

TEST_F(DurableGuard, lets_an_operator_try_a_parked_account_once_more_up_to_the_ceiling_of_the_day) {
    auto ledger = open();
    know(*ledger);
    permit(*ledger, by_handshake()).finish(PresentationResult::refused, "401");
    ASSERT_TRUE(ledger->retry("migadmin", false, soon()));
    permit(*ledger, by_handshake()).finish(PresentationResult::refused, "401");

    const auto third = ledger->retry("migadmin", false, soon());
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().cause, Cause::presentation_withheld);

    const auto forced = ledger->retry("migadmin", true, soon());
    ASSERT_TRUE(forced);
    EXPECT_TRUE(forced->forced);
    permit(*ledger, by_handshake()).finish(PresentationResult::refused, "401");
    EXPECT_EQ(cause_of(ledger->begin(by_handshake(), soon())), Cause::credential_parked);
    EXPECT_EQ(kept(*open()).refusals.size(), 3U);
}

TEST_F(DurableGuard, does_not_take_a_presentation_under_way_for_a_dead_one_when_an_operator_retries) {
    auto ledger = open();
    auto permission = permit(*ledger, by_handshake());

    const auto retried = ledger->retry("migadmin", false, soon());
    ASSERT_FALSE(retried);
    EXPECT_EQ(retried.error().cause, Cause::presentation_withheld);

    permission.finish(PresentationResult::accepted, "");
    EXPECT_TRUE(kept(*ledger).unanswered.empty());
}

TEST_F(DurableGuard, follows_a_reloaded_configuration) {
    auto ledger = open();
    prove(*ledger);
    clock_.advance(10min);
    EXPECT_TRUE(ledger->is_proven("migadmin", "f1"));

    core::GuardPolicy quick;
    quick.login_interval = 5min;
    ASSERT_TRUE(ledger->configure({{"migadmin", quick}}, {}));

    EXPECT_FALSE(ledger->is_proven("migadmin", "f1"));
}

TEST_F(DurableGuard, refuses_a_ledger_of_a_newer_version) {
    open();
    auto side = value_of(Database::open(directory_.path() / "ledger.db"));
    ASSERT_TRUE(side.execute("PRAGMA user_version = 9"));

    EXPECT_THAT(problem_of(Ledger::open(directory_.path(), {}, clock_)),
                HasSubstr("written by a newer mailpreflight (schema 9, this one knows 3)"));
}

/// The individual passwords of one source, over programs.
class DurableBrake : public DurableGuard {
protected:
    static core::Presentation of(int user) {
        return {.account = "own-" + std::to_string(user),
                .fingerprint = "f",
                .door = ews,
                .proving = true,
                .handshake = true,
                .individual = true,
                .shown = "user" + std::to_string(user)};
    }

    Cause present(Ledger& ledger, int user, PresentationResult result) {
        auto given = ledger.begin(of(user), soon());
        if (given) {
            given->finish(result, "");
        }
        return cause_of(given);
    }
};

TEST_F(DurableBrake, stops_a_source_over_programs_and_restarts_until_it_is_released) {
    for (int user = 0; user < 5; ++user) {
        EXPECT_EQ(present(*open(), user, PresentationResult::refused), Cause::ok) << user;
    }
    auto ledger = open();
    EXPECT_EQ(present(*ledger, 5, PresentationResult::refused), Cause::spray_brake);
    EXPECT_EQ(ledger->revoked(of(5))->cause, Cause::spray_brake);
    EXPECT_THAT(ledger->revoked(of(5))->detail, HasSubstr("5 different accounts were refused in a row"));
    auto elsewhere = of(5);
    elsewhere.door.source = "fabrikam";
    EXPECT_EQ(ledger->revoked(elsewhere), std::nullopt) << "another source";
    ASSERT_TRUE(open()->release("contoso"));
    EXPECT_EQ(ledger->revoked(of(5)), std::nullopt);
    EXPECT_EQ(ledger->revoked(of(4))->cause, Cause::credential_parked) << "what was refused stays parked";
    EXPECT_EQ(present(*ledger, 5, PresentationResult::accepted), Cause::ok);
}

TEST_F(DurableBrake, lets_one_account_go_at_a_time_over_programs_until_one_is_accepted) {
    auto ledger = open();
    auto other_program = open();
    auto first = permit(*ledger, of(0));
    EXPECT_EQ(cause_of(ledger->begin(of(1), soon())), Cause::presentation_withheld);
    EXPECT_EQ(cause_of(other_program->begin(of(1), soon())), Cause::presentation_withheld);
    first.finish(PresentationResult::accepted, "");
    const auto second = permit(*ledger, of(1));
    const auto third = permit(*other_program, of(2));
}

TEST_F(DurableBrake, goes_on_after_an_end_that_could_not_be_written) {
    auto ledger = open();
    {
        auto given = permit(*ledger, of(0));
        const Broken broken(directory_.path());
        given.finish(PresentationResult::refused, "");
        EXPECT_EQ(present(*ledger, 1, PresentationResult::accepted), Cause::secret_unreadable);
    }
    EXPECT_EQ(present(*ledger, 1, PresentationResult::accepted), Cause::ok);
    EXPECT_EQ(value_of(ledger->spray_brake("contoso")).newest.size(), 2U) << "the refusal is not lost";
}

TEST_F(DurableBrake, does_not_forget_what_was_left_without_an_answer_by_a_clock_that_is_set_forward) {
    auto ledger = open();
    for (int user = 0; user < 5; ++user) {
        EXPECT_EQ(present(*ledger, user, PresentationResult::unanswered), Cause::ok);
    }
    clock_.set(clock_.now() + std::chrono::hours(24 * 365));
    EXPECT_EQ(present(*ledger, 5, PresentationResult::refused), Cause::presentation_withheld);
    clock_.advance(61min);
    EXPECT_EQ(present(*ledger, 5, PresentationResult::refused), Cause::ok);
}

TEST_F(DurableBrake, writes_each_individual_password_down_however_proven_it_is) {
    auto ledger = open();
    EXPECT_EQ(present(*ledger, 0, PresentationResult::accepted), Cause::ok);
    const auto again = permit(*ledger, of(0));
    EXPECT_EQ(value_of(open()->spray_brake("contoso")).under_way.size(), 1U);
    EXPECT_TRUE(value_of(open()->snapshot("own-0")).outstanding);
}

TEST_F(DurableBrake, sends_nothing_that_it_cannot_write) {
    auto ledger = open();
    const Broken broken(directory_.path());
    EXPECT_EQ(present(*ledger, 0, PresentationResult::accepted), Cause::secret_unreadable);
}

TEST_F(DurableBrake, lets_the_accounts_of_tables_go_while_it_is_on) {
    auto ledger = open();
    for (int user = 0; user < 5; ++user) {
        present(*ledger, user, PresentationResult::refused);
    }
    permit(*ledger, by_handshake()).finish(PresentationResult::accepted, "");
}

TEST_F(DurableBrake, never_has_more_than_five_accounts_refused_by_many_threads) {
    auto ledger = open();
    EXPECT_EQ(present(*ledger, 1000, PresentationResult::accepted), Cause::ok);
    std::atomic<int> refused = 0;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 8; ++thread) {
            threads.emplace_back([&, thread] {
                for (int user = thread; user < 64; user += 8) {
                    auto given = ledger->begin(of(user), patient());
                    if (given) {
                        ++refused;
                        given->finish(PresentationResult::refused, "");
                    }
                }
            });
        }
    }
    EXPECT_EQ(refused, 5);
}

} // namespace
} // namespace mailpreflight::store
