#include "tests/scenario/world.hpp"

#include <fmt/format.h>

#include <set>

using namespace mailpreflight;
using namespace mailpreflight::scenario;

namespace {

/// Mailboxes that are opened by their own passwords.
class OwnLogins {
public:
    explicit OwnLogins(int mailboxes = 40) :
        world(mailboxes) {
        world.app.reset();
        world.exchange->with_state([&](simulator::State& state) {
            state.organisation.for_each([&](const simulator::Mailbox& mailbox) {
                if (!mailbox.hidden) {
                    addresses.push_back(mailbox.address);
                }
            });
            for (const std::string& address : addresses) {
                state.directory.add({.domain = "CONTOSO",
                                     .sam = address.substr(0, address.find('@')),
                                     .upn = address,
                                     .password = right(address),
                                     .mailbox = address});
            }
        });
        std::string list = "EmailAddress\n";
        for (const std::string& address : addresses) {
            list += address + "\n";
        }
        world.write("list.csv", list);
        world.replace("mailboxes = \"list.csv\"\n",
                      "mailboxes = \"list.csv\"\nprove = [\"own_login\"]\npasswords = \"passwords.csv\"\n");
    }

    static std::string right(const std::string& address) {
        return "Own-" + address.substr(0, 6) + "-7";
    }

    /// All are right but those of these addresses.
    void write_passwords(const std::set<std::string>& wrong) {
        std::string text = "EmailAddress,UserName,Password\n";
        for (const std::string& address : addresses) {
            text += fmt::format("{},,{}\n", address, wrong.contains(address) ? "Wrong-1" : right(address));
        }
        world.write("passwords.csv", text);
    }

    void all_wrong() {
        write_passwords({addresses.begin(), addresses.end()});
    }

    /// Of the mailboxes' accounts, not of the admin's.
    std::set<std::string> presented() {
        return world.exchange->with_state([](simulator::State& state) {
            std::set<std::string> names;
            for (const simulator::Account& account : state.directory.accounts()) {
                if (account.presentations > 0 && account.sam != "migadmin") {
                    names.insert(account.upn);
                }
            }
            return names;
        });
    }

    std::vector<std::string> reload() {
        std::vector<std::string> problems;
        const auto reloaded = world.app->reload(problems);
        EXPECT_TRUE(reloaded) << (problems.empty() ? "" : problems.front());
        return reloaded ? reloaded->changes : problems;
    }

    std::set<core::Cause> causes() {
        std::set<core::Cause> found;
        for (const core::Incident& incident : world.open_incidents()) {
            found.insert(incident.cause);
        }
        return found;
    }

    bool has_blocker(core::Cause cause) {
        const core::Readiness readiness = world.readiness();
        return std::any_of(readiness.blockers.begin(), readiness.blockers.end(), [&](const core::Finding& finding) {
            return finding.cause == cause;
        });
    }

    World world;
    std::vector<std::string> addresses;
};

} // namespace

TEST(OwnLoginScenario, each_mailbox_opens_by_its_own_password_once_a_sweep) {
    OwnLogins own;
    own.write_passwords({});
    own.world.open();
    own.world.pass(20min, 5min);
    EXPECT_EQ(own.world.readiness().verdict, core::Verdict::go);
    EXPECT_EQ(own.world.readiness().passed, own.addresses.size());
    EXPECT_EQ(own.presented().size(), own.addresses.size());
    const auto most = own.world.exchange->with_state([](simulator::State& state) {
        std::uint64_t found = 0;
        for (const simulator::Account& account : state.directory.accounts()) {
            found = account.sam == "migadmin" ? found : std::max(found, account.presentations);
        }
        return found;
    });
    EXPECT_EQ(most, 1U) << "individual passwords have no canaries";
}

TEST(OwnLoginScenario, a_wrong_password_is_that_mailboxs_trouble_alone_and_is_presented_once) {
    OwnLogins own;
    own.write_passwords({own.addresses[7]});
    own.world.open();
    own.world.pass(26h, 20min);
    const core::Readiness readiness = own.world.readiness();
    EXPECT_EQ(readiness.verdict, core::Verdict::no_go);
    EXPECT_EQ(readiness.failed, 1U);
    EXPECT_EQ(readiness.passed, own.addresses.size() - 1);
    EXPECT_TRUE(own.has_blocker(core::Cause::own_login_refused));
    EXPECT_EQ(own.world.exchange->refused_presentations(), 1U);
    EXPECT_FALSE(own.has_blocker(core::Cause::spray_brake));
    // The user's new password comes into the file.
    own.write_passwords({});
    EXPECT_FALSE(own.reload().empty());
    own.world.pass(26h, 20min);
    EXPECT_EQ(own.world.readiness().verdict, core::Verdict::go);
    EXPECT_EQ(own.world.exchange->refused_presentations(), 1U);
}

TEST(OwnLoginScenario, five_wrong_passwords_in_a_row_stop_the_source_over_restarts_until_it_is_released) {
    OwnLogins own(60);
    own.all_wrong();
    own.world.open();
    for (int restart = 0; restart < 4; ++restart) {
        own.world.pass(7h, 20min);
        own.world.restart();
    }
    own.world.pass(30min, 5min);
    EXPECT_EQ(own.presented().size(), 5U);
    EXPECT_EQ(own.world.exchange->refused_presentations(), 5U);
    EXPECT_EQ(own.world.readiness().verdict, core::Verdict::no_go);
    EXPECT_TRUE(own.has_blocker(core::Cause::spray_brake));
    EXPECT_TRUE(own.causes().contains(core::Cause::spray_brake));
    EXPECT_FALSE(own.causes().contains(core::Cause::blind)) << "the stop has its own incident";

    own.write_passwords({});
    own.reload();
    own.world.pass(2h, 10min);
    EXPECT_EQ(own.presented().size(), 5U) << "right passwords alone release nothing";

    ASSERT_TRUE(own.world.app->release_spray_brake("contoso"));
    own.world.pass(3h, 10min);
    EXPECT_EQ(own.world.readiness().verdict, core::Verdict::go);
    EXPECT_EQ(own.presented().size(), own.addresses.size());
    EXPECT_EQ(own.world.exchange->refused_presentations(), 5U);
    EXPECT_FALSE(own.causes().contains(core::Cause::spray_brake));
}

TEST(OwnLoginScenario, passwords_that_all_change_at_once_are_refused_five_times_at_most_by_many_lanes) {
    OwnLogins own(60);
    own.write_passwords({});
    own.world.replace("lanes = 3", "lanes = 16");
    own.world.open();
    own.world.pass(20min, 5min);
    ASSERT_EQ(own.world.readiness().verdict, core::Verdict::go);
    own.world.exchange->with_state([](simulator::State& state) {
        std::vector<std::string> names;
        for (const simulator::Account& account : state.directory.accounts()) {
            if (account.sam != "migadmin") {
                names.push_back(account.upn);
            }
        }
        for (const std::string& name : names) {
            state.directory.change_password(*state.directory.find(name), "Reset-By-Helpdesk-1");
        }
    });
    own.world.pass(48h, 20min);
    EXPECT_EQ(own.world.exchange->refused_presentations(), 5U);
    EXPECT_TRUE(own.has_blocker(core::Cause::spray_brake));
}

TEST(OwnLoginScenario, the_admins_ways_go_on_while_individual_passwords_are_stopped) {
    OwnLogins own(60);
    own.all_wrong();
    own.world.replace("prove = [\"own_login\"]", "prove = [\"own_login\", \"impersonation\"]");
    own.world.open();
    own.world.pass(30min, 5min);
    EXPECT_TRUE(own.has_blocker(core::Cause::spray_brake));
    const std::size_t opened = own.world.app->judge().with_state([](const daemon::State& state) {
        const auto all = core::tracks_of(state.tracks, core::Check::mailbox_impersonation);
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& entry) {
            return entry.second.definite && core::is_good(entry.second.definite->state);
        }));
    });
    EXPECT_EQ(opened, own.addresses.size());
}

TEST(OwnLoginScenario, a_user_name_that_opens_another_mailbox_is_no_pass) {
    OwnLogins own;
    own.write_passwords({});
    const std::string& mine = own.addresses[0];
    const std::string& other = own.addresses[1];
    std::string text = "EmailAddress,UserName,Password\n";
    for (const std::string& address : own.addresses) {
        const std::string user = address == mine ? other : address == other ? mine : address; // two rows are swapped
        text += fmt::format("{},CONTOSO\\{},{}\n", address, user.substr(0, user.find('@')), OwnLogins::right(user));
    }
    own.world.write("passwords.csv", text);
    own.world.open();
    own.world.pass(40min, 5min);
    EXPECT_TRUE(own.has_blocker(core::Cause::wrong_mailbox));
    EXPECT_EQ(own.world.readiness().failed, 2U);
    EXPECT_EQ(own.world.readiness().passed, own.addresses.size() - 2);
}
