#include "core/guard.hpp"

#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

const Door ews{"contoso", "ews"};
const Door owa{"contoso", "owa"};
const Door other_ews{"fabrikam", "ews"};

constexpr PresentationResult accepted = PresentationResult::accepted;
constexpr PresentationResult refused = PresentationResult::refused;
constexpr PresentationResult unanswered = PresentationResult::unanswered;
constexpr PresentationResult not_sent = PresentationResult::not_sent;

/// One account with its ledger, as the store would keep it.
struct Account {
    GuardPolicy policy;
    AccountLedger ledger;
    base::SystemTime now = noon;
    std::string secret = "first";

    [[nodiscard]] Presentation to(const Door& door, bool proving) const {
        return {.account = "migadmin", .fingerprint = secret, .door = door, .proving = proving};
    }

    /// Empty when it may go, else what holds it back.
    [[nodiscard]] std::optional<Cause> held_back(const Door& door, bool proving = true) const {
        const auto grant = may_present(ledger, to(door, proving), policy, now);
        return grant ? std::nullopt : std::optional(grant.error().cause);
    }

    [[nodiscard]] std::optional<base::Duration> wait(const Door& door) const {
        const auto grant = may_present(ledger, to(door, true), policy, now);
        return grant ? std::nullopt : grant.error().retry_after;
    }

    [[nodiscard]] bool goes_as_proven(const Door& door) const {
        const auto grant = may_present(ledger, to(door, true), policy, now);
        return grant && grant->proven;
    }

    /// Presents if the guard lets it, and says what held it back otherwise.
    std::optional<Cause> present(const Door& door, PresentationResult result, bool locked = false) {
        const Presentation presentation = to(door, true);
        const auto grant = may_present(ledger, presentation, policy, now);
        if (!grant) {
            return grant.error().cause;
        }
        if (!grant->proven) {
            ledger = begun(settle(ledger, policy, now), presentation, now);
        }
        ledger = finished(ledger, presentation, !grant->proven, result, "401 after NTLM type 3", locked, policy, now);
        return std::nullopt;
    }

    /// Writes that it presents, and dies.
    void crash_presenting(const Door& door) {
        ledger = begun(settle(ledger, policy, now), to(door, true), now);
    }

    bool retry(bool force = false) {
        auto ready = retried(ledger, policy, now, force);
        if (ready) {
            ledger = *std::move(ready);
        }
        return ready.has_value();
    }
};

constexpr std::nullopt_t goes = std::nullopt;

TEST(Guard, presents_a_new_secret_after_writing_it_down) {
    const Account account;
    EXPECT_EQ(account.held_back(ews), goes);
    EXPECT_FALSE(account.goes_as_proven(ews));
}

TEST(Guard, takes_an_accepted_secret_for_proven_at_its_door_for_login_interval) {
    Account account;
    account.present(ews, accepted);
    EXPECT_TRUE(account.goes_as_proven(ews));
    EXPECT_FALSE(account.goes_as_proven(owa)) << "another door has not accepted it";
    account.now += 15min - 1us;
    EXPECT_TRUE(account.goes_as_proven(ews));
    account.now += 1us;
    EXPECT_FALSE(account.goes_as_proven(ews));
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, parks_the_account_at_the_refusal_of_a_secret_that_nothing_accepted) {
    Account account;
    account.present(ews, refused);
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked);
    EXPECT_EQ(account.held_back(owa), Cause::credential_parked);
    account.now += 24h * 400;
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked) << "time alone unparks nothing";
}

TEST(Guard, gives_a_door_that_refuses_what_it_accepted_one_look_after_a_minute) {
    Account account;
    account.present(ews, accepted);
    account.now += 1min;
    account.present(ews, refused);
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld);
    EXPECT_EQ(account.wait(ews), base::Duration(60s));
    account.now += 60s;
    EXPECT_EQ(account.held_back(ews, false), Cause::presentation_withheld) << "the look belongs to the login check";
    EXPECT_EQ(account.held_back(ews), goes);
    EXPECT_FALSE(account.goes_as_proven(ews));
}

TEST(Guard, clears_the_suspicion_when_the_one_look_is_accepted) {
    Account account;
    account.present(ews, accepted);
    account.now += 1min;
    account.present(ews, refused);
    account.now += 1min;
    account.present(ews, accepted);
    EXPECT_TRUE(account.goes_as_proven(ews));
}

TEST(Guard, parks_the_account_when_a_suspect_door_refuses_again) {
    Account account;
    account.present(ews, accepted);
    account.now += 1min;
    account.present(ews, refused);
    account.now += 1min;
    account.present(ews, refused);
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked);
    EXPECT_EQ(account.held_back(owa), Cause::credential_parked);
}

TEST(Guard, parks_only_the_door_when_another_door_accepts_the_secret) {
    Account account;
    account.present(ews, accepted);
    account.now += 1s;
    account.present(owa, refused);
    EXPECT_EQ(account.held_back(owa), Cause::credential_parked);
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, parks_only_the_suspect_door_when_another_door_accepted_since_the_suspicion) {
    Account account;
    account.present(ews, accepted);
    account.present(owa, accepted);
    account.now += 1min;
    account.present(owa, refused);
    account.now += 30s;
    account.present(ews, accepted);
    account.now += 30s;
    account.present(owa, refused);
    EXPECT_EQ(account.held_back(owa), Cause::credential_parked);
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, does_not_take_an_acceptance_from_before_the_suspicion_for_another_doors_word) {
    Account account;
    account.present(ews, accepted);
    account.present(owa, accepted);
    account.now += 1min; // the password is changed
    account.present(owa, refused);
    account.now += 1min;
    account.present(owa, refused);
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked) << "it would be the third bad password";
}

TEST(Guard, parks_the_account_when_two_doors_refuse_and_none_accepts) {
    Account account;
    account.present(ews, accepted);
    account.present(owa, accepted);
    account.now += 1min;
    account.present(owa, refused);
    account.now += 1s;
    account.present(ews, refused);
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked);
    EXPECT_EQ(account.ledger.parked_why, "two doors refused it: 401 after NTLM type 3");
}

TEST(Guard, parks_the_account_when_a_second_door_parks) {
    Account account;
    account.present(ews, accepted);
    account.now += 1s;
    account.present(owa, refused);
    account.now += 1s;
    account.present(ews, accepted);
    account.now += 1s;
    account.present(other_ews, refused);
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked);
}

TEST(Guard, lets_proven_doors_go_one_at_a_time_after_a_refusal_until_one_accepts) {
    Account account;
    account.present(ews, accepted);
    account.present(other_ews, accepted);
    account.now += 1min;
    account.present(other_ews, refused);
    account.now += 1s;
    EXPECT_EQ(account.held_back(ews), goes);
    EXPECT_FALSE(account.goes_as_proven(ews));
    account.present(ews, accepted);
    EXPECT_TRUE(account.goes_as_proven(ews));
}

TEST(Guard, lets_a_proven_door_go_one_at_a_time_while_another_was_left_without_an_answer) {
    Account account;
    account.present(ews, accepted);
    account.now += 1s;
    account.present(owa, unanswered);
    EXPECT_EQ(account.held_back(owa), Cause::presentation_withheld);
    EXPECT_EQ(account.held_back(ews), goes);
    EXPECT_FALSE(account.goes_as_proven(ews));
    account.present(ews, accepted);
    EXPECT_TRUE(account.goes_as_proven(ews));
    EXPECT_EQ(account.held_back(owa), goes);
}

TEST(Guard, keeps_a_suspicion_when_what_was_sent_before_it_is_accepted_late) {
    Account account;
    account.present(ews, accepted);
    account.now += 1min;
    account.present(ews, refused);
    account.ledger =
        finished(account.ledger, account.to(ews, true), false, accepted, "200", false, account.policy, account.now);
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld);
}

TEST(Guard, keeps_a_door_parked_when_what_was_sent_before_is_accepted_late) {
    Account account;
    account.present(ews, accepted);
    account.now += 1s;
    account.present(owa, refused);
    account.ledger =
        finished(account.ledger, account.to(owa, true), false, accepted, "200", false, account.policy, account.now);
    EXPECT_EQ(account.held_back(owa), Cause::credential_parked);
}

TEST(Guard, starts_anew_with_another_secret_but_keeps_the_refusals_of_the_day) {
    Account account;
    account.present(ews, refused);
    account.secret = "second";
    account.now += 1min;
    EXPECT_EQ(account.held_back(ews), goes);
    account.present(ews, refused);
    account.secret = "third";
    account.now += 2h;
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld) << "two were refused today";
    EXPECT_EQ(account.wait(ews), base::Duration(24h - 2h - 1min));
    account.now = noon + 24h;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, does_not_let_an_answer_to_the_old_secret_prove_or_park_the_new_one) {
    Account account;
    const Presentation old = account.to(ews, true);
    account.present(ews, accepted);
    account.secret = "second";
    account.present(ews, unanswered);
    account.ledger = finished(account.ledger, old, false, accepted, "200", false, account.policy, account.now);
    EXPECT_FALSE(is_proven(account.ledger, "second", account.policy, account.now));
    account.ledger = finished(account.ledger, old, false, refused, "401", false, account.policy, account.now);
    EXPECT_EQ(account.ledger.parked_at, std::nullopt);
    EXPECT_EQ(account.ledger.refusals.size(), 1U) << "but the directory counted it";
}

TEST(Guard, takes_a_crash_while_presenting_for_an_unanswered_presentation) {
    Account account;
    account.crash_presenting(ews);
    account.now += 1min;
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld) << "the allowance of the lockout window is spent";
    EXPECT_EQ(settle(account.ledger, account.policy, account.now).parked_at, std::nullopt) << "it parks nothing";
    account.now = noon + 60min;
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld)
        << "it may have left later than it was written down";
    account.now = noon + 70min;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, does_not_lose_a_crash_when_the_next_presentation_begins_unsettled) {
    Account account;
    account.policy.lockout_threshold = 5;
    account.ledger = begun(account.ledger, account.to(ews, true), account.now);
    account.now += 20min;
    account.ledger = begun(account.ledger, account.to(ews, true), account.now);
    EXPECT_EQ(account.ledger.unanswered, (std::vector<base::SystemTime>{noon + 10min}));
}

TEST(Guard, holds_back_for_the_lockout_window_after_no_answer) {
    Account account;
    account.present(ews, unanswered);
    EXPECT_EQ(account.wait(ews), base::Duration(60min));
    account.now += 60min - 1us;
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld);
    account.now += 1us;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, does_not_count_what_was_never_sent) {
    Account account;
    account.present(ews, not_sent);
    EXPECT_EQ(account.held_back(ews), goes);
    EXPECT_EQ(account.ledger.outstanding, std::nullopt);
}

TEST(Guard, counts_as_the_directory_does_from_the_last_bad_password) {
    Account account;
    account.policy.lockout_threshold = 5; // the allowance is 3
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(account.present(ews, unanswered), goes);
        account.now += 50min;
    }
    account.now = noon + 101min; // the first is older than the window, yet the directory counts it
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld);
    account.now = noon + 160min;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, leaves_a_threshold_of_two_its_window_after_one_refusal) {
    Account account;
    account.policy.lockout_threshold = 2;
    account.present(ews, refused);
    account.secret = "second";
    account.now += 1min;
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld);
    account.now = noon + 60min;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, leaves_a_locked_account_alone_for_its_window_even_with_another_secret) {
    Account account;
    account.present(ews, refused, true);
    account.secret = "second";
    account.now += 59min;
    EXPECT_EQ(account.held_back(ews), Cause::account_locked);
    EXPECT_EQ(account.wait(ews), base::Duration(1min));
    EXPECT_FALSE(account.retry());
    account.now += 1min;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, says_of_a_parked_account_that_was_locked_that_it_was_locked) {
    Account account;
    account.present(ews, refused, true);
    account.now += 2h;
    EXPECT_EQ(account.held_back(ews), Cause::account_locked);
    EXPECT_TRUE(account.retry());
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, unparks_for_an_operator_until_two_were_refused_in_a_day) {
    Account account;
    account.present(ews, refused);
    EXPECT_TRUE(account.retry());
    account.now += 1min;
    EXPECT_EQ(account.present(ews, refused), goes);
    EXPECT_FALSE(account.retry());
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked);
}

TEST(Guard, lets_force_go_past_the_ceiling_once) {
    Account account;
    account.present(ews, refused);
    account.retry();
    account.present(ews, refused);
    EXPECT_TRUE(account.retry(true));
    EXPECT_EQ(account.present(ews, refused), goes);
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked);
    EXPECT_FALSE(account.retry());
}

TEST(Guard, goes_on_as_proven_after_a_forced_presentation_was_accepted) {
    Account account;
    account.present(ews, refused);
    account.retry();
    account.present(ews, refused);
    account.now += 1s;
    account.retry(true);
    account.present(ews, accepted);
    EXPECT_TRUE(account.goes_as_proven(ews));
}

TEST(Guard, lets_force_go_at_a_locked_account) {
    Account account;
    account.present(ews, refused, true);
    EXPECT_TRUE(account.retry(true));
    EXPECT_EQ(account.held_back(ews), goes);
}

struct Jump {
    std::string name;
    base::Duration by;
};

class GuardAtAClockJump : public testing::TestWithParam<Jump> {};

TEST_P(GuardAtAClockJump, keeps_what_is_parked) {
    Account account;
    account.present(ews, refused);
    account.now += GetParam().by;
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked);
}

TEST_P(GuardAtAClockJump, takes_no_secret_for_proven) {
    Account account;
    account.present(ews, accepted);
    account.now += GetParam().by;
    EXPECT_FALSE(account.goes_as_proven(ews));
    EXPECT_EQ(account.held_back(ews), goes);
}

INSTANTIATE_TEST_SUITE_P(,
                         GuardAtAClockJump,
                         testing::Values(Jump{"back_a_day", -24h},
                                         Jump{"back_a_year", -24h * 365},
                                         Jump{"forward_a_day", 24h},
                                         Jump{"forward_a_year", 24h * 365}),
                         [](const auto& row) { return row.param.name; });

TEST(Guard, holds_an_unanswered_presentation_back_for_one_window_after_the_clock_was_set_back_a_year) {
    Account account;
    account.present(ews, unanswered);
    account.now -= 24h * 365;
    EXPECT_EQ(account.wait(ews), base::Duration(60min));
    account.ledger = settle(account.ledger, account.policy, account.now);
    account.now += 60min;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, leaves_a_locked_account_alone_for_one_window_after_the_clock_was_set_back_a_year) {
    Account account;
    account.present(ews, refused, true);
    account.secret = "second";
    account.now -= 24h * 365;
    EXPECT_EQ(account.held_back(ews), Cause::account_locked);
    account.ledger = settle(account.ledger, account.policy, account.now);
    account.now += 60min;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, gives_the_suspect_door_its_look_a_minute_after_the_clock_was_set_back_a_day) {
    Account account;
    account.present(ews, accepted);
    account.now += 1min;
    account.present(ews, refused);
    account.now -= 24h;
    account.ledger = settle(account.ledger, account.policy, account.now);
    EXPECT_EQ(account.wait(ews), base::Duration(60s));
    account.now += 60s;
    EXPECT_EQ(account.held_back(ews), goes);
}

/// Active Directory's count of bad passwords of one account (owa-and-auth.md 9.1).
struct Directory {
    base::Duration window;
    int threshold = 3;
    std::string password = "right";
    int bad = 0;
    std::optional<base::SystemTime> last_bad;
    bool locked = false;

    bool logs_on(const std::string& presented, base::SystemTime now) {
        if (presented == password && !locked) {
            bad = 0;
            return true;
        }
        if (presented == password) {
            return false;
        }
        bad = last_bad && now - *last_bad <= window ? bad + 1 : 1;
        last_bad = now;
        locked = locked || bad >= threshold;
        return false;
    }
};

/// What may happen to an account in any order.
enum class Act {
    answered,
    lost,
    nothing_sent,
    crash_after_sending,
    crash_before_sending,
    two_in_flight,
    new_secret,
    retry,
    restart
};

struct Step {
    Act act;
    int door;
    int secret;
    base::Duration then;
};

void showValue(const Step& step, std::ostream& out) {
    static constexpr const char* names[] = {"answered",
                                            "lost",
                                            "nothing sent",
                                            "crash after sending",
                                            "crash before sending",
                                            "two in flight",
                                            "new secret",
                                            "retry",
                                            "restart"};
    out << names[static_cast<int>(step.act)] << " door " << step.door << " secret " << step.secret << ", then "
        << base::to_text(step.then);
}

rc::Gen<Step> any_step() {
    using rc::gen::element;
    return rc::gen::construct<Step>(
        element(Act::answered,
                Act::answered,
                Act::answered,
                Act::lost,
                Act::nothing_sent,
                Act::crash_after_sending,
                Act::crash_before_sending,
                Act::two_in_flight,
                Act::new_secret,
                Act::retry,
                Act::restart),
        rc::gen::inRange(0, 3),
        rc::gen::weightedOneOf<int>({{3, rc::gen::just(0)}, {1, rc::gen::inRange(1, 4)}}),
        element<base::Duration>(
            1ms, 1s, 61s, 5min, 14min, 16min, 29min, 30min, 31min, 59min, 60min, 61min, 70min, 3h, 23h, 24h));
}

/// Plays steps against a directory and checks after each what must never be.
class Story {
public:
    explicit Story(base::Duration window) {
        directory_.window = window;
        account_.secret = secrets_[0];
    }

    void play(const Step& step) {
        const Door& door = doors_[static_cast<std::size_t>(step.door)];
        switch (step.act) {
        case Act::new_secret:
            account_.secret = secrets_[static_cast<std::size_t>(step.secret)];
            break;
        case Act::retry:
            account_.retry();
            break;
        case Act::restart:
            account_.ledger = settle(account_.ledger, account_.policy, account_.now);
            break;
        case Act::two_in_flight:
            present_two(door, doors_[static_cast<std::size_t>(step.secret) % doors_.size()]);
            break;
        case Act::answered:
        case Act::lost:
        case Act::nothing_sent:
        case Act::crash_after_sending:
        case Act::crash_before_sending:
            present(door, step.act);
            break;
        }
        account_.now += step.then;
    }

    /// An administrator gives the account another password.
    void change_password() {
        directory_.password = "changed";
        changed_ = true;
    }

private:
    void present(const Door& door, Act act) {
        const Presentation presentation = account_.to(door, true);
        const bool parked = may_present(account_.ledger, presentation, account_.policy, account_.now).has_value() &&
                            account_.ledger.fingerprint == account_.secret && account_.ledger.parked_at;
        RC_ASSERT(!parked);
        const auto grant = may_present(account_.ledger, presentation, account_.policy, account_.now);
        if (!grant) {
            return;
        }
        if (!grant->proven) {
            account_.ledger = begun(settle(account_.ledger, account_.policy, account_.now), presentation, account_.now);
        } else if (act != Act::nothing_sent) {
            act = Act::answered; // what a proven presentation loses is not counted (6.1)
        }
        account_.now += 5s;
        if (act == Act::crash_before_sending) {
            return;
        }
        if (act == Act::nothing_sent) {
            finish(presentation, !grant->proven, not_sent);
            return;
        }
        const bool accepted_by_directory = log_on();
        account_.now += 1s;
        if (act == Act::answered) {
            finish(presentation, !grant->proven, accepted_by_directory ? accepted : refused);
        } else if (act == Act::lost) {
            finish(presentation, !grant->proven, unanswered);
        }
    }

    /// Two that the guard granted as proven before either was answered.
    void present_two(const Door& one, const Door& other) {
        for (const Door& door : {one, other}) {
            if (!account_.goes_as_proven(door)) {
                return;
            }
        }
        const std::array<bool, 2> results{log_on(), log_on()};
        account_.now += 1s;
        finish(account_.to(one, false), false, results[0] ? accepted : refused);
        account_.now += 1ms;
        finish(account_.to(other, false), false, results[1] ? accepted : refused);
    }

    bool log_on() {
        const bool right = directory_.logs_on(account_.secret, account_.now);
        RC_ASSERT(!directory_.locked);
        return right;
    }

    void finish(const Presentation& presentation, bool unproven, PresentationResult result) {
        account_.ledger =
            finished(account_.ledger, presentation, unproven, result, "401", false, account_.policy, account_.now);
        if (result == refused) {
            refusals_.push_back(account_.now);
            const auto today = std::count_if(
                refusals_.begin(), refusals_.end(), [&](base::SystemTime then) { return account_.now - then < 24h; });
            RC_ASSERT(changed_ || today <= 2);
        }
    }

    const std::array<Door, 3> doors_{ews, owa, other_ews};
    const std::array<std::string, 4> secrets_{"right", "wrong", "also wrong", "changed"};
    Account account_;
    Directory directory_;
    std::vector<base::SystemTime> refusals_;
    bool changed_ = false;
};

RC_GTEST_PROP(GuardProperty, never_locks_an_account_and_never_has_more_than_two_refused_a_day, ()) {
    Story story(*rc::gen::element<base::Duration>(30min, 60min));
    for (const Step& step : *rc::gen::container<std::vector<Step>>(any_step())) {
        story.play(step);
    }
}

RC_GTEST_PROP(GuardProperty, never_locks_an_account_whose_password_is_changed_at_any_time, ()) {
    Story story(*rc::gen::element<base::Duration>(30min, 60min));
    for (const Step& step : *rc::gen::container<std::vector<Step>>(any_step())) {
        story.play(step);
    }
    story.change_password();
    for (const Step& step : *rc::gen::container<std::vector<Step>>(any_step())) {
        story.play(step);
    }
}

} // namespace
} // namespace mailpreflight::core
