#include "store/ledger.hpp"

#include "tests/store/examples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    return {.account = "migadmin", .fingerprint = "f1", .door = door, .proving = true};
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

    EXPECT_EQ(kept(*other_program).outstanding, (core::OutstandingPresentation{ews, noon}));
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

    const auto first = permit(*ledger, by_handshake());
    const auto second = permit(*ledger, by_handshake());
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

    EXPECT_EQ(kept(*ledger).unanswered, std::vector{noon});
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

struct Room {
    std::string name;
    std::optional<int> declared_threshold;
    std::size_t in_flight;
};

void PrintTo(const Room& row, std::ostream* out) {
    *out << row.name;
}

class PresentationsInFlight : public DurableGuard, public testing::WithParamInterface<Room> {};

TEST_P(PresentationsInFlight, are_as_many_as_the_lockout_threshold_bears) {
    core::GuardPolicy policy;
    if (GetParam().declared_threshold) {
        policy.lockout_threshold = *GetParam().declared_threshold;
        policy.threshold_declared = true;
    }
    auto ledger = open({{"migadmin", policy}});
    prove(*ledger);
    std::vector<core::Permit> permits;
    for (std::size_t i = 0; i < GetParam().in_flight; ++i) {
        permits.push_back(permit(*ledger, by_request()));
    }

    EXPECT_EQ(cause_of(ledger->begin(by_request(), soon())), Cause::presentation_withheld);
    EXPECT_EQ(cause_of(ledger->begin(by_handshake(), soon())), Cause::presentation_withheld);
    permits.back().finish(PresentationResult::accepted, "");
    EXPECT_EQ(cause_of(ledger->begin(by_request(), soon())), Cause::ok);
}

INSTANTIATE_TEST_SUITE_P(Thresholds,
                         PresentationsInFlight,
                         testing::Values(Room{"undeclared", std::nullopt, 2},
                                         Room{"two", 2, 1},
                                         Room{"one", 1, 1},
                                         Room{"five", 5, 4},
                                         Room{"fifty", 50, 8}),
                         [](const testing::TestParamInfo<Room>& row) { return row.param.name; });

TEST_F(DurableGuard, cancels_the_requests_that_wait_for_room_at_the_first_refusal) {
    auto ledger = open();
    prove(*ledger);
    auto first = permit(*ledger, by_request());
    const auto second = permit(*ledger, by_request());
    std::optional<core::Outcome<core::Permit>> third;
    {
        const std::jthread waiting([&] { third.emplace(ledger->begin(by_request(), patient())); });
        first.finish(PresentationResult::refused, "401 after Basic");
    }
    EXPECT_EQ(cause_of(*third), Cause::presentation_withheld); // the door is suspect
    EXPECT_EQ(kept(*ledger).doors.at(ews).suspect_since, noon);
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
    lenient.threshold_declared = true;
    auto ledger = open({{"migadmin", lenient}});
    auto other_program = open({{"migadmin", lenient}});
    prove(*ledger);
    std::vector<core::Permit> permits;
    for (int i = 0; i < 16; ++i) {
        permits.push_back(permit(i % 2 == 0 ? *ledger : *other_program, by_handshake()));
    }
    {
        std::vector<std::jthread> threads;
        for (core::Permit& permission : permits) {
            threads.emplace_back([&permission] { permission.finish(PresentationResult::refused, "401"); });
        }
    }
    EXPECT_EQ(kept(*ledger).refusals.size(), 16U);
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

TEST_F(DurableGuard, lets_an_operator_try_a_parked_account_once_more_up_to_the_ceiling_of_the_day) {
    auto ledger = open();
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
    ledger->set_policies({{"migadmin", quick}});

    EXPECT_FALSE(ledger->is_proven("migadmin", "f1"));
}

TEST_F(DurableGuard, refuses_a_ledger_of_a_newer_version) {
    open();
    auto side = value_of(Database::open(directory_.path() / "ledger.db"));
    ASSERT_TRUE(side.execute("PRAGMA user_version = 9"));

    EXPECT_THAT(problem_of(Ledger::open(directory_.path(), {}, clock_)),
                HasSubstr("written by a newer mailpreflight (schema 9, this one knows 1)"));
}

} // namespace
} // namespace mailpreflight::store
