#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

/// Certificates made on the spot, for the tests of net/ and http/.
namespace mailpreflight::testing {

struct TestCertificate {
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;

    [[nodiscard]] std::vector<unsigned char> der() const {
        std::vector<unsigned char> bytes(static_cast<std::size_t>(i2d_X509(certificate.get(), nullptr)));
        unsigned char* at = bytes.data();
        i2d_X509(certificate.get(), &at);
        return bytes;
    }

    [[nodiscard]] std::string pem() const {
        const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
        PEM_write_bio_X509(out.get(), certificate.get());
        char* data = nullptr;
        const long size = BIO_get_mem_data(out.get(), &data);
        return {data, static_cast<std::size_t>(size)};
    }
};

enum class KeyKind { ec, rsa, rsa1024, ed25519 };

struct CertificateSpec {
    std::string common_name = "mail.contoso.example";
    std::string names = "DNS:mail.contoso.example,IP:127.0.0.1"; ///< OpenSSL's syntax; empty: no extension
    const TestCertificate* issuer = nullptr;                     ///< null: self-signed
    long from = -3600;                                           ///< seconds from now
    long until = 30L * 24 * 3600;
    const char* hash = "SHA256"; ///< null for EdDSA
    KeyKind key = KeyKind::ec;
    bool pss = false;
    bool authority = false;
};

inline void add_extension(X509* certificate, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr) {
        throw std::runtime_error("bad extension " + value);
    }
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

inline EVP_PKEY* make_key(KeyKind kind) {
    switch (kind) {
    case KeyKind::ec:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    case KeyKind::rsa:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
    case KeyKind::rsa1024:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024});
    case KeyKind::ed25519:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    }
    throw std::logic_error("no such key");
}

inline TestCertificate make_certificate(const CertificateSpec& spec) {
    static std::atomic<long> serial{1};
    TestCertificate made{{X509_new(), &X509_free}, {make_key(spec.key), &EVP_PKEY_free}};
    X509* const certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), spec.from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), spec.until);
    X509_set_pubkey(certificate, made.key.get());
    X509_NAME* const name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(
        name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate,
                         spec.issuer != nullptr ? X509_get_subject_name(spec.issuer->certificate.get()) : name);
    if (spec.authority) {
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else if (!spec.names.empty()) {
        add_extension(certificate, NID_subject_alt_name, spec.names);
    }
    EVP_PKEY* const signer = spec.issuer != nullptr ? spec.issuer->key.get() : made.key.get();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;
    EVP_DigestSignInit(
        context.get(), &parameters, spec.hash != nullptr ? EVP_get_digestbyname(spec.hash) : nullptr, nullptr, signer);
    if (spec.pss) {
        EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    }
    if (X509_sign_ctx(certificate, context.get()) <= 0) {
        throw std::runtime_error("cannot sign");
    }
    return made;
}

inline const TestCertificate& test_authority() {
    static const TestCertificate authority =
        make_certificate({.common_name = "Test Root", .until = 3650L * 24 * 3600, .authority = true});
    return authority;
}

/// A file that is removed when the test ends.
class TestFile {
public:
    explicit TestFile(const std::string& content) {
        static std::atomic<int> number{0};
        path_ = std::filesystem::temp_directory_path() /
                ("mailpreflight-test-" + std::to_string(getpid()) + "-" + std::to_string(number++));
        replace(content);
    }
    ~TestFile() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    TestFile(const TestFile&) = delete;
    TestFile& operator=(const TestFile&) = delete;

    void replace(const std::string& content) const {
        const std::filesystem::path next = path_.string() + ".next";
        std::ofstream(next) << content;
        std::filesystem::rename(next, path_);
    }
    [[nodiscard]] std::string path() const {
        return path_.string();
    }

private:
    std::filesystem::path path_;
};

} // namespace mailpreflight::testing
