#include "tests/checks/bench.hpp"

namespace mailpreflight::checks {
namespace {

using core::Cause;
using core::Check;
using core::PresentationResult;

class OwnLoginChecks : public ChecksTest {
protected:
    static constexpr const char* ben = "ben@contoso.example";

    OwnLoginChecks() {
        exchange_->with_state([](simulator::State& state) {
            simulator::Mailbox mailbox;
            mailbox.address = ben;
            state.organisation.add(mailbox);
            for (const std::string address : {anna, ben}) {
                state.directory.add({.domain = "CONTOSO",
                                     .sam = address.substr(0, address.find('@')),
                                     .upn = address,
                                     .password = "Own-" + address,
                                     .mailbox = address});
            }
        });
    }

    static OwnLogin login(const std::string& username, const std::string& password) {
        return {.account = "own-" + username.substr(0, 3),
                .username = username,
                .password = base::Secret(password),
                .fingerprint = "f-" + username,
                .problem = {}};
    }

    void give(const std::string& address, OwnLogin login) {
        logins_.insert_or_assign(address, std::move(login));
    }

    core::Observation look(const std::string& address) {
        if (!access_) {
            own_logins_ = std::make_shared<const OwnLogins>(std::move(logins_));
            access_ = access();
        }
        const Looked looked = run(*access_, Check::mailbox_own_login, address);
        EXPECT_FALSE(looked.gate);
        EXPECT_EQ(looked.observations.size(), 1U);
        return looked.observations.back();
    }

    OwnLogins logins_;
    std::unique_ptr<Access> access_;
};

TEST_F(OwnLoginChecks, opens_each_mailbox_by_its_own_password_on_a_connection_of_its_own) {
    give(anna, login(anna, "Own-anna@contoso.example"));
    give(ben, login(ben, "Own-ben@contoso.example"));
    for (const char* const offer : {"ntlm", "basic"}) {
        exchange_->with_state([&](simulator::State& state) { state.server.offers = {offer}; });
        access_.reset();
        gate_.presented.clear();
        if (own_logins_) {
            access_ = access();
        }
        const core::Observation first = look(anna);
        const core::Observation second = look(ben);
        EXPECT_EQ(first.cause, Cause::ok) << offer << " " << first.detail;
        EXPECT_EQ(second.cause, Cause::ok) << offer << " " << second.detail;
        EXPECT_NE(fact(first, "root_id"), fact(second, "root_id"));
        ASSERT_EQ(gate_.presented.size(), 2U) << offer;
        EXPECT_EQ(gate_.presented[0].account, "own-ann");
        EXPECT_EQ(gate_.presented[0].shown, anna);
        EXPECT_EQ(gate_.presented[1].account, "own-ben");
        EXPECT_TRUE(gate_.presented[0].individual && gate_.presented[0].proving);
        EXPECT_EQ(gate_.presented[0].door, (core::Door{"contoso", "ews"}));
    }
}

TEST_F(OwnLoginChecks, a_refusal_is_the_mailboxs_and_no_gate_closes) {
    give(anna, login(anna, "wrong"));
    const core::Observation refused = look(anna);
    EXPECT_EQ(refused.cause, Cause::own_login_refused);
    EXPECT_EQ(refused.key.subject, core::Subject::of_mailbox("contoso", anna));
    EXPECT_EQ(gate_.results, std::vector{PresentationResult::refused});
    gate_.closed_by = "parked since 11:40";
    EXPECT_EQ(look(anna).cause, Cause::own_login_refused) << "what the guard holds back stands for the refusal";
    EXPECT_EQ(gate_.presented.size(), 1U);
}

TEST_F(OwnLoginChecks, a_mailbox_without_a_password_is_unknown_and_nothing_is_sent) {
    give(ben, {.problem = "ben has none"});
    EXPECT_EQ(look(ben).cause, Cause::secret_unreadable);
    EXPECT_EQ(look(ben).detail, "ben has none");
    EXPECT_EQ(look(anna).cause, Cause::secret_unreadable);
    EXPECT_EQ(paced_, 0);
}

TEST_F(OwnLoginChecks, a_user_name_is_held_against_the_address) {
    give(anna, login("CONTOSO\\anna", "Own-anna@contoso.example"));
    give(ben, login("CONTOSO\\anna", "Own-anna@contoso.example"));
    EXPECT_EQ(look(anna).cause, Cause::ok);
    EXPECT_EQ(look(ben).cause, Cause::wrong_mailbox);
}

TEST_F(OwnLoginChecks, a_user_without_a_mailbox_is_told_as_one) {
    exchange_->with_state([](simulator::State& state) { state.directory.find(anna)->mailbox.clear(); });
    give(anna, login(anna, "Own-anna@contoso.example"));
    const core::Observation look_at_nothing = look(anna);
    EXPECT_EQ(look_at_nothing.cause, Cause::mailbox_not_found_here);
    EXPECT_NE(look_at_nothing.detail.find("the login was accepted"), std::string::npos);
}

TEST_F(OwnLoginChecks, a_source_that_cannot_be_reached_is_the_sources_trouble) {
    give(anna, login(anna, "Own-anna@contoso.example"));
    own_logins_ = std::make_shared<const OwnLogins>(std::move(logins_));
    access_ = access();
    exchange_.reset();
    const Looked looked = run(*access_, Check::mailbox_own_login, anna);
    ASSERT_TRUE(looked.gate);
    EXPECT_EQ(looked.observations.back().key.check, Check::source_tcp);
}

} // namespace
} // namespace mailpreflight::checks
