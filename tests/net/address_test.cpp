#include "net/address.hpp"

#include "net/resolve.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::net {
namespace {

using base::Deadline;
using namespace std::chrono_literals;

TEST(IpVersion, keeps_those_of_one_version_in_their_order) {
    const std::vector<Address> all{{"192.0.2.7"}, {"2001:db8::7"}, {"192.0.2.8"}};
    EXPECT_EQ(of_version(all, IpVersion::any), all);
    EXPECT_EQ(of_version(all, IpVersion::v4), (std::vector<Address>{{"192.0.2.7"}, {"192.0.2.8"}}));
    EXPECT_EQ(of_version(all, IpVersion::v6), (std::vector<Address>{{"2001:db8::7"}}));
}

TEST(IpVersion, a_name_without_an_address_of_it_fails_and_names_those_that_it_has) {
    Resolver resolver(
        [](const std::string&) -> core::Outcome<std::vector<Address>> { return std::vector<Address>{{"192.0.2.7"}}; });
    const auto none = resolver.resolve(Target{"mail.contoso.example", 443, {}, IpVersion::v6}, Deadline::in(10s));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().stage, core::Stage::resolve);
    EXPECT_EQ(none.error().cause, core::Cause::dns_not_found);
    EXPECT_EQ(none.error().detail,
              "mail.contoso.example has no IPv6 address, which ip_version asks for; it is 192.0.2.7");
}

TEST(IpVersion, decides_among_the_addresses_of_a_name) {
    Resolver resolver([](const std::string&) -> core::Outcome<std::vector<Address>> {
        return std::vector<Address>{{"192.0.2.7"}, {"2001:db8::7"}, {"192.0.2.8"}};
    });
    EXPECT_EQ(resolver.resolve(Target{"mail.contoso.example", 443, {}, IpVersion::v6}, Deadline::in(10s)).value(),
              (std::vector<Address>{{"2001:db8::7"}}));
}

TEST(Target, with_addresses_of_its_own_asks_nobody) {
    Resolver resolver([](const std::string&) -> core::Outcome<std::vector<Address>> {
        ADD_FAILURE() << "asked";
        return std::vector<Address>{};
    });
    Target target{"mail.contoso.example", 443, {}};
    target.addresses = {{"192.0.2.9"}};
    EXPECT_EQ(resolver.resolve(target, Deadline::in(10s)).value(), target.addresses);
}

TEST(SourceAddress, is_ours_on_the_way_to_that_address) {
    EXPECT_EQ(source_address_to({"127.0.0.1"}), "127.0.0.1");
    EXPECT_EQ(source_address_to({"no address"}), "");
}

TEST(HasWayTo, knows_the_way_to_this_host) {
    EXPECT_TRUE(has_way_to({"127.0.0.1"}));
    EXPECT_FALSE(has_way_to({"no address"}));
}

} // namespace
} // namespace mailpreflight::net
