#include "http/client_assertion.hpp"

#include "base/text.hpp"
#include "http/jwt.hpp"
#include "net/certificate.hpp"
#include "tests/net/test_certificates.hpp"

#include <gtest/gtest.h>
#include <openssl/rsa.h>

namespace mailpreflight::http {
namespace {

using testing::KeyKind;
using testing::make_certificate;
using testing::TestCertificate;

std::string pem_of(EVP_PKEY* key, const char* passphrase = nullptr) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(out.get(),
                             key,
                             passphrase != nullptr ? EVP_aes_256_cbc() : nullptr,
                             reinterpret_cast<const unsigned char*>(passphrase),
                             passphrase != nullptr ? static_cast<int>(std::string_view(passphrase).size()) : 0,
                             nullptr,
                             nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

const TestCertificate& registered() {
    static const TestCertificate certificate =
        make_certificate({.common_name = "migration", .names = "", .key = KeyKind::rsa});
    return certificate;
}

ClientCertificate client_certificate() {
    return *ClientCertificate::read(registered().pem(), base::Secret(pem_of(registered().key.get())));
}

bool verifies(AssertionAlgorithm algorithm, const std::string& text, const std::string& signature) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;
    EVP_DigestVerifyInit(context.get(), &parameters, EVP_sha256(), nullptr, registered().key.get());
    if (algorithm == AssertionAlgorithm::ps256) {
        EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 32);
        EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, EVP_sha256());
    }
    return EVP_DigestVerify(context.get(),
                            reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(),
                            reinterpret_cast<const unsigned char*>(text.data()),
                            text.size()) == 1;
}

TEST(AssertionParts, are_what_microsoft_asks_for) {
    const base::SystemTime now{std::chrono::seconds(1'796'000'000)};
    EXPECT_EQ(
        assertion_parts(AssertionAlgorithm::ps256, "thumb", "https://login/t/oauth2/v2.0/token", "app", "id-1", now),
        (AssertionParts{R"({"alg":"PS256","typ":"JWT","x5t#S256":"thumb"})",
                        R"({"aud":"https://login/t/oauth2/v2.0/token","iss":"app","sub":"app","jti":"id-1",)"
                        R"("nbf":1796000000,"iat":1796000000,"exp":1796000480})"}));
    EXPECT_GE(assertion_life, std::chrono::minutes(5));
    EXPECT_LE(assertion_life, std::chrono::minutes(10));
}

TEST(Assertion, is_signed_by_the_key_of_the_certificate) {
    for (const auto algorithm : {AssertionAlgorithm::ps256, AssertionAlgorithm::rs256}) {
        const auto assertion =
            make_assertion(client_certificate(), algorithm, "https://login/", "app", base::SystemTime());
        ASSERT_TRUE(assertion);
        const std::string text = assertion->expose_to([](std::string_view bytes) { return std::string(bytes); });
        const auto parts = base::split(text, '.');
        ASSERT_EQ(parts.size(), 3U);
        const std::string signature = *from_base64url(parts[2]);
        EXPECT_TRUE(verifies(algorithm, parts[0] + "." + parts[1], signature));
        EXPECT_FALSE(verifies(algorithm, parts[0] + "." + parts[1] + "x", signature));
        EXPECT_NE(from_base64url(parts[0])->find(std::string(name_of(algorithm))), std::string::npos);
    }
}

TEST(Assertion, is_another_each_time) {
    const auto first = make_assertion(client_certificate(), AssertionAlgorithm::rs256, "u", "app", base::SystemTime());
    const auto second = make_assertion(client_certificate(), AssertionAlgorithm::rs256, "u", "app", base::SystemTime());
    const auto text = [](const base::Secret& secret) {
        return secret.expose_to([](std::string_view bytes) { return std::string(bytes); });
    };
    EXPECT_NE(text(*first), text(*second)) << "the id is new each time, though the time is the same";
}

TEST(ClientCertificate, knows_its_thumbprint_and_its_end) {
    const auto certificate = client_certificate();
    EXPECT_EQ(certificate.thumbprint().size(), 43U);
    EXPECT_EQ(certificate.not_after(), net::facts_of_certificate(registered().der())->not_after);
}

TEST(ClientCertificate, is_refused_with_a_reason) {
    const TestCertificate other = make_certificate({.key = KeyKind::rsa});
    const TestCertificate ec = make_certificate({});
    const TestCertificate small = make_certificate({.key = KeyKind::rsa1024});
    const auto fault = [](const std::string& certificate, const std::string& key) {
        const auto read = ClientCertificate::read(certificate, base::Secret(key));
        return read ? std::string("read") : read.error().message();
    };
    const std::string key = pem_of(registered().key.get());
    EXPECT_NE(fault("PLANTED", key).find("the certificate is no PEM"), std::string::npos);
    EXPECT_NE(fault(registered().pem(), "PLANTED").find("the key is no PEM"), std::string::npos);
    EXPECT_NE(fault(registered().pem(), pem_of(other.key.get())).find("not that of the certificate"),
              std::string::npos);
    EXPECT_NE(fault(ec.pem(), pem_of(ec.key.get())).find("RSA keys of 2048 bits"), std::string::npos);
    EXPECT_NE(fault(small.pem(), pem_of(small.key.get())).find("RSA keys of 2048 bits"), std::string::npos);
    EXPECT_NE(fault(registered().pem(), pem_of(registered().key.get(), "secret")).find("passphrase"),
              std::string::npos);
    EXPECT_EQ(fault(registered().pem() + key, registered().pem() + key), "read") << "both may stand in one file";
}

} // namespace
} // namespace mailpreflight::http
