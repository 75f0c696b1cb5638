#include "http/scheme.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::http {
namespace {

constexpr Means password{.kerberos = false, .password = true};
constexpr Means keytab{.kerberos = true, .password = false};
constexpr Means both{.kerberos = true, .password = true};

struct Case {
    Scheme scheme;
    Means means;
    std::vector<std::string> offers;
    std::optional<Way> way;
};

TEST(BestWay, is_the_strongest_offer_that_the_operator_allows_and_the_account_can_do) {
    const std::vector<std::string> exchange{"negotiate", "ntlm"};
    const std::vector<std::string> all{"basic", "ntlm", "negotiate", "bearer"};
    const std::vector<Case> cases{
        {Scheme::automatic, password, exchange, Way::ntlm},
        {Scheme::automatic, password, all, Way::ntlm},
        {Scheme::automatic, password, {"negotiate"}, Way::negotiated_ntlm},
        {Scheme::automatic, password, {"negotiate", "basic"}, Way::negotiated_ntlm},
        {Scheme::automatic, password, {"basic"}, Way::basic},
        {Scheme::automatic, password, {"bearer"}, std::nullopt},
        {Scheme::automatic, password, {}, std::nullopt},
        {Scheme::automatic, both, all, Way::kerberos},
        {Scheme::automatic, both, {"ntlm", "basic"}, Way::ntlm},
        {Scheme::automatic, keytab, all, Way::kerberos},
        {Scheme::automatic, keytab, {"ntlm", "basic"}, std::nullopt},
        {Scheme::negotiate, password, exchange, Way::negotiated_ntlm},
        {Scheme::negotiate, both, exchange, Way::kerberos},
        {Scheme::negotiate, both, {"ntlm"}, std::nullopt},
        {Scheme::ntlm, both, exchange, Way::ntlm},
        {Scheme::ntlm, keytab, exchange, std::nullopt},
        {Scheme::ntlm, password, {"negotiate", "basic"}, std::nullopt},
        {Scheme::basic, password, all, Way::basic},
        {Scheme::basic, password, exchange, std::nullopt},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(best_way(one.scheme, one.means, one.offers), one.way)
            << name_of(one.scheme) << " kerberos " << one.means.kerberos << " password " << one.means.password;
    }
}

TEST(BestWay, says_what_a_fixed_scheme_does_without_asking) {
    EXPECT_EQ(way_of(Scheme::negotiate, password), Way::negotiated_ntlm);
    EXPECT_EQ(way_of(Scheme::negotiate, keytab), Way::kerberos);
    EXPECT_EQ(way_of(Scheme::ntlm, both), Way::ntlm);
    EXPECT_EQ(way_of(Scheme::basic, both), Way::basic);
    EXPECT_EQ(way_of(Scheme::oauth, {.oauth = true}), Way::bearer);
}

TEST(BestWay, an_application_goes_by_bearer_alone) {
    const Means application{.oauth = true};
    const std::vector<std::string> hybrid{"negotiate", "ntlm", "bearer"};
    EXPECT_EQ(best_way(Scheme::automatic, application, hybrid), Way::bearer);
    EXPECT_EQ(best_way(Scheme::oauth, application, hybrid), Way::bearer);
    EXPECT_EQ(best_way(Scheme::automatic, application, {"negotiate", "ntlm"}), std::nullopt);
    EXPECT_EQ(best_way(Scheme::automatic, {.password = true}, {"bearer"}), std::nullopt);
    EXPECT_EQ(best_way(Scheme::automatic, {.password = true}, hybrid), Way::ntlm);
}

} // namespace
} // namespace mailpreflight::http
