#include "core/guard.hpp"

#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

#include <array>
#include <map>
#include <set>

namespace mailpreflight::core {
namespace {

const Door ews{"contoso", "ews"};
const Door owa{"contoso", "owa"};
const Door other_ews{"fabrikam", "ews"};

constexpr PresentationResult accepted = PresentationResult::accepted;
constexpr PresentationResult refused = PresentationResult::refused;
constexpr PresentationResult unanswered = PresentationResult::unanswered;
constexpr PresentationResult not_sent = PresentationResult::not_sent;

AccountLedger of_a_known_account() {
    AccountLedger ledger;
    ledger.known = true;
    return ledger;
}

/// One account with its ledger, as the store would keep it.
struct Account {
    GuardPolicy policy;
    AccountLedger ledger = of_a_known_account();
    base::SystemTime now = noon;
    std::string secret = "first";

    [[nodiscard]] Presentation to(const Door& door, bool proving) const {
        return {.account = "migadmin",
                .fingerprint = secret,
                .door = door,
                .proving = proving,
                .handshake = door.name != "owa"};
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
    std::optional<Cause> present(const Door& door, PresentationResult result, Cause meant = Cause::credential_refused) {
        const Presentation presentation = to(door, true);
        const auto grant = may_present(ledger, presentation, policy, now);
        if (!grant) {
            return grant.error().cause;
        }
        if (!grant->proven) {
            ledger = begun(settle(ledger, policy, now), presentation, now);
        }
        ledger = finished(ledger,
                          presentation,
                          !grant->proven,
                          PresentationEnding{result, "401 after NTLM type 3", meant},
                          policy,
                          now);
        return std::nullopt;
    }

    /// What was in flight as proven comes to its end.
    void end(const Presentation& presentation, PresentationResult result) {
        ledger = finished(ledger, presentation, false, PresentationEnding{result, "401 after Basic"}, policy, now);
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

TEST(Guard, suspects_nothing_where_a_token_endpoint_says_why_it_refuses) {
    const Door tokens{"contoso", "oauth"};
    const Door other_tokens{"fabrikam", "oauth"};
    Account account;
    account.present(tokens, accepted);
    account.present(other_tokens, accepted);
    account.now += 1min;
    account.present(tokens, refused);
    EXPECT_EQ(account.held_back(tokens), Cause::credential_parked);
    EXPECT_EQ(account.held_back(other_tokens), Cause::credential_parked);
    EXPECT_EQ(account.ledger.refusals.size(), 1U);
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
    EXPECT_EQ(account.ledger.parked_at, std::nullopt);
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld) << "two were refused today";
    account.now += 24h;
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
    account.end(account.to(ews, true), accepted);
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld);
}

TEST(Guard, keeps_a_door_parked_when_what_was_sent_before_is_accepted_late) {
    Account account;
    account.present(ews, accepted);
    account.now += 1s;
    account.present(owa, refused);
    account.end(account.to(owa, true), accepted);
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
    account.end(old, accepted);
    EXPECT_FALSE(is_proven(account.ledger, "second", account.policy, account.now));
    account.end(old, refused);
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
    account.now = noon + 75min;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, does_not_lose_a_crash_when_the_next_presentation_begins_unsettled) {
    Account account;
    account.policy.lockout_threshold = 5;
    account.ledger = begun(account.ledger, account.to(ews, true), account.now);
    account.now += 20min;
    account.ledger = begun(account.ledger, account.to(ews, true), account.now);
    EXPECT_EQ(account.ledger.unanswered, (std::vector<UntoldPresentation>{{ews, noon + 15min}}));
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

TEST(Guard, leaves_one_wrong_password_to_ledgers_it_does_not_see_until_one_was_accepted_here) {
    Account account;
    account.ledger = {};
    account.policy.most_refusals_a_day = 3;
    account.present(ews, refused);
    account.secret = "second";
    account.now += 1min;
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld);
    EXPECT_EQ(account.wait(ews), base::Duration(59min));
    EXPECT_FALSE(account.retry());
    account.now = noon + 60min;
    EXPECT_EQ(account.present(ews, accepted), goes);
    account.now += 1min;
    account.present(ews, refused);
    account.now += 1min;
    EXPECT_EQ(account.held_back(ews), goes) << "the acceptance ended the directory's count";
}

TEST(Guard, takes_a_declared_threshold_for_room_enough_to_correct_a_new_accounts_password) {
    Account account;
    account.ledger = {};
    account.policy.lockout_threshold = 4;
    account.present(ews, refused);
    account.secret = "second";
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, knows_an_account_by_any_secret_that_was_accepted) {
    Account account;
    account.ledger = {};
    account.present(ews, accepted);
    account.secret = "second";
    account.present(ews, refused);
    account.secret = "third";
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
    account.present(ews, refused, Cause::account_locked);
    account.secret = "second";
    account.now += 59min;
    EXPECT_EQ(account.held_back(ews), Cause::account_locked);
    EXPECT_EQ(account.wait(ews), base::Duration(1min));
    EXPECT_FALSE(account.retry());
    account.now += 1min;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, gives_a_locked_account_one_try_after_its_window_and_parks_it_when_it_is_still_locked) {
    Account account;
    account.present(ews, refused, Cause::account_locked);
    account.now += 60min;
    EXPECT_EQ(account.present(ews, refused, Cause::account_locked), goes);
    account.now += 48h;
    EXPECT_EQ(account.held_back(ews), Cause::account_locked) << "no other one until somebody says so";
    EXPECT_TRUE(account.retry());
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, goes_on_by_itself_when_a_locked_account_was_unlocked) {
    Account account;
    account.present(ews, accepted);
    account.present(ews, refused, Cause::account_locked);
    EXPECT_FALSE(is_proven(account.ledger, account.secret, account.policy, account.now));
    account.now += 60min;
    EXPECT_EQ(account.present(ews, accepted), goes);
    EXPECT_TRUE(account.goes_as_proven(ews));
}

TEST(Guard, keeps_telling_why_the_server_refused_as_long_as_it_is_parked) {
    Account account;
    account.present(owa, refused, Cause::password_expired);
    EXPECT_EQ(account.held_back(owa), Cause::password_expired);
    EXPECT_EQ(account.held_back(ews), Cause::password_expired);
    Account with_ews;
    with_ews.present(ews, accepted);
    with_ews.present(owa, refused, Cause::password_expired);
    EXPECT_EQ(with_ews.held_back(owa), Cause::password_expired);
    EXPECT_EQ(with_ews.held_back(ews), goes) << "the door alone is parked";
}

TEST(Guard, takes_no_second_look_at_a_door_that_says_more_than_no) {
    Account account;
    account.present(ews, accepted);
    account.now += 1s;
    account.present(ews, refused, Cause::password_expired);
    EXPECT_EQ(account.held_back(ews), Cause::password_expired);
}

TEST(Guard, does_not_park_the_account_for_two_doors_that_refused_by_themselves_weeks_apart) {
    Account account;
    account.present(ews, accepted);
    account.present(owa, refused);
    account.now += 24h * 21;
    account.present(ews, accepted);
    account.now += 1s;
    account.present(Door{"fabrikam", "owa"}, refused);
    EXPECT_EQ(account.held_back(owa), Cause::credential_parked);
    EXPECT_EQ(account.held_back(Door{"fabrikam", "owa"}), Cause::credential_parked);
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, finds_a_refused_secret_parked_when_it_is_brought_back) {
    Account account;
    account.present(ews, refused);
    account.secret = "second";
    account.now += 1min;
    account.present(ews, accepted);
    account.secret = "first";
    account.now += 25h;
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked);
    EXPECT_TRUE(account.retry());
    EXPECT_EQ(account.held_back(ews), goes) << "unless an operator knows better";
}

TEST(Guard, remembers_the_last_refusal_whatever_the_secret) {
    Account account;
    account.present(owa, refused, Cause::password_expired);
    account.secret = "second";
    account.now += 1min;
    account.present(ews, accepted);
    EXPECT_EQ(account.ledger.last_refusal, (Refusal{owa, noon, "401 after NTLM type 3", Cause::password_expired}));
}

TEST(Guard, holds_the_ceiling_of_the_day_for_what_is_proven_too) {
    Account account;
    account.present(ews, refused);
    account.secret = "second";
    account.present(ews, accepted);
    account.now += 2h;
    account.present(ews, accepted);
    account.now += 1min;
    account.present(ews, refused);
    account.now += 1min;
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld) << "the look would be the third";
    EXPECT_EQ(account.held_back(owa), Cause::presentation_withheld);
}

TEST(Guard, keeps_force_until_something_was_sent) {
    Account account;
    account.present(ews, refused);
    account.retry();
    account.present(ews, refused);
    ASSERT_TRUE(account.retry(true));
    EXPECT_EQ(account.present(ews, not_sent), goes) << "the server was down";
    EXPECT_EQ(account.present(ews, refused), goes);
    EXPECT_EQ(account.held_back(ews), Cause::credential_parked);
}

TEST(Guard, takes_force_for_spent_when_the_answer_was_lost_or_its_program_died) {
    for (const bool crash : {false, true}) {
        Account account;
        account.present(ews, refused);
        account.retry();
        account.present(ews, refused);
        account.retry(true);
        if (crash) {
            account.crash_presenting(ews);
            account.ledger = settle(account.ledger, account.policy, account.now);
        } else {
            account.present(ews, unanswered);
        }
        EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld);
    }
}

TEST(Guard, forgives_the_refusals_of_the_day_when_a_forced_presentation_is_accepted) {
    Account account;
    account.present(ews, refused);
    account.retry();
    account.present(ews, refused);
    account.secret = "second";
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld);
    account.retry(true);
    account.present(ews, accepted);
    EXPECT_TRUE(account.goes_as_proven(ews));
    EXPECT_EQ(room(account.ledger, account.policy, account.now), 1U);
}

TEST(Guard, does_not_retry_what_the_directory_may_be_counting) {
    Account account;
    account.present(ews, unanswered);
    EXPECT_FALSE(account.retry()) << "it would be a second one in the window";
    EXPECT_TRUE(account.retry(true));
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, leaves_a_proven_account_as_it_is_when_somebody_says_retry) {
    Account account;
    account.present(ews, accepted);
    EXPECT_TRUE(account.retry());
    EXPECT_TRUE(account.goes_as_proven(ews));
}

TEST(Guard, counts_what_was_lost_in_flight_although_it_was_proven) {
    Account account;
    account.present(ews, accepted);
    account.now += 1s;
    account.present(ews, unanswered);
    EXPECT_EQ(account.held_back(ews), goes);
    EXPECT_FALSE(account.goes_as_proven(ews)) << "one at a time";
    account.present(ews, unanswered);
    EXPECT_EQ(account.held_back(ews), Cause::presentation_withheld) << "a third bad password would lock";
    EXPECT_EQ(account.wait(ews), base::Duration(60min));
}

TEST(Guard, takes_what_a_server_let_in_before_a_refusal_for_revoked) {
    Account account;
    account.present(ews, accepted);
    EXPECT_FALSE(revoked(account.ledger, account.to(ews, false), account.policy, account.now));
    account.now += 1s;
    account.present(ews, refused);
    EXPECT_EQ(revoked(account.ledger, account.to(ews, false), account.policy, account.now)->cause,
              Cause::presentation_withheld);
    account.now += 1min;
    account.present(ews, refused);
    EXPECT_EQ(revoked(account.ledger, account.to(owa, false), account.policy, account.now)->cause,
              Cause::credential_parked);
}

struct Bearing {
    int threshold;
    std::size_t in_flight;
};

TEST(Guard, lets_half_of_what_the_directory_bears_be_in_flight) {
    for (const Bearing row : {Bearing{1, 1}, {2, 1}, {3, 1}, {5, 2}, {10, 4}, {50, 8}}) {
        Account account;
        account.policy.lockout_threshold = row.threshold;
        EXPECT_EQ(room(account.ledger, account.policy, account.now), row.in_flight) << row.threshold;
    }
}

TEST(Guard, gives_less_room_where_the_directory_may_be_counting_already) {
    Account account;
    account.policy.lockout_threshold = 5;
    account.present(ews, accepted);
    account.present(owa, refused);
    EXPECT_EQ(room(account.ledger, account.policy, account.now), 1U) << "one more today";
    account.now += 24h;
    EXPECT_EQ(room(account.ledger, account.policy, account.now), 2U);
    for (int i = 0; i < 3; ++i) {
        account.ledger = lost(account.ledger, ews, account.now);
    }
    EXPECT_EQ(room(account.ledger, account.policy, account.now), 1U);
    account.ledger = lost(account.ledger, ews, account.now);
    EXPECT_EQ(room(account.ledger, account.policy, account.now), 0U);
}

TEST(Guard, does_not_let_the_day_pass_by_a_clock_that_is_set_forward) {
    Account account;
    account.present(ews, refused);
    account.retry();
    account.present(ews, refused);
    account.secret = "second";
    for (const base::Duration step : {base::Duration(1h), base::Duration(25h), base::Duration(24h * 365)}) {
        Account later = account;
        later.now += step;
        later.ledger = after_clock_step(later.ledger, step);
        EXPECT_EQ(later.held_back(ews), Cause::presentation_withheld);
        EXPECT_EQ(later.wait(ews), base::Duration(24h));
    }
}

TEST(Guard, does_not_keep_a_proof_young_by_a_clock_that_is_set_back) {
    Account account;
    account.present(ews, accepted);
    account.now += 20min - 1h;
    account.ledger = after_clock_step(account.ledger, -1h);
    EXPECT_FALSE(account.goes_as_proven(ews));
    EXPECT_FALSE(is_proven(account.ledger, account.secret, account.policy, account.now));
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
    account.present(ews, refused, Cause::account_locked);
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

TEST(Guard, leaves_an_account_alone_that_a_directory_calls_locked) {
    Account account;
    account.present(ews, accepted);
    account.ledger = heard_from_directory(account.ledger, true, account.now);
    EXPECT_EQ(account.held_back(ews), Cause::account_locked) << "although it was proven a moment ago";
    EXPECT_EQ(account.held_back(other_ews), Cause::account_locked);
    account.ledger = heard_from_directory(account.ledger, false, account.now);
    EXPECT_EQ(account.held_back(ews), std::nullopt) << "nobody was refused: nothing is parked";
    account.ledger = heard_from_directory(account.ledger, true, account.now);
    account.now += account.policy.lockout_window;
    EXPECT_EQ(account.held_back(ews), std::nullopt);
}

TEST(Guard, does_not_unpark_by_the_word_of_a_directory) {
    Account account;
    account.present(ews, refused);
    const auto parked = account.held_back(ews);
    EXPECT_NE(parked, std::nullopt);
    account.ledger = heard_from_directory(account.ledger, false, account.now);
    EXPECT_EQ(account.held_back(ews), parked);
}

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
    account.present(ews, refused, Cause::account_locked);
    account.secret = "second";
    account.now -= 24h * 365;
    EXPECT_EQ(account.held_back(ews), Cause::account_locked);
    account.ledger = settle(account.ledger, account.policy, account.now);
    account.now += 60min;
    EXPECT_EQ(account.held_back(ews), goes);
}

TEST(Guard, parks_one_address_of_several_alone_though_the_proof_lapsed_while_it_was_visited) {
    const Door one{"contoso", "ews@192.0.2.8"};
    Account account;
    account.present(ews, accepted);
    account.now += 15min;
    account.present(one, refused);
    EXPECT_FALSE(account.ledger.parked_at);
    EXPECT_EQ(account.held_back(one), Cause::credential_parked);
    EXPECT_EQ(account.held_back(ews), goes);
    account.present(ews, refused);
    EXPECT_TRUE(account.ledger.parked_at) << "two doors";
}

TEST(Guard, parks_the_account_where_an_address_refuses_what_nothing_else_proves) {
    Account account;
    account.present(ews, accepted);
    account.now += 15min + 5min;
    account.present(Door{"contoso", "ews@192.0.2.8"}, refused);
    EXPECT_TRUE(account.ledger.parked_at);
}

TEST(Guard, forgets_a_door_that_accepted_nothing_for_a_day_and_none_that_refuses) {
    Account account;
    account.present(ews, accepted);
    account.present(owa, accepted);
    account.now += 1min;
    account.present(owa, refused);
    account.now += 24h;
    account.ledger = settle(account.ledger, account.policy, account.now);
    EXPECT_FALSE(account.ledger.doors.contains(ews));
    EXPECT_TRUE(account.ledger.doors.contains(owa));
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

/// Active Directory's count of bad passwords of one account (owa-and-auth.md 9.1), with a server's cache of logons
/// before it (9.3). Lives by the true time, whatever our clock says.
struct Directory {
    base::Duration window{30min};
    int threshold = 3;
    std::string password = "right";
    int bad = 1; ///< ours alone, and one of a `probe` before the ledger began
    std::optional<base::SystemTime> last_bad = noon;
    std::optional<base::SystemTime> locked_by_somebody;
    std::map<Door, std::pair<std::string, base::SystemTime>> cached;

    [[nodiscard]] bool is_locked(base::SystemTime now) const {
        return locked_by_somebody && now - *locked_by_somebody < window;
    }

    bool logs_on(const Door& door, const std::string& presented, base::SystemTime now) {
        if (const auto known = cached.find(door); door.name == "owa" && known != cached.end() &&
                                                  known->second.first == presented &&
                                                  now - known->second.second < 15min) {
            return true; // the directory is not asked, and its count stays
        }
        if (presented == password) {
            if (is_locked(now)) {
                return false;
            }
            bad = 0;
            cached[door] = {presented, now};
            return true;
        }
        bad = last_bad && now - *last_bad <= window ? bad + 1 : 1;
        last_bad = now;
        return false;
    }
};

/// What may happen to an account in any order. Each begins, answers or loses one presentation of one of many lanes.
enum class Act {
    begin,
    begin_and_answer,
    arrive,
    answer,
    lose,
    nothing_sent,
    die,
    change_password,
    change_back,
    new_secret,
    lock_by_somebody,
    retry,
    clock_forward,
    clock_back,
    wait
};
constexpr std::array act_names{"begin",
                               "begin and answer",
                               "arrive",
                               "answer",
                               "lose",
                               "nothing sent",
                               "die",
                               "change password",
                               "change back",
                               "new secret",
                               "lock by somebody",
                               "retry",
                               "clock forward",
                               "clock back",
                               "wait"};

struct Step {
    Act act;
    int which; ///< door, presentation in flight, secret
    base::Duration then;
};

void showValue(const Step& step, std::ostream& out) {
    out << act_names.at(static_cast<std::size_t>(step.act)) << " " << step.which << ", then "
        << base::to_text(step.then);
}

rc::Gen<Step> any_step() {
    using rc::gen::element;
    return rc::gen::construct<Step>(rc::gen::weightedElement<Act>({{6, Act::begin},
                                                                   {6, Act::begin_and_answer},
                                                                   {2, Act::arrive},
                                                                   {6, Act::answer},
                                                                   {3, Act::lose},
                                                                   {1, Act::nothing_sent},
                                                                   {2, Act::die},
                                                                   {2, Act::change_password},
                                                                   {1, Act::change_back},
                                                                   {2, Act::new_secret},
                                                                   {1, Act::lock_by_somebody},
                                                                   {2, Act::retry},
                                                                   {1, Act::clock_forward},
                                                                   {1, Act::clock_back},
                                                                   {1, Act::wait}}),
                                    rc::gen::inRange(0, 12),
                                    rc::gen::weightedOneOf<base::Duration>(
                                        {{6, element<base::Duration>(0ms, 1ms, 1s, 61s)},
                                         {3, element<base::Duration>(5min, 14min, 16min, 29min, 30min, 31min)},
                                         {1, element<base::Duration>(59min, 60min, 61min, 76min, 3h, 23h, 24h)}}));
}

/// Plays steps against a directory, as the ledger and the lanes of several programs would, and checks after each what
/// must never be.
class Story {
public:
    Story(int threshold, base::Duration window, std::string secret) {
        directory_.threshold = threshold;
        directory_.window = window;
        account_.policy.lockout_threshold = threshold;
        account_.ledger.known = false;
        account_.secret = std::move(secret);
    }

    void play(const Step& step) {
        const auto which = static_cast<std::size_t>(step.which);
        switch (step.act) {
        case Act::begin:
            begin(doors_.at(which % doors_.size()));
            break;
        case Act::begin_and_answer:
            if (begin(doors_.at(which % doors_.size()))) {
                pass(1ms);
                end(flights_.size() - 1, true);
            }
            break;
        case Act::arrive:
            if (!flights_.empty()) {
                arrive(flights_.at(which % flights_.size()));
            }
            break;
        case Act::answer:
        case Act::lose:
            if (!flights_.empty()) {
                end(which % flights_.size(), step.act == Act::answer);
            }
            break;
        case Act::nothing_sent:
            if (!flights_.empty() && !flights_.at(which % flights_.size()).right) {
                finish(which % flights_.size(), PresentationEnding{not_sent, "connection refused"});
            }
            break;
        case Act::die:
            // Proven ones leave the mark of their place, the unproven one is in the ledger.
            for (const Flight& flight : flights_) {
                marks_ += flight.unproven ? 0U : 1U;
            }
            flights_.clear();
            break;
        case Act::change_password:
            directory_.password = secrets_.at(which % secrets_.size());
            break;
        case Act::change_back:
            directory_.password = "right";
            break;
        case Act::new_secret:
            account_.secret = secrets_.at(which % secrets_.size());
            break;
        case Act::lock_by_somebody:
            directory_.locked_by_somebody = now_;
            break;
        case Act::retry:
            if (!unproven_in_flight() && account_.retry()) {
                refused_once_.clear();
            }
            break;
        case Act::clock_forward:
            leap(step.then * 3);
            break;
        case Act::clock_back:
            leap(-step.then * 3);
            break;
        case Act::wait:
            break;
        }
        pass(step.then);
    }

private:
    /// One presentation that the guard let go.
    struct Flight {
        Presentation presentation;
        bool unproven = false;
        base::SystemTime at;
        std::optional<bool> right; ///< once it arrived: what the directory said
    };

    void pass(base::Duration time) {
        now_ += time;
        account_.now += time;
    }

    void leap(base::Duration step) {
        account_.now += step;
        account_.ledger = after_clock_step(account_.ledger, step);
    }

    [[nodiscard]] bool unproven_in_flight() const {
        return std::any_of(flights_.begin(), flights_.end(), [](const Flight& flight) { return flight.unproven; });
    }

    /// As store::Ledger::begin(): false when it must wait or may not go.
    bool begin(const Door& door) {
        const Presentation presentation = account_.to(door, true);
        AccountLedger seen = account_.ledger;
        seen.outstanding.reset();
        const auto grant = may_present(seen, presentation, account_.policy, account_.now);
        if (!grant || flights_.size() >= room(seen, account_.policy, account_.now)) {
            return false;
        }
        for (; marks_ > 0; --marks_) {
            account_.ledger = lost(account_.ledger, {}, account_.now);
            return false;
        }
        if (grant->proven) {
            flights_.push_back({presentation, false, now_, std::nullopt});
            return true;
        }
        if (unproven_in_flight()) {
            return false;
        }
        const AccountLedger settled = settle(account_.ledger, account_.policy, account_.now);
        account_.ledger = settled;
        const auto again = may_present(settled, presentation, account_.policy, account_.now);
        if (!again || again->proven || flights_.size() >= room(settled, account_.policy, account_.now)) {
            return false;
        }
        account_.ledger = begun(settled, presentation, account_.now);
        flights_.push_back({presentation, true, now_, std::nullopt});
        return true;
    }

    void arrive(Flight& flight) {
        if (flight.right || now_ - flight.at > longest_request) {
            return;
        }
        flight.right = directory_.logs_on(flight.presentation.door, flight.presentation.fingerprint, now_);
        RC_ASSERT(directory_.bad < directory_.threshold);
    }

    void end(std::size_t index, bool told) {
        Flight& flight = flights_.at(index);
        arrive(flight);
        if (!told || !flight.right) {
            finish(index, PresentationEnding{unanswered, "connection lost"});
            return;
        }
        const bool says_locked = !*flight.right && directory_.is_locked(now_);
        const std::string secret = flight.presentation.fingerprint;
        const bool right = *flight.right;
        finish(index,
               PresentationEnding{right ? accepted : refused,
                                  right ? "200" : "401",
                                  says_locked ? Cause::account_locked : Cause::credential_refused});
        if (right) {
            refused_once_.erase(secret);
            accepted_once_.insert(secret);
            return;
        }
        refusals_.push_back(now_);
        RC_ASSERT(std::count_if(refusals_.begin(), refusals_.end(), [&](base::SystemTime then) {
                      return now_ - then < 24h;
                  }) <= 2);
        if (!says_locked && !accepted_once_.contains(secret)) {
            RC_ASSERT(refused_once_.insert(secret).second);
        }
    }

    void finish(std::size_t index, const PresentationEnding& ending) {
        const Flight flight = flights_.at(index);
        flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(index));
        account_.ledger =
            finished(account_.ledger, flight.presentation, flight.unproven, ending, account_.policy, account_.now);
    }

    static constexpr base::Duration longest_request = 15min; ///< as configuration allows at most

    const std::array<Door, 4> doors_{ews, owa, Door{"fabrikam", "owa"}, Door{"contoso", "kerberos"}};
    const std::array<std::string, 5> secrets_{"right", "wrong", "also wrong", "changed", "wrong, too"};
    base::SystemTime now_ = noon; ///< the true time
    Account account_;
    Directory directory_;
    std::vector<Flight> flights_;
    std::size_t marks_ = 0;
    std::vector<base::SystemTime> refusals_;
    std::set<std::string> accepted_once_;
    std::set<std::string> refused_once_; ///< and never accepted, nor retried by an operator
};

void play_any_story(int threshold) {
    Story story(threshold,
                *rc::gen::element<base::Duration>(15min, 30min, 60min),
                *rc::gen::element<std::string>("right", "wrong"));
    for (const Step& step : *rc::gen::scale(4.0, rc::gen::container<std::vector<Step>>(any_step()))) {
        story.play(step);
    }
}

RC_GTEST_PROP(GuardProperty, never_locks_an_account_that_locks_after_three_nor_is_refused_three_times_a_day, ()) {
    play_any_story(3);
}

RC_GTEST_PROP(GuardProperty, never_locks_an_account_that_locks_after_five_nor_is_refused_three_times_a_day, ()) {
    play_any_story(5);
}

} // namespace
} // namespace mailpreflight::core
