#include "http/client_assertion.hpp"

#include "http/jwt.hpp"
#include "json/writer.hpp"
#include "net/certificate.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace mailpreflight::http {

namespace {

using base::ErrorCode;
using base::failure;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr int fewest_bits = 2048;

Bio bio_over(std::string_view text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

/// Nobody is asked for a passphrase: a key that wants one is refused.
int note_question(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return 0;
}

base::Result<std::shared_ptr<EVP_PKEY>> read_key(const base::Secret& pem) {
    bool wants_passphrase = false;
    EVP_PKEY* const raw = pem.expose_to([&](std::string_view text) {
        return PEM_read_bio_PrivateKey(bio_over(text).get(), nullptr, &note_question, &wants_passphrase);
    });
    ERR_clear_error();
    std::shared_ptr<EVP_PKEY> key(raw, &EVP_PKEY_free);
    if (wants_passphrase) {
        return failure(ErrorCode::invalid_argument,
                       "the key has a passphrase, which nobody types in here: write it without one (openssl pkey -in "
                       "KEY -out NEW) into a file that only the service can read");
    }
    if (!key) {
        return failure(ErrorCode::invalid_argument, "the key is no PEM (-----BEGIN PRIVATE KEY-----)");
    }
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key.get()) < fewest_bits) {
        return failure(ErrorCode::invalid_argument,
                       fmt::format("Microsoft takes RSA keys of {} bits or more, and this is none", fewest_bits));
    }
    return key;
}

/// A random UUID (RFC 4122, version 4).
std::string random_id() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw std::runtime_error("OpenSSL gives no random bytes");
    }
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes.at(i));
    }
    return text;
}

std::uint64_t seconds_of(base::SystemTime time) {
    return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

} // namespace

std::string_view name_of(AssertionAlgorithm algorithm) {
    switch (algorithm) {
    case AssertionAlgorithm::ps256:
        return "PS256";
    case AssertionAlgorithm::rs256:
        return "RS256";
    }
    throw std::logic_error("no such algorithm");
}

base::Result<ClientCertificate> ClientCertificate::read(std::string_view certificate_pem, const base::Secret& key_pem) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bio_over(certificate_pem).get(), nullptr, nullptr, nullptr), &X509_free);
    if (!certificate) {
        ERR_clear_error();
        return failure(ErrorCode::invalid_argument, "the certificate is no PEM (-----BEGIN CERTIFICATE-----)");
    }
    auto key = read_key(key_pem);
    if (!key) {
        return failure(key.error());
    }
    if (X509_check_private_key(certificate.get(), key->get()) != 1) {
        ERR_clear_error();
        return failure(ErrorCode::invalid_argument, "the key is not that of the certificate");
    }
    std::vector<unsigned char> der(static_cast<std::size_t>(i2d_X509(certificate.get(), nullptr)));
    unsigned char* at = der.data();
    i2d_X509(certificate.get(), &at);
    const auto facts = net::facts_of_certificate(der);
    if (!facts) {
        return failure(ErrorCode::invalid_argument, "the certificate cannot be read");
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(der.data(), der.size(), digest.data());
    ClientCertificate read;
    read.key_ = std::move(*key);
    read.thumbprint_ = to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
    read.not_after_ = facts->not_after;
    return read;
}

base::Result<std::string> ClientCertificate::sign(AssertionAlgorithm algorithm, std::string_view bytes) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;
    bool good = EVP_DigestSignInit(context.get(), &parameters, EVP_sha256(), nullptr, key_.get()) == 1;
    if (algorithm == AssertionAlgorithm::ps256) {
        // RFC 7518 3.5: MGF1 with the same hash, a salt as long as the hash.
        good = good && EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t size = signature.size();
    good = good && EVP_DigestSign(context.get(),
                                  reinterpret_cast<unsigned char*>(signature.data()),
                                  &size,
                                  reinterpret_cast<const unsigned char*>(bytes.data()),
                                  bytes.size()) == 1;
    if (!good) {
        ERR_clear_error();
        return failure(ErrorCode::internal, "OpenSSL does not sign with this key");
    }
    signature.resize(size);
    return signature;
}

AssertionParts assertion_parts(AssertionAlgorithm algorithm,
                               const std::string& thumbprint,
                               const std::string& token_url,
                               const std::string& client_id,
                               const std::string& id,
                               base::SystemTime now) {
    json::Writer header;
    header.add("alg", name_of(algorithm)).add("typ", "JWT").add("x5t#S256", thumbprint);
    json::Writer payload;
    payload.add("aud", token_url)
        .add("iss", client_id)
        .add("sub", client_id)
        .add("jti", id)
        .add("nbf", seconds_of(now))
        .add("iat", seconds_of(now))
        .add("exp", seconds_of(now + assertion_life));
    return {json::write(header.take()), json::write(payload.take())};
}

base::Result<base::Secret> make_assertion(const ClientCertificate& certificate,
                                          AssertionAlgorithm algorithm,
                                          const std::string& token_url,
                                          const std::string& client_id,
                                          base::SystemTime now) {
    const AssertionParts parts =
        assertion_parts(algorithm, certificate.thumbprint(), token_url, client_id, random_id(), now);
    std::string text = to_base64url(parts.header) + "." + to_base64url(parts.payload);
    const auto signature = certificate.sign(algorithm, text);
    if (!signature) {
        return failure(signature.error());
    }
    std::string whole = text + "." + to_base64url(*signature);
    base::Secret assertion(whole);
    base::wipe(whole);
    return assertion;
}

} // namespace mailpreflight::http
