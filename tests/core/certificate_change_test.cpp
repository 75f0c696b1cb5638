#include "core/certificate_change.hpp"

#include "tests/core/values.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::core {
namespace {

using Facts = std::map<std::string, std::string>;

const Facts before{{"sha256", "A"},
                   {"authority", "O=Let's Encrypt"},
                   {"issuer", "CN=R10,O=Let's Encrypt"},
                   {"names", "mail.contoso.example autodiscover.contoso.example"},
                   {"not_after", "2026-12-20T00:00:00.000Z"}};

Facts changed(std::initializer_list<std::pair<const std::string, std::string>> facts) {
    Facts after = before;
    after["sha256"] = "B";
    after["not_after"] = "2027-03-20T00:00:00.000Z";
    for (const auto& [name, value] : facts) {
        after[name] = value;
    }
    return after;
}

TEST(CertificateRenewal, is_the_same_authority_and_names_with_a_later_end) {
    EXPECT_TRUE(is_renewal(before, changed({}), noon));
    EXPECT_TRUE(is_renewal(before, changed({{"issuer", "CN=R11,O=Let's Encrypt"}}), noon)); // they rotate
    EXPECT_TRUE(is_renewal(before, changed({{"names", "autodiscover.contoso.example mail.contoso.example"}}), noon));
}

TEST(CertificateRenewal, is_nothing_else) {
    EXPECT_FALSE(is_renewal(before, before, noon));
    EXPECT_FALSE(is_renewal(before, changed({{"authority", "CN=Contoso CA"}}), noon));
    EXPECT_FALSE(is_renewal(before, changed({{"names", "mail.contoso.example"}}), noon));
    EXPECT_FALSE(is_renewal(before, changed({{"names", ""}, {"subject", "CN=mail"}}), noon));
    EXPECT_FALSE(is_renewal(before, changed({{"not_after", "2026-12-20T00:00:00.000Z"}}), noon));
    EXPECT_FALSE(is_renewal(before, changed({}), noon + 24h * 30)); // the old one had expired
    EXPECT_FALSE(is_renewal({{"sha256", "A"}}, changed({}), noon)); // what was before is not known
    EXPECT_FALSE(is_renewal(before, {{"sha256", "B"}}, noon));
}

} // namespace
} // namespace mailpreflight::core
