#include "core/destination.hpp"
#include "core/tls_weakness.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::core {
namespace {

TEST(TlsWeakness, has_a_word_that_names_it) {
    for (const TlsWeakness weakness : all_tls_weaknesses) {
        EXPECT_EQ(tls_weakness_named(name_of(weakness)), weakness);
    }
    EXPECT_EQ(tls_weakness_named("rc4"), std::nullopt);
}

TEST(Destination, of_the_cloud_demands_tls_1_2_and_imap_does_not) {
    EXPECT_TRUE(demands_tls12("hosted-exchange"));
    EXPECT_TRUE(demands_tls12("rackspace-email"));
    EXPECT_TRUE(demands_tls12("exchange-online"));
    EXPECT_FALSE(demands_tls12("imap"));
}

} // namespace
} // namespace mailpreflight::core
