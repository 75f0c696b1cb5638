#include "http/challenge.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mailpreflight::http {
namespace {

struct Row {
    const char* field;
    std::vector<Challenge> challenges;
};

TEST(Challenges, are_read_from_every_form_that_servers_send) {
    for (const Row& row : std::vector<Row>{
             {"NTLM", {{"ntlm", ""}}},
             {"NTLM TlRMTVNTUAACAAAA", {{"ntlm", "TlRMTVNTUAACAAAA"}}},
             {"Negotiate oYG2MIGzoAMKAQ==", {{"negotiate", "oYG2MIGzoAMKAQ=="}}},
             {"Negotiate, NTLM", {{"negotiate", ""}, {"ntlm", ""}}},
             {"Negotiate,NTLM,Basic realm=\"a, NTLM b\"", {{"negotiate", ""}, {"ntlm", ""}, {"basic", ""}}},
             {"Basic realm=\"mail.contoso.example\"", {{"basic", ""}}},
             {"Basic Realm=\"\",Basic Realm=\"\"", {{"basic", ""}, {"basic", ""}}},
             {"Bearer client_id=\"x\", trusted_issuers=\"y@*\", token_types=\"app_asserted_user_v1\", NTLM",
              {{"bearer", ""}, {"ntlm", ""}}},
             {"Basic realm=plain , NTLM TlRM , Negotiate", {{"basic", ""}, {"ntlm", "TlRM"}, {"negotiate", ""}}},
             {"Basic realm=\"a\\\"b, NTLM\"", {{"basic", ""}}},
             {"Basic realm=\"never closed, NTLM", {{"basic", ""}}},
             {"", {}},
             {" , ,, ", {}},
             {"\xff\xfe@@[]", {}},
         }) {
        EXPECT_EQ(parse_challenges(row.field), row.challenges) << row.field;
    }
}

TEST(Challenges, offers_are_named_once_in_their_order) {
    Headers headers;
    headers.add("WWW-Authenticate", "Negotiate");
    headers.add("www-authenticate", "NTLM, Basic realm=\"x\"");
    headers.add("WWW-Authenticate", "negotiate");
    EXPECT_EQ(offered_schemes(headers), (std::vector<std::string>{"negotiate", "ntlm", "basic"}));
}

TEST(Challenges, any_bytes_are_read_to_their_end) {
    std::mt19937 random(7);
    for (int i = 0; i < 20'000; ++i) {
        std::string text(random() % 60, ' ');
        for (char& c : text) {
            c = (random() % 3 == 0) ? "=\", \\;NTLM"[random() % 10] : static_cast<char>(random());
        }
        parse_challenges(text);
    }
}

} // namespace
} // namespace mailpreflight::http
