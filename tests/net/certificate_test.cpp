#include "net/certificate.hpp"

#include "tests/net/test_certificates.hpp"

#include <cpprest/json.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace mailpreflight::net {
namespace {

using testing::CertificateSpec;
using testing::KeyKind;
using testing::make_certificate;

std::string hex(std::span<const unsigned char> bytes) {
    std::string text;
    for (const unsigned char byte : bytes) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

std::vector<unsigned char> expected_binding(std::span<const unsigned char> der, const EVP_MD* hash) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(der.data(), der.size(), digest.data(), &size, hash, nullptr);
    const std::string_view prefix = "tls-server-end-point:";
    std::vector<unsigned char> binding(prefix.begin(), prefix.end());
    binding.insert(binding.end(), digest.begin(), digest.begin() + size);
    return binding;
}

struct BindingCase {
    const char* name;
    CertificateSpec spec;
    const EVP_MD* hash; ///< null: no binding
};

class EndpointBinding : public ::testing::TestWithParam<BindingCase> {};

TEST_P(EndpointBinding, uses_the_hash_that_rfc_5929_names) {
    const auto der = make_certificate(GetParam().spec).der();
    EXPECT_EQ(endpoint_binding(der),
              GetParam().hash == nullptr ? std::vector<unsigned char>{} : expected_binding(der, GetParam().hash));
}

INSTANTIATE_TEST_SUITE_P(
    ,
    EndpointBinding,
    ::testing::Values(
        BindingCase{"rsa_md5_becomes_sha256", {.hash = "MD5", .key = KeyKind::rsa}, EVP_sha256()},
        BindingCase{"rsa_sha1_becomes_sha256", {.hash = "SHA1", .key = KeyKind::rsa}, EVP_sha256()},
        BindingCase{"rsa_sha256", {.key = KeyKind::rsa}, EVP_sha256()},
        BindingCase{"ec_sha1_becomes_sha256", {.hash = "SHA1"}, EVP_sha256()},
        BindingCase{"ec_sha384", {.hash = "SHA384"}, EVP_sha384()},
        BindingCase{"ec_sha512", {.hash = "SHA512"}, EVP_sha512()},
        BindingCase{"rsa_pss_sha384", {.hash = "SHA384", .key = KeyKind::rsa, .pss = true}, EVP_sha384()},
        BindingCase{"rsa_pss_sha1_becomes_sha256", {.hash = "SHA1", .key = KeyKind::rsa, .pss = true}, EVP_sha256()},
        BindingCase{"ed25519_has_none", {.hash = nullptr, .key = KeyKind::ed25519}, nullptr}),
    [](const auto& instance) { return instance.param.name; });

TEST(EndpointBindingVectors, agree_with_those_of_requests_ntlm) {
    const char* const directory = std::getenv("REAL_DATA_DIR");
    if (directory == nullptr) {
        GTEST_SKIP() << "REAL_DATA_DIR is not set";
    }
    std::ifstream file(std::string(directory) + "/channel-binding/vectors.json");
    ASSERT_TRUE(file) << "no channel-binding/vectors.json in " << directory;
    int seen = 0;
    const auto vectors = web::json::value::parse(file);
    for (const auto& vector : vectors.as_array()) {
        if (!vector.has_field("cert_der_b64")) {
            continue;
        }
        ++seen;
        const std::string base64 = vector.at("cert_der_b64").as_string();
        std::vector<unsigned char> der(base64.size());
        const int size = EVP_DecodeBlock(
            der.data(), reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
        ASSERT_GT(size, 0);
        const auto padding = static_cast<std::size_t>(std::count(base64.begin(), base64.end(), '='));
        der.resize(static_cast<std::size_t>(size) - padding);
        const auto binding = endpoint_binding(der);
        constexpr std::size_t prefix = 21;
        ASSERT_GT(binding.size(), prefix) << vector.at("name").as_string();
        EXPECT_EQ(hex(std::span(binding).subspan(prefix)), vector.at("tls_server_end_point_hash").as_string());
        // What NTLM puts into AV pair 10: MD5 over four zero words, the length and the data.
        std::vector<unsigned char> packed(16, 0);
        packed.insert(packed.end(), {static_cast<unsigned char>(binding.size()), 0, 0, 0});
        packed.insert(packed.end(), binding.begin(), binding.end());
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int length = 0;
        EVP_Digest(packed.data(), packed.size(), digest.data(), &length, EVP_md5(), nullptr);
        EXPECT_EQ(hex(std::span(digest).first(length)), vector.at("msv_av_channel_bindings_md5").as_string());
    }
    EXPECT_EQ(seen, 3);
}

TEST(CertificateFacts, are_read_from_the_der) {
    const auto certificate = make_certificate(
        {.common_name = "Mail, Contoso \xc3\xbc",
         .names = "DNS:MAIL.contoso.example,DNS:*.contoso.example,IP:192.0.2.7,IP:2001:db8::7,email:a@b.example",
         .issuer = &testing::test_authority(),
         .hash = "SHA384"});
    const auto facts = facts_of_certificate(certificate.der());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->subject, "CN=Mail\\, Contoso \xc3\xbc");
    EXPECT_EQ(facts->issuer, "CN=Test Root");
    EXPECT_EQ(facts->names,
              (std::vector<std::string>{"mail.contoso.example", "*.contoso.example", "192.0.2.7", "2001:db8::7"}));
    EXPECT_EQ(facts->not_after - facts->not_before, std::chrono::hours(30 * 24 + 1));
    EXPECT_EQ(facts->authority, "CN=Test Root");
    EXPECT_EQ(facts->signature_algorithm, "ecdsa-with-SHA384");
    EXPECT_EQ(facts->key, "EC 256");
    EXPECT_EQ(facts->sha256.size(), 64U);
    EXPECT_EQ(facts->binding, endpoint_binding(certificate.der()));
}

TEST(CertificateFacts, of_anything_else_there_are_none) {
    auto der = make_certificate({}).der();
    der.push_back(0);
    EXPECT_FALSE(facts_of_certificate(der));
    der.resize(der.size() / 2);
    EXPECT_FALSE(facts_of_certificate(der));
    EXPECT_FALSE(facts_of_certificate({}));
    EXPECT_TRUE(endpoint_binding({}).empty());
}

struct NameCase {
    const char* names;
    const char* name;
    bool covered;
};

TEST(CertificateNames, cover_what_rfc_6125_says) {
    for (const NameCase& row : {
             NameCase{"DNS:mail.contoso.example", "mail.contoso.example", true},
             NameCase{"DNS:mail.contoso.example", "MAIL.contoso.example", true},
             NameCase{"DNS:mail.contoso.example", "owa.contoso.example", false},
             NameCase{"DNS:*.contoso.example", "mail.contoso.example", true},
             NameCase{"DNS:*.contoso.example", "a.mail.contoso.example", false},
             NameCase{"DNS:*.contoso.example", "contoso.example", false},
             NameCase{"DNS:m*.contoso.example", "mail.contoso.example", false},
             NameCase{"IP:192.0.2.7", "192.0.2.7", true},
             NameCase{"DNS:192.0.2.7", "192.0.2.7", false},
             NameCase{"IP:2001:db8::7", "2001:db8:0::7", true},
             NameCase{"", "mail.contoso.example", true}, // the common name, when there are no DNS names
             NameCase{"DNS:other.example", "mail.contoso.example", false},
         }) {
        EXPECT_EQ(certificate_covers(make_certificate({.names = row.names}).der(), row.name), row.covered)
            << row.names << " / " << row.name;
    }
    EXPECT_FALSE(certificate_covers(make_certificate({}).der(), ""));
    EXPECT_FALSE(certificate_covers({}, "mail.contoso.example"));
}

} // namespace
} // namespace mailpreflight::net
