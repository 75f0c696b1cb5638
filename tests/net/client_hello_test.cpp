#include "net/client_hello.hpp"

#include "tests/net/test_certificates.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <rapidcheck/gtest.h>

#include <memory>

namespace mailpreflight::net {
namespace {

using testing::KeyKind;

const std::string random32(32, 'r');

/// What OpenSSL's server answers to bytes of ours, over memory.
class Server {
public:
    Server(int oldest, int newest) :
        context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
        static const testing::TestCertificate rsa = testing::make_certificate({.key = KeyKind::rsa});
        SSL_CTX_set_cipher_list(context_.get(), "DEFAULT:@SECLEVEL=0");
        SSL_CTX_set_min_proto_version(context_.get(), oldest);
        SSL_CTX_set_max_proto_version(context_.get(), newest);
        SSL_CTX_use_certificate(context_.get(), rsa.certificate.get());
        SSL_CTX_use_PrivateKey(context_.get(), rsa.key.get());
        ssl_.reset(SSL_new(context_.get()));
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_.get(), in_, out_);
    }

    std::string answer(const std::string& hello) {
        BIO_write(in_, hello.data(), static_cast<int>(hello.size()));
        SSL_accept(ssl_.get());
        ERR_clear_error();
        char* data = nullptr;
        const long size = BIO_get_mem_data(out_, &data);
        return {data, static_cast<std::size_t>(size)};
    }

private:
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
    BIO* in_ = nullptr;
    BIO* out_ = nullptr;
};

std::optional<HelloAnswer> asked(
    int oldest, int newest, TlsVersion version, Suites suites = Suites::any, const std::string& name = "mail.example") {
    return hello_answer(Server(oldest, newest).answer(client_hello(version, suites, name, random32)));
}

TEST(ClientHello, shows_each_version_that_a_server_of_openssl_has) {
    const std::vector<std::pair<TlsVersion, int>> versions{{TlsVersion::tls10, TLS1_VERSION},
                                                           {TlsVersion::tls11, TLS1_1_VERSION},
                                                           {TlsVersion::tls12, TLS1_2_VERSION},
                                                           {TlsVersion::tls13, TLS1_3_VERSION}};
    for (const auto& [version, number] : versions) {
        const auto only = asked(number, number, version);
        ASSERT_TRUE(only && only->choice) << name_of(version) << ": " << (only ? only->said : "nothing");
        EXPECT_EQ(only->choice->version, version);
        EXPECT_EQ(obsolete_cipher(only->choice->suite), "");
        const auto any = asked(TLS1_VERSION, TLS1_3_VERSION, version, Suites::current, "");
        ASSERT_TRUE(any && any->choice) << name_of(version);
        EXPECT_EQ(any->choice->version, version);
    }
}

TEST(ClientHello, lets_a_server_take_an_older_version_than_the_newest_that_is_offered) {
    const auto answer = asked(TLS1_VERSION, TLS1_VERSION, TlsVersion::tls12);
    ASSERT_TRUE(answer && answer->choice);
    EXPECT_EQ(answer->choice->version, TlsVersion::tls10);
}

TEST(ClientHello, what_a_server_does_not_have_is_an_alert) {
    for (const auto& [oldest, newest, version, suites] : std::vector<std::tuple<int, int, TlsVersion, Suites>>{
             {TLS1_2_VERSION, TLS1_3_VERSION, TlsVersion::ssl3, Suites::any},
             {TLS1_2_VERSION, TLS1_3_VERSION, TlsVersion::tls11, Suites::any},
             {TLS1_3_VERSION, TLS1_3_VERSION, TlsVersion::tls12, Suites::any},
             {TLS1_VERSION, TLS1_2_VERSION, TlsVersion::tls13, Suites::any},
             {TLS1_VERSION, TLS1_2_VERSION, TlsVersion::tls12, Suites::obsolete}}) {
        const auto answer = asked(oldest, newest, version, suites);
        ASSERT_TRUE(answer) << name_of(version);
        EXPECT_FALSE(answer->choice) << name_of(version);
        EXPECT_THAT(answer->said, ::testing::StartsWith("alert ")) << name_of(version);
    }
}

TEST(HelloAnswer, is_read_from_a_server_of_ssl3_with_rc4) {
    const std::string body = std::string("\x03\x00", 2) + random32 + std::string("\x00\x00\x05\x00", 4);
    const std::string message = std::string("\x02\x00\x00", 3) + static_cast<char>(body.size()) + body;
    const std::string record = std::string("\x16\x03\x00\x00", 4) + static_cast<char>(message.size()) + message;
    EXPECT_EQ(hello_answer(record), (HelloAnswer{ServerChoice{TlsVersion::ssl3, 5}, ""}));
    EXPECT_EQ(obsolete_cipher(5), "RC4");
    EXPECT_EQ(obsolete_cipher(0x000a), "3DES");
    for (std::size_t size = 0; size < record.size(); ++size) {
        EXPECT_EQ(hello_answer(record.substr(0, size)), std::nullopt) << size;
    }
    const std::string warning("\x15\x03\x01\x00\x02\x01\x70", 7); // unrecognized_name, and on it goes
    EXPECT_EQ(hello_answer(warning + record), hello_answer(record));
    EXPECT_EQ(hello_answer(warning), std::nullopt);
    EXPECT_EQ(hello_answer(std::string("\x15\x03\x00\x00\x02\x02\x28", 7)), (HelloAnswer{std::nullopt, "alert 40"}));
}

TEST(HelloAnswer, of_another_protocol_is_no_tls) {
    for (const std::string text : {"HTTP/1.1 400 Bad Request\r\n\r\n", "220 mail ESMTP\r\n", "\x16\x05\x01\x01\x01x"}) {
        EXPECT_EQ(hello_answer(text), (HelloAnswer{std::nullopt, "no TLS"})) << text;
    }
}

RC_GTEST_PROP(HelloAnswer, takes_any_bytes_and_is_final, (const std::string& bytes, const std::string& more)) {
    const auto answer = hello_answer("\x16\x03\x01" + bytes);
    if (answer) {
        RC_ASSERT(hello_answer("\x16\x03\x01" + bytes + more) == answer);
    }
}

} // namespace
} // namespace mailpreflight::net
