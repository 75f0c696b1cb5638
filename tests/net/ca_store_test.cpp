#include "net/ca_store.hpp"

#include "tests/net/test_certificates.hpp"

#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

namespace mailpreflight::net {
namespace {

int count(x509_store_st& store) {
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(&store));
}

TEST(CaStores, load_a_file_once) {
    const testing::TestFile file(testing::test_authority().pem());
    CaStores stores;
    const auto first = stores.load(file.path());
    const auto second = stores.load(file.path());
    ASSERT_TRUE(first && second);
    EXPECT_EQ(*first, *second);
    EXPECT_EQ(count(**first), 1);
}

TEST(CaStores, load_a_replaced_file_anew) {
    const testing::TestFile file(testing::test_authority().pem());
    CaStores stores;
    const auto before = stores.load(file.path());
    file.replace(testing::test_authority().pem() +
                 testing::make_certificate({.common_name = "Second Root", .authority = true}).pem());
    const auto after = stores.load(file.path());
    ASSERT_TRUE(before && after);
    EXPECT_EQ(count(**before), 1);
    EXPECT_EQ(count(**after), 2);
}

TEST(CaStores, the_system_bundle_ignores_the_variables_of_openssl) {
    // The wrapper of cpprestsdk empties OpenSSL's default paths by these; lanes must not notice.
    setenv("SSL_CERT_FILE", "/dev/null", 1);
    setenv("SSL_CERT_DIR", "/nonexistent", 1);
    CaStores stores;
    const auto store = stores.load("");
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    if (!std::filesystem::exists(CaStores::system_bundle)) {
        GTEST_SKIP() << "no system bundle here";
    }
    ASSERT_TRUE(store);
    EXPECT_GT(count(**store), 50);
}

TEST(CaStores, a_file_that_cannot_be_used_is_our_own_failure) {
    CaStores stores;
    const testing::TestFile garbage("no certificate");
    for (const std::string& path : {std::string("/nonexistent/ca.pem"), garbage.path()}) {
        const auto store = stores.load(path);
        ASSERT_FALSE(store);
        EXPECT_EQ(store.error().cause, core::Cause::internal_error);
        EXPECT_THAT(store.error().detail, ::testing::HasSubstr(path));
    }
}

} // namespace
} // namespace mailpreflight::net
