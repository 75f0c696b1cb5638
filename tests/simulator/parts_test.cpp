#include "simulator/demo.hpp"
#include "simulator/folders.hpp"
#include "simulator/ntlm_message.hpp"
#include "simulator/request_log.hpp"
#include "simulator/state_json.hpp"
#include "simulator/text.hpp"
#include "tests/simulator/worlds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace mailpreflight::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;

TEST(Text, base64_and_percent_encoding_come_back) {
    EXPECT_TRUE(
        rc::check("base64", [](const std::string& bytes) { RC_ASSERT(from_base64(to_base64(bytes)) == bytes); }));
    EXPECT_TRUE(rc::check(
        "percent", [](const std::string& bytes) { RC_ASSERT(percent_decode(percent_encode(bytes), true) == bytes); }));
    EXPECT_FALSE(from_base64("abc"));
    EXPECT_FALSE(from_base64("ab=c"));
    EXPECT_EQ(percent_encode("https://x/\xc3\xa9"), "https%3a%2f%2fx%2f%c3%a9");
}

TEST(Text, patterns_match_with_stars) {
    EXPECT_TRUE(matches_pattern("Outlook/16.0", "outlook*"));
    EXPECT_TRUE(matches_pattern("my probe 1", "*probe*"));
    EXPECT_TRUE(matches_pattern("", "*"));
    EXPECT_FALSE(matches_pattern("probe", "*probes"));
}

TEST(Folders, an_id_gives_back_its_mailbox_and_folder) {
    const std::string guid = guid_of("x");
    for (const Folder& folder : generate_folders(guid, {})) {
        const FolderReference reference{guid, folder.key};
        EXPECT_EQ(decode_folder_id(encode_folder_id(reference)), reference);
    }
    EXPECT_FALSE(decode_folder_id("DUMMY"));
    EXPECT_TRUE(encode_folder_id({guid, "inbox"}).starts_with("AAMk"));
}

TEST(NtlmMessage, fields_that_point_outside_are_refused) {
    std::string message("NTLMSSP\0\3\0\0\0", 12);
    message.resize(72, '\0');
    message[36] = '\x10'; // user name: 16 bytes
    message[40] = '\x7f'; // at an offset behind the end
    EXPECT_FALSE(read_ntlm_authenticate(message));
    EXPECT_FALSE(read_ntlm_authenticate("NTLMSSP"));
    EXPECT_TRUE(rc::check("any bytes are read or refused", [](const std::string& bytes) {
        static_cast<void>(read_ntlm_authenticate("NTLMSSP" + bytes));
    }));
}

TEST(NtlmMessage, the_hash_of_a_password_is_the_documented_one) {
    EXPECT_EQ(to_hex(nt_hash("Password")), "a4f49c406510bdcab6824ee7c30fd852"); // MS-NLMP 4.2.2.1.2
}

TEST(RequestLog, keeps_the_newest_and_goes_on_counting) {
    RequestLog log(3);
    for (int i = 0; i < 5; ++i) {
        log.add({});
    }
    EXPECT_EQ(log.last(), 5U);
    ASSERT_EQ(log.since(0).size(), 3U);
    EXPECT_EQ(log.since(0).front().seq, 3U);
    EXPECT_EQ(log.since(4).size(), 1U);
}

TEST(StateJson, a_state_comes_back_from_its_json) {
    const TimePoint now;
    const std::string text = state_to_json(small_world(), Passwords::shown, now);
    State state;
    state_from_json(state, text, now);
    EXPECT_EQ(state_to_json(state, Passwords::shown, now), text);
}

TEST(StateJson, errors_are_named_and_change_nothing) {
    State state = small_world();
    const auto error_of = [&](const std::string& text) -> std::string {
        try {
            state_from_json(state, text, {});
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "none";
    };
    EXPECT_EQ(error_of(R"({"mailboxs":[]})"), "state has an unknown key \"mailboxs\"");
    EXPECT_EQ(error_of(R"({"mailboxes":[],"server":{"version":"2000"}})"),
              "server.version is none of 2003, 2007sp1, 2010sp2, 2013, 2016, 2019, se, online: 2000");
    EXPECT_EQ(error_of(R"({"mailboxes":[{"address":"a@b","state":"gone"}]})"),
              "mailbox.state is none of ok, disabled, moved, missing, in_transit, store_down: gone");
    EXPECT_EQ(state.organisation.size(), 4U);
}

TEST(Organisation, rights_by_scope_and_exclusion) {
    Organisation organisation = small_world().organisation;
    const auto may = [&](const char* address) {
        return organisation.may_impersonate(admin, *organisation.find(address));
    };
    EXPECT_TRUE(may("anna@contoso.example"));
    EXPECT_FALSE(may("outside@contoso.example"));
    organisation.impersonation.front().domains = {"contoso.example"};
    EXPECT_TRUE(may("outside@contoso.example"));
    organisation.impersonation.front().excluded_addresses = {"anna@contoso.example"};
    EXPECT_FALSE(may("anna@contoso.example"));
}

TEST(Demo, the_same_seed_gives_the_same_organisation_with_its_mishaps) {
    const Demo demo = make_demo(300, 7, "secret");
    EXPECT_EQ(make_demo(300, 7, "secret").csv, demo.csv);
    EXPECT_NE(make_demo(300, 8, "secret").csv, demo.csv);
    std::map<MailboxState, int> states;
    demo.state.organisation.for_each([&](const Mailbox& mailbox) { ++states[mailbox.state]; });
    EXPECT_EQ(states,
              (std::map<MailboxState, int>{{MailboxState::ok, 291},
                                           {MailboxState::disabled, 3},
                                           {MailboxState::moved, 3},
                                           {MailboxState::missing, 4}}));
    EXPECT_EQ(demo.state.organisation.impersonation.front().excluded_addresses.size(), 9U);
    EXPECT_THAT(demo.csv, HasSubstr("EmailAddress,Database,OU,WhenMailboxCreated,RecipientTypeDetails\n"));
    EXPECT_EQ(std::ranges::count(demo.csv, '\n'), 301);
    std::size_t aliases = 0;
    for (auto at = demo.csv.find("\nu0"); at != std::string::npos; at = demo.csv.find("\nu0", at + 1)) {
        ++aliases;
    }
    EXPECT_EQ(aliases, 5U);
}

/** A type 3 message whose one field that is not empty begins at an offset. */
std::string type_3(std::uint32_t flags, std::size_t payload) {
    std::string message("NTLMSSP\0\3\0\0\0", 12);
    message.resize(payload);
    message[36] = 4; // length of the user name
    message[40] = static_cast<char>(payload);
    for (std::size_t i = 0; i < 4; ++i) {
        message[60 + i] = static_cast<char>(flags >> (8 * i) & 255U);
    }
    return message + std::string(16, 'u');
}

TEST(NtlmMessage, a_version_that_is_promised_and_not_there_is_no_longer_promised) {
    constexpr std::uint32_t unicode = 1;
    constexpr std::uint32_t version = 0x02000000;
    EXPECT_EQ(without_missing_version(type_3(unicode | version, 64)), type_3(unicode, 64));
    const std::string wrapped = "spnego around " + type_3(unicode | version, 64);
    EXPECT_EQ(without_missing_version(wrapped), "spnego around " + type_3(unicode, 64));
    for (const std::string& whole : {type_3(unicode | version, 72),
                                     type_3(unicode | version, 88),
                                     type_3(unicode, 64),
                                     type_3(unicode | version, 64).substr(0, 50),
                                     std::string("no message at all")}) {
        EXPECT_EQ(without_missing_version(whole), whole);
    }
}

} // namespace
} // namespace mailpreflight::simulator
