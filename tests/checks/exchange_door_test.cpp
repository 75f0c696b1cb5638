#include "tests/checks/bench.hpp"

namespace mailpreflight::checks {
namespace {

using core::Cause;
using core::Check;

/// A source that is configured as https://HOST/exchange.
class ExchangeDoorChecks : public ChecksTest {
protected:
    ExchangeDoorChecks() {
        server([](simulator::ServerSettings& server) { server.version = *simulator::find_version_profile("2003"); });
        exchange_->with_state([](simulator::State& state) {
            state.organisation.full_access.push_back({.account = "CONTOSO\\migadmin", .mailboxes = {anna}});
        });
    }

    void server(const std::function<void(simulator::ServerSettings&)>& change) {
        exchange_->with_state([&](simulator::State& state) { change(state.server); });
    }

    std::unique_ptr<Access> exchange(const std::string& password = "Correct-Horse-7",
                                     http::Scheme scheme = http::Scheme::automatic,
                                     const std::string& username = "CONTOSO\\migadmin") {
        net::Target target{"localhost", exchange_->port(), {}};
        target.tls.ca_file = exchange_->ca_file();
        SourceEndpoints endpoints;
        endpoints.source = "contoso";
        endpoints.owa = target;
        endpoints.owa_path = "/exchange";
        endpoints.user_agent = "mailpreflight-test/1";
        endpoints.scheme = scheme;
        endpoints.identity =
            std::make_shared<http::Identity>(http::Identity{"migadmin", username, base::Secret(password), "f1"});
        return std::make_unique<Access>(
            network_, gate_, clock_, std::move(endpoints), [this](const base::Deadline&) { return ++paced_ > 0; });
    }

    std::uint64_t presentations() {
        return exchange_->with_state([](simulator::State& state) { return state.directory.presentations(); });
    }
};

TEST_F(ExchangeDoorChecks, mailbox_of_2003_is_proved_by_webdav_behind_the_form) {
    auto reach = exchange();
    const Looked login = run(*reach, Check::owa_login);
    ASSERT_EQ(login.observations.size(), 2U);
    EXPECT_EQ(login.observations[1].key.check, Check::account_password);
    EXPECT_EQ(core::code_of(login.observations[0].cause), "ok") << login.observations[0].detail;
    EXPECT_EQ(fact(login.observations[0], "build"), "6.5.7638.1");
    EXPECT_EQ(fact(login.observations[0], "way"), "webdav, form");
    EXPECT_EQ(fact(login.observations[0], "own_mailbox"), "yes");
    EXPECT_EQ(fact(login.observations[0], "logon_format"), "FullDomain");
    const Looked opened = run(*reach, Check::mailbox_owa, anna);
    EXPECT_EQ(core::code_of(opened.observations.at(0).cause), "ok") << opened.observations[0].detail;
    EXPECT_EQ(opened.observations[0].evidence.http_status, 207);
    EXPECT_EQ(core::code_of(run(*reach, Check::mailbox_owa, "nobody@contoso.example").observations.at(0).cause),
              "mailbox_not_found_here");
}

TEST_F(ExchangeDoorChecks, many_mailboxes_go_over_one_login) {
    auto reach = exchange();
    for (int i = 0; i < 5; ++i) {
        run(*reach, Check::mailbox_owa, anna);
    }
    // The form, the own mailbox with its cookies, then one request each.
    EXPECT_EQ(presentations(), 7U);
    EXPECT_EQ(exchange_->transport().connections, 3U) << "2003 closes with each of the two redirects to its page";
}

TEST_F(ExchangeDoorChecks, second_look_goes_over_a_newer_login) {
    auto reach = exchange();
    const Looked first = run(*reach, Check::mailbox_owa, anna);
    const Looked second = run(*reach, Check::mailbox_owa, anna, clock_.now());
    EXPECT_GT(second.observations.at(0).connected_at, first.observations.at(0).connected_at);
}

TEST_F(ExchangeDoorChecks, rights_that_are_gone_are_told) {
    exchange_->with_state([](simulator::State& state) { state.organisation.full_access.clear(); });
    auto reach = exchange();
    EXPECT_EQ(core::code_of(run(*reach, Check::mailbox_owa, anna).observations.at(0).cause), "access_denied");
}

TEST_F(ExchangeDoorChecks, http_authentication_is_entered_by_what_is_offered) {
    for (const std::string offer : {"basic", "ntlm", "negotiate"}) {
        server([&](simulator::ServerSettings& server) {
            server.exchange_forms = false;
            server.owa_offers = {offer};
        });
        auto reach = exchange();
        const Looked login = run(*reach, Check::owa_login);
        EXPECT_EQ(core::code_of(login.observations.at(0).cause), "ok") << offer << login.observations[0].detail;
        EXPECT_EQ(core::code_of(run(*reach, Check::mailbox_owa, anna).observations.at(0).cause), "ok") << offer;
    }
    EXPECT_EQ(exchange_->refused_presentations(), 0U);
}

TEST_F(ExchangeDoorChecks, account_without_a_mailbox_is_logged_in_by_every_way) {
    exchange_->with_state([](simulator::State& state) {
        state.directory.find("CONTOSO\\migadmin")->mailbox.clear();
        state.organisation.change("migadmin@contoso.example", [](simulator::Mailbox& mailbox) {
            mailbox.state = simulator::MailboxState::missing;
        });
    });
    for (const bool forms : {true, false}) {
        server([&](simulator::ServerSettings& server) { server.exchange_forms = forms; });
        auto reach = exchange();
        const Looked login = run(*reach, Check::owa_login);
        EXPECT_EQ(core::code_of(login.observations.at(0).cause), "ok") << login.observations[0].detail;
        EXPECT_EQ(fact(login.observations[0], "own_mailbox"), "no");
    }
    EXPECT_EQ(exchange_->refused_presentations(), 0U);
}

TEST_F(ExchangeDoorChecks, wrong_password_reaches_the_account_once) {
    struct Row {
        const char* name;
        std::function<void(simulator::ServerSettings&)> change;
    };
    const std::vector<Row> rows{
        {"form", [](simulator::ServerSettings&) {}},
        {"form that gives cookies for anything", [](simulator::ServerSettings& s) { s.form_unchecked = true; }},
        {"basic", [](simulator::ServerSettings& s) { s.exchange_forms = false; }},
        {"ntlm",
         [](simulator::ServerSettings& s) {
             s.exchange_forms = false;
             s.owa_offers = {"ntlm"};
         }},
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        server([](simulator::ServerSettings& s) {
            s.form_unchecked = false;
            s.exchange_forms = true;
        });
        server(rows[i].change);
        gate_.results.clear();
        auto reach = exchange("wrong");
        const Looked login = run(*reach, Check::owa_login);
        EXPECT_EQ(core::code_of(login.observations.at(0).cause), "credential_refused") << rows[i].name;
        EXPECT_EQ(exchange_->refused_presentations(), i + 1) << rows[i].name;
        EXPECT_EQ(gate_.results, std::vector{core::PresentationResult::refused}) << rows[i].name;
        exchange_->with_state(
            [](simulator::State& state) { state.directory.unlock(*state.directory.find("CONTOSO\\migadmin")); });
    }
}

TEST_F(ExchangeDoorChecks, each_version_says_what_its_exchange_is) {
    const auto cause_at = [&](const char* version) {
        server([&](simulator::ServerSettings& s) { s.version = *simulator::find_version_profile(version); });
        auto reach = exchange();
        return run(*reach, Check::owa_login).observations.at(0);
    };
    const core::Observation alias = cause_at("2010sp2");
    EXPECT_EQ(core::code_of(alias.cause), "ok") << alias.detail;
    EXPECT_EQ(fact(alias, "exchange"), "alias of /owa");
    EXPECT_NE(alias.detail.find("alias"), std::string::npos);
    const core::Observation gone = cause_at("2019");
    EXPECT_EQ(core::code_of(gone.cause), "wrong_url");
    EXPECT_NE(gone.detail.find("/owa"), std::string::npos);
    server([](simulator::ServerSettings& s) { s.webdav = true; });
    const core::Observation forms_of_2007 = cause_at("2007sp1");
    EXPECT_EQ(core::code_of(forms_of_2007.cause), "ok") << forms_of_2007.detail;
    EXPECT_EQ(fact(forms_of_2007, "way"), "webdav, form");
}

TEST_F(ExchangeDoorChecks, names_and_passwords_survive_each_way) {
    const std::string password = "p&w+%=;\xc3\xa9";
    exchange_->with_state([&](simulator::State& state) {
        auto& account = *state.directory.find("CONTOSO\\migadmin");
        account.password = password;
        account.upn = "migadmin@contoso.example";
        state.directory.default_domain = "CONTOSO";
    });
    for (const char* const offer : {"form", "basic", "ntlm"}) {
        server([&](simulator::ServerSettings& s) {
            s.exchange_forms = std::string_view(offer) == "form";
            s.owa_offers = {offer};
        });
        for (const char* const name : {"CONTOSO\\migadmin", "migadmin@contoso.example", "migadmin"}) {
            if (std::string_view(offer) == "ntlm" && std::string_view(name) == "migadmin") {
                continue; // NTLM knows no default domain
            }
            auto reach = exchange(password, http::Scheme::automatic, name);
            const Looked login = run(*reach, Check::owa_login);
            EXPECT_EQ(core::code_of(login.observations.at(0).cause), "ok")
                << offer << ' ' << name << ' ' << login.observations[0].detail;
        }
    }
    EXPECT_EQ(exchange_->refused_presentations(), 0U);
}

class OwaDoorChecks : public ChecksTest {};

TEST_F(OwaDoorChecks, front_door_is_named_with_its_host_as_facts) {
    exchange_->with_state([](simulator::State& state) { state.server.front_door = "adfs"; });
    auto reach = access();
    const Looked login = run(*reach, Check::owa_login);
    const core::Observation& look = login.observations.at(0);
    EXPECT_EQ(core::code_of(look.cause), "front_door");
    EXPECT_EQ(fact(look, "front_door"), "adfs");
    EXPECT_EQ(fact(look, "front_door_host"), "sts.contoso.example");
    EXPECT_EQ(fact(look, "front_door_redirect"), "https://sts.contoso.example/adfs/ls/");
    EXPECT_NE(look.detail.find("AD FS at sts.contoso.example"), std::string::npos);
    EXPECT_EQ(look.evidence.http_status, 302);
    EXPECT_TRUE(gate_.results.empty());
}

TEST_F(OwaDoorChecks, front_door_of_ews_is_named_where_the_login_meets_it) {
    exchange_->with_state([](simulator::State& state) {
        state.server.front_door = "f5";
        state.server.front_door_paths = {"/ews"};
    });
    auto reach = access();
    const Looked login = run(*reach, Check::ews_login);
    EXPECT_EQ(core::code_of(login.observations.at(0).cause), "front_door");
    EXPECT_EQ(fact(login.observations[0], "front_door"), "f5_apm");
    EXPECT_TRUE(gate_.results.empty());
}

TEST_F(OwaDoorChecks, form_that_refuses_what_ews_accepts_hints_at_letters_beyond_ascii) {
    const std::string password = "p\xd0\xb6-ss";
    exchange_->with_state([&](simulator::State& state) {
        state.directory.find("CONTOSO\\migadmin")->password = password;
        state.server.form_in_ansi = true;
    });
    gate_.proven = true;
    auto reach = access(password);
    EXPECT_EQ(core::code_of(run(*reach, Check::ews_login).observations.at(0).cause), "ok");
    const Looked login = run(*reach, Check::owa_login);
    EXPECT_EQ(core::code_of(login.observations.at(0).cause), "credential_refused");
    EXPECT_NE(login.observations[0].detail.find("beyond ASCII"), std::string::npos) << login.observations[0].detail;
    auto ascii = access("wrong");
    EXPECT_EQ(run(*ascii, Check::owa_login).observations.at(0).detail.find("beyond ASCII"), std::string::npos);
}

} // namespace
} // namespace mailpreflight::checks
