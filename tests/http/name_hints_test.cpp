#include "http/name_hints.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mailpreflight::http {
namespace {

std::string utf16(std::string_view text) {
    std::string wide;
    for (const char c : text) {
        wide += c;
        wide += '\0';
    }
    return wide;
}

std::string little(std::size_t value, std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) {
        bytes += static_cast<char>(value >> 8 * i & 0xFFU);
    }
    return bytes;
}

std::string pair(std::size_t id, std::string_view text) {
    const std::string wide = utf16(text);
    return little(id, 2) + little(wide.size(), 2) + wide;
}

/// A message type 2 as MS-NLMP 2.2.1.2 lays it out.
std::string challenge_with(const std::string& info) {
    const std::size_t fixed = 56;
    return std::string("NTLMSSP\0", 8) + little(2, 4) + little(0, 2) + little(0, 2) + little(fixed, 4) +
           little(0xA2898205, 4) + "chalenge" + little(0, 8) + little(info.size(), 2) + little(info.size(), 2) +
           little(fixed, 4) + little(0x0A, 8) + info;
}

TEST(NtlmTarget, tells_domain_and_computer) {
    const std::string message = challenge_with(pair(2, "CONTOSO") + pair(1, "EX01") + pair(4, "contoso.example") +
                                               pair(3, "EX01.contoso.example") + pair(7, "12345678") + pair(0, ""));
    EXPECT_EQ(read_ntlm_challenge(message), (NtlmTarget{"CONTOSO", "contoso.example", "EX01.contoso.example"}));
}

TEST(NtlmTarget, takes_the_short_name_of_a_computer_that_tells_no_other) {
    EXPECT_EQ(read_ntlm_challenge(challenge_with(pair(1, "EX01"))), (NtlmTarget{"", "", "EX01"}));
}

TEST(NtlmTarget, is_nothing_where_there_is_no_challenge) {
    EXPECT_EQ(read_ntlm_challenge(""), std::nullopt);
    EXPECT_EQ(read_ntlm_challenge(ntlm_question()), std::nullopt);
    EXPECT_EQ(read_ntlm_challenge(std::string("NTLMSSP\0\x02\0\0\0", 12)), std::nullopt);
}

TEST(NtlmTarget, reads_nothing_beyond_the_message) {
    std::string message = challenge_with(pair(2, "CONTOSO"));
    message[40] = '\xFF'; // the information is said to be longer than the message
    message[41] = '\xFF';
    EXPECT_EQ(read_ntlm_challenge(message), NtlmTarget{});
    EXPECT_EQ(read_ntlm_challenge(challenge_with(little(2, 2) + little(400, 2) + "short")), NtlmTarget{});
}

RC_GTEST_PROP(NtlmTargetProperty, takes_any_bytes, (const std::string& bytes)) {
    const auto whole = read_ntlm_challenge(challenge_with(bytes));
    RC_ASSERT(whole.has_value());
    static_cast<void>(read_ntlm_challenge(bytes));
}

TEST(NtlmQuestion, is_a_message_type_1_that_names_nobody) {
    const std::string question = ntlm_question();
    EXPECT_EQ(question.substr(0, 12), std::string("NTLMSSP\0\x01\0\0\0", 12));
    EXPECT_EQ(question.substr(16), std::string(16, '\0')) << "neither domain nor workstation";
}

TEST(BasicRealm, is_read_among_other_offers) {
    Headers headers;
    headers.add("WWW-Authenticate", "Negotiate");
    headers.add("WWW-Authenticate", "NTLM");
    headers.add("WWW-Authenticate", "Basic realm=\"mail.contoso.example\"");
    EXPECT_EQ(basic_realm(headers), "mail.contoso.example");
}

TEST(BasicRealm, is_empty_where_none_is_named) {
    Headers headers;
    EXPECT_EQ(basic_realm(headers), "");
    headers.add("WWW-Authenticate", "Bearer realm=\"x\"");
    headers.add("WWW-Authenticate", "Basic realm=\"without an end");
    EXPECT_EQ(basic_realm(headers), "");
}

} // namespace
} // namespace mailpreflight::http
