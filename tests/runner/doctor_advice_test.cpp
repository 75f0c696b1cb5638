#include "runner/doctor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailpreflight::runner {
namespace {

using namespace std::chrono_literals;
using core::State;
using testing::HasSubstr;

const base::SystemTime noon = base::parse_rfc3339("2026-12-05T12:00:00Z").value();

/// All that is said, and the worst state.
struct Said {
    std::string text;
    std::string remedies;
    State state = State::pass;
};

Said all_of(const std::vector<Advice>& advice) {
    Said said;
    for (const Advice& one : advice) {
        said.text += one.text + "\n";
        said.remedies += one.remedy + "\n";
        said.state = one.state == State::pass ? said.state : one.state;
    }
    return said;
}

config::Account named(const std::string& username) {
    config::Account account{.name = "migadmin"};
    account.username = username;
    return account;
}

checks::LogonHints contoso() {
    checks::LogonHints hints;
    hints.ews_status = 401;
    hints.offers = {"negotiate", "ntlm"};
    hints.ntlm = http::NtlmTarget{"CONTOSO", "contoso.example", "EX01.contoso.example"};
    hints.owa_status = 200;
    hints.owa_has_form = true;
    hints.owa_label = "Domain\\user name:";
    return hints;
}

TEST(DoctorOnUserNames, is_content_with_the_servers_own_domain) {
    for (const char* const name : {"CONTOSO\\migadmin", "contoso.example\\migadmin", "migadmin@contoso.example"}) {
        EXPECT_EQ(all_of(advice_on_user_name(named(name), contoso())).state, State::pass) << name;
    }
}

TEST(DoctorOnUserNames, doubts_another_domain_and_says_how_it_would_be_written) {
    const Said said = all_of(advice_on_user_name(named("FABRIKAM\\migadmin"), contoso()));
    EXPECT_EQ(said.state, State::warn);
    EXPECT_THAT(said.text, HasSubstr("of the domain FABRIKAM, the server of CONTOSO"));
    EXPECT_THAT(said.remedies, HasSubstr("username = 'CONTOSO\\migadmin'"));
}

TEST(DoctorOnUserNames, doubts_a_bare_name) {
    const Said said = all_of(advice_on_user_name(named("migadmin"), contoso()));
    EXPECT_EQ(said.state, State::warn);
    EXPECT_THAT(said.text, HasSubstr("has no domain"));
    EXPECT_THAT(said.remedies, HasSubstr("username = 'CONTOSO\\migadmin'"));
}

TEST(DoctorOnUserNames, does_not_doubt_another_suffix_of_a_principal_name) {
    const Said said = all_of(advice_on_user_name(named("migadmin@contoso.com"), contoso()));
    EXPECT_EQ(said.state, State::pass);
    EXPECT_THAT(said.text, HasSubstr("userPrincipalName"));
}

TEST(DoctorOnUserNames, reads_the_label_of_a_form_by_what_is_the_same_in_every_language) {
    checks::LogonHints hints;
    hints.owa_label = "Domäne\\Benutzername:";
    EXPECT_EQ(all_of(advice_on_user_name(named("CONTOSO\\migadmin"), hints)).state, State::pass);
    EXPECT_EQ(all_of(advice_on_user_name(named("migadmin"), hints)).state, State::warn);
    hints.owa_label = "E-Mail-Adresse:";
    EXPECT_EQ(all_of(advice_on_user_name(named("migadmin@contoso.example"), hints)).state, State::pass);
    EXPECT_EQ(all_of(advice_on_user_name(named("CONTOSO\\migadmin"), hints)).state, State::warn);
    hints.owa_label = "User name:";
    EXPECT_THAT(all_of(advice_on_user_name(named("CONTOSO\\migadmin"), hints)).text, HasSubstr("bare name"));
}

TEST(DoctorOnUserNames, says_that_nothing_was_told) {
    EXPECT_EQ(all_of(advice_on_user_name(named("CONTOSO\\migadmin"), {})).state, State::unknown);
}

TEST(DoctorOnOffers, tells_the_way_that_would_be_used) {
    const Said said = all_of(advice_on_offers(http::Scheme::automatic, {.password = true}, contoso(), {}));
    EXPECT_EQ(said.state, State::pass);
    EXPECT_THAT(said.text, HasSubstr("offers negotiate, ntlm. With auth = \"auto\" we would log in by ntlm"));
}

TEST(DoctorOnOffers, tells_a_configuration_that_fits_none_of_them) {
    const Said said = all_of(advice_on_offers(http::Scheme::basic, {.password = true}, contoso(), {}));
    EXPECT_EQ(said.state, State::fail);
    EXPECT_THAT(said.text, HasSubstr("of which auth = \"basic\" and an account with a password can do none"));
    EXPECT_THAT(said.remedies, HasSubstr("auth = \"auto\""));
}

TEST(DoctorOnOffers, tells_kerberos_that_is_configured_and_not_offered) {
    checks::LogonHints hints = contoso();
    hints.offers = {"ntlm"};
    EXPECT_EQ(all_of(advice_on_offers(http::Scheme::automatic, {.kerberos = true, .password = true}, hints, {})).state,
              State::warn);
}

TEST(DoctorOnOffers, tells_what_stands_where_a_login_should_be_asked_for) {
    checks::LogonHints hints = contoso();
    hints.ews_status = 404;
    hints.ews_cause = core::Cause::wrong_url;
    hints.owa_has_form = false;
    hints.owa_status = 302;
    hints.owa_front_door = "AD FS";
    hints.owa_leads_to = "adfs.contoso.example";
    const Said said = all_of(advice_on_offers(http::Scheme::automatic, {.password = true}, hints, {}));
    EXPECT_EQ(said.state, State::fail);
    EXPECT_THAT(said.text, HasSubstr("EWS answers 404"));
    EXPECT_THAT(said.text, HasSubstr("AD FS stands before OWA at adfs.contoso.example; nothing is ever posted there"));
}

TEST(DoctorOnOffers, tells_an_owa_without_its_form) {
    checks::LogonHints hints = contoso();
    hints.owa_has_form = false;
    hints.owa_status = 401;
    hints.owa_offers = {"negotiate"};
    EXPECT_EQ(all_of(advice_on_offers(http::Scheme::automatic, {.password = true}, hints, {})).state, State::warn);
}

TEST(DoctorOnTheGuard, says_that_a_login_may_go) {
    const Advice advice = advice_on_guard("migadmin", "f1", {}, {}, noon);
    EXPECT_EQ(advice.state, State::pass);
    EXPECT_THAT(advice.text, HasSubstr("not accepted by any door"));
    EXPECT_THAT(advice.text, HasSubstr("A login may go now"));
}

TEST(DoctorOnTheGuard, says_why_nothing_goes_and_until_when) {
    core::AccountLedger ledger{.fingerprint = "f1"};
    ledger.unanswered = {{{"contoso", "ews"}, noon - 10min}};
    const Advice waits = advice_on_guard("migadmin", "f1", ledger, {}, noon);
    EXPECT_EQ(waits.state, State::unknown);
    EXPECT_THAT(waits.text, HasSubstr("The next may go at 2026-12-05T12:50:00.000Z"));

    ledger.parked_at = noon - 1h;
    ledger.parked_why = "401 after NTLM type 3";
    const Advice parked = advice_on_guard("migadmin", "f1", ledger, {}, noon);
    EXPECT_EQ(parked.state, State::fail);
    EXPECT_THAT(parked.text, HasSubstr("401 after NTLM type 3"));
    EXPECT_THAT(parked.remedy, HasSubstr("credential retry migadmin"));
    EXPECT_EQ(advice_on_guard("migadmin", "f2", ledger, {}, noon + 1h).state, State::pass) << "another secret";
}

TEST(DoctorOnTheClock, bears_what_kerberos_bears) {
    EXPECT_EQ(advice_on_clock(1s).state, State::pass);
    EXPECT_THAT(advice_on_clock(-90s).text, HasSubstr("1m30s behind ours"));
    EXPECT_EQ(advice_on_clock(-90s).state, State::pass);
    EXPECT_EQ(advice_on_clock(6min).state, State::warn);
}

} // namespace
} // namespace mailpreflight::runner
