#include "ews/server_version.hpp"

namespace mailpreflight::ews {
namespace {

TEST(ServerVersion, names_the_product_by_its_first_three_numbers) {
    const auto product = [](int major, int minor, int build, int revision) {
        return ServerVersion{major, minor, build, revision, {}}.product();
    };
    EXPECT_EQ(product(15, 2, 1544, 4), "Exchange 2019 CU14 (15.2.1544.4)");
    EXPECT_EQ(product(15, 2, 1544, 39), "Exchange 2019 CU14 (15.2.1544.39)");
    EXPECT_EQ(product(15, 2, 2562, 17), "Exchange Server SE RTM (15.2.2562.17)");
    EXPECT_EQ(product(15, 2, 9999, 1), "Exchange Server SE (15.2.9999.1)");
    EXPECT_EQ(product(15, 1, 2507, 6), "Exchange 2016 CU23 (15.1.2507.6)");
    EXPECT_EQ(product(15, 1, 2508, 6), "Exchange 2016 (15.1.2508.6)");
    EXPECT_EQ(product(15, 0, 1497, 0), "Exchange 2013 CU23 (15.0.1497.0)");
    EXPECT_EQ(product(15, 0, 847, 32), "Exchange 2013 SP1 (15.0.847.32)");
    EXPECT_EQ(product(14, 3, 123, 4), "Exchange 2010 SP3 (14.3.123.4)");
    EXPECT_EQ(product(8, 1, 436, 0), "Exchange 2007 SP1 (8.1.436.0)");
    EXPECT_EQ(product(15, 20, 7409, 1), "Exchange Online (15.20.7409.1)");
    EXPECT_EQ(product(6, 5, 7638, 1), "Exchange of an unknown version (6.5.7638.1)");
    EXPECT_EQ((ServerVersion{15, 2, 1544, 4, {}}.build_text()), "15.2.1544");
}

} // namespace
} // namespace mailpreflight::ews
