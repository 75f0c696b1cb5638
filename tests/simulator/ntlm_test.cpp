#include "simulator/simulator.hpp"
#include "simulator/text.hpp"
#include "tests/simulator/test_client.hpp"
#include "tests/simulator/test_initiator.hpp"
#include "tests/simulator/worlds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/** NTLM over real TLS connections in this process. */
namespace mailpreflight::simulator {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using Mechanism = TestInitiator::Mechanism;

SimulatorOptions options_for(State state) {
    SimulatorOptions options;
    options.control = false;
    options.state = std::move(state);
    return options;
}

class NtlmTest : public ::testing::Test {
protected:
    /** The bindings of a handshake. */
    enum class Binding { none, right, wrong };

    TestClient connect() {
        return {simulator.port(), TestClient::Tls::on};
    }

    static std::string token_of(const Answer& answer) {
        for (const std::string& value : answer.all("WWW-Authenticate")) {
            const auto blank = value.find(' ');
            if (blank != std::string::npos && !value.starts_with("Basic")) {
                return from_base64(value.substr(blank + 1)).value_or("");
            }
        }
        return {};
    }

    Answer handshake(TestClient& client,
                     const std::string& password,
                     Binding binding = Binding::right,
                     Mechanism mechanism = Mechanism::ntlm,
                     const std::string& user = admin) {
        const std::string scheme = mechanism == Mechanism::ntlm ? "NTLM " : "Negotiate ";
        const std::string data = binding == Binding::none    ? ""
                                 : binding == Binding::right ? client.channel_binding()
                                                             : "tls-server-end-point:" + std::string(32, 'x');
        TestInitiator initiator(mechanism, user, password, data);
        const Answer challenge = client.request(
            "POST", "/EWS/Exchange.asmx", "", {"Authorization: " + scheme + to_base64(initiator.step(""))});
        EXPECT_EQ(challenge.status, 401);
        return client.request("POST",
                              "/EWS/Exchange.asmx",
                              proof_of("anna@contoso.example"),
                              {"Authorization: " + scheme + to_base64(initiator.step(token_of(challenge)))});
    }

    void protect(ExtendedProtection mode) {
        simulator.with_state([&](State& state) { state.server.extended_protection = mode; });
    }

    int bad_password_count() {
        return simulator.with_state([](State& state) { return state.directory.find(admin)->bad_password_count; });
    }

    Simulator simulator{options_for(small_world())};
};

TEST_F(NtlmTest, without_credentials_the_offers_come_as_separate_headers_and_nothing_is_presented) {
    TestClient client = connect();
    const Answer answer = client.request("POST", "/ews/exchange.asmx", proof_of("anna@contoso.example"));
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.all("WWW-Authenticate"), ElementsAre("Negotiate", "NTLM"));
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.header("X-FEServer"), "EX01");
    EXPECT_EQ(answer.header("X-BEServer"), "");
    EXPECT_EQ(simulator.presentations(), 0U);
}

TEST_F(NtlmTest, a_handshake_authenticates_the_connection_for_later_requests) {
    TestClient client = connect();
    EXPECT_EQ(handshake(client, admin_password).status, 200);
    const Answer later = client.request("POST", "/EWS/Exchange.asmx", proof_of("ben@contoso.example"));
    EXPECT_EQ(later.status, 200);
    EXPECT_EQ(later.header("X-CalculatedBETarget"), "mbx01.contoso.example");
    EXPECT_EQ(simulator.presentations(), 1U);
    EXPECT_EQ(simulator.log().back().user, admin);
    EXPECT_FALSE(simulator.log().back().had_authorization);
    TestClient other = connect();
    EXPECT_EQ(other.request("POST", "/EWS/Exchange.asmx", proof_of("ben@contoso.example")).status, 401);
}

TEST_F(NtlmTest, spnego_works_too_and_says_that_the_connection_persists) {
    TestClient client = connect();
    const Answer answer = handshake(client, admin_password, Binding::right, Mechanism::spnego);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Persistent-Auth"), "true");
    EXPECT_EQ(simulator.presentations(), 1U);
}

TEST_F(NtlmTest, a_wrong_password_is_counted_once_and_answered_by_plain_offers) {
    TestClient client = connect();
    const Answer answer = handshake(client, "wrong");
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.all("WWW-Authenticate"), ElementsAre("Negotiate", "NTLM"));
    EXPECT_EQ(simulator.presentations(), 1U);
    EXPECT_EQ(simulator.refused_presentations(), 1U);
    EXPECT_EQ(bad_password_count(), 1);
    EXPECT_EQ(handshake(client, admin_password).status, 200);
    EXPECT_EQ(bad_password_count(), 0);
}

TEST_F(NtlmTest, names_and_passwords_of_every_kind_are_understood) {
    for (const std::string& password :
         {std::string("with:colon"), std::string("blank and \xc3\xa4\xe2\x82\xac"), std::string("a")}) {
        simulator.with_state([&](State& state) { state.directory.find(admin)->password = password; });
        TestClient client = connect();
        EXPECT_EQ(handshake(client, password).status, 200) << password;
    }
    TestClient client = connect();
    EXPECT_EQ(handshake(client, "a", Binding::right, Mechanism::ntlm, "migadmin@contoso.example").status, 200);
    EXPECT_EQ(handshake(client, "a", Binding::right, Mechanism::ntlm, "CONTOSO\\nobody").status, 401);
}

TEST_F(NtlmTest, a_previous_password_is_refused_without_a_count) {
    simulator.with_state(
        [](State& state) { state.directory.change_password(*state.directory.find(admin), "Changed1"); });
    TestClient client = connect();
    EXPECT_EQ(handshake(client, admin_password).status, 401);
    EXPECT_EQ(simulator.log().back().presentation, "previous_password");
    EXPECT_EQ(bad_password_count(), 0);
    EXPECT_EQ(handshake(client, "Changed1").status, 200);
}

TEST_F(NtlmTest, a_locked_account_is_refused_with_the_right_password) {
    for (int i = 0; i < 3; ++i) {
        TestClient client = connect();
        handshake(client, "wrong");
    }
    TestClient client = connect();
    EXPECT_EQ(handshake(client, admin_password).status, 401);
    EXPECT_EQ(simulator.log().back().presentation, "locked_out");
}

TEST_F(NtlmTest, a_last_message_on_another_connection_is_no_presentation) {
    TestClient first = connect();
    TestClient second = connect();
    TestInitiator initiator(Mechanism::ntlm, admin, admin_password, "");
    const Answer challenge =
        first.request("POST", "/EWS/Exchange.asmx", "", {"Authorization: NTLM " + to_base64(initiator.step(""))});
    const Answer answer = second.request("POST",
                                         "/EWS/Exchange.asmx",
                                         proof_of("anna@contoso.example"),
                                         {"Authorization: NTLM " + to_base64(initiator.step(token_of(challenge)))});
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.all("WWW-Authenticate"), ElementsAre("Negotiate", "NTLM"));
    EXPECT_EQ(simulator.presentations(), 0U);
}

TEST_F(NtlmTest, the_first_message_may_come_on_a_get) {
    TestClient client = connect();
    TestInitiator initiator(Mechanism::ntlm, admin, admin_password, client.channel_binding());
    const Answer challenge =
        client.request("GET", "/EWS/Exchange.asmx", "", {"Authorization: NTLM " + to_base64(initiator.step(""))});
    const Answer answer =
        client.request("POST",
                       "/EWS/Exchange.asmx",
                       proof_of("anna@contoso.example"),
                       {"Connection: close", "Authorization: NTLM " + to_base64(initiator.step(token_of(challenge)))});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Connection"), "close");
}

TEST_F(NtlmTest, a_scheme_that_is_not_offered_is_not_even_tried) {
    simulator.with_state([](State& state) { state.server.offers = {"basic"}; });
    TestClient client = connect();
    TestInitiator initiator(Mechanism::ntlm, admin, admin_password, "");
    const Answer answer =
        client.request("POST", "/EWS/Exchange.asmx", "", {"Authorization: NTLM " + to_base64(initiator.step(""))});
    EXPECT_THAT(answer.all("WWW-Authenticate"), ElementsAre("Basic realm=\"localhost\""));
}

TEST_F(NtlmTest, extended_protection_judges_the_binding) {
    struct Row {
        ExtendedProtection mode;
        Binding binding;
        int status;
    };
    for (const Mechanism mechanism : {Mechanism::ntlm, Mechanism::spnego}) {
        for (const Row& row : {Row{ExtendedProtection::off, Binding::none, 200},
                               Row{ExtendedProtection::off, Binding::right, 200},
                               Row{ExtendedProtection::off, Binding::wrong, 200},
                               Row{ExtendedProtection::allow, Binding::none, 200},
                               Row{ExtendedProtection::allow, Binding::right, 200},
                               Row{ExtendedProtection::allow, Binding::wrong, 401},
                               Row{ExtendedProtection::require, Binding::none, 401},
                               Row{ExtendedProtection::require, Binding::right, 200},
                               Row{ExtendedProtection::require, Binding::wrong, 401}}) {
            protect(row.mode);
            TestClient client = connect();
            EXPECT_EQ(handshake(client, admin_password, row.binding, mechanism).status, row.status)
                << static_cast<int>(row.mode) << ' ' << static_cast<int>(row.binding) << ' '
                << static_cast<int>(mechanism);
        }
    }
    EXPECT_EQ(bad_password_count(), 0); // a wrong binding with the right password counts nothing
}

} // namespace
} // namespace mailpreflight::simulator
