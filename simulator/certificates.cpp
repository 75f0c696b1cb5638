#include "simulator/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <fstream>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace mailpreflight::simulator {

namespace {

template <auto Free>
struct Deleter {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

constexpr long day = 24L * 3600;

void require(bool good, const char* what) {
    if (!good) {
        throw std::runtime_error(std::string("certificates: ") + what);
    }
}

KeyPtr make_key() {
    KeyPtr key(EVP_RSA_gen(2048));
    require(key != nullptr, "no key");
    return key;
}

void add_extension(X509& certificate, X509& issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    require(extension != nullptr, "bad extension");
    require(X509_add_ext(&certificate, extension.get(), -1) == 1, "extension not added");
}

struct Wish {
    std::string common_name;
    std::string alternative_names; ///< "DNS:localhost,IP:127.0.0.1"; empty for an authority
    long valid_from = -day;
    long valid_to = 3650 * day;
};

/** issuer null: signed by its own key. */
X509Ptr make_certificate(const Wish& wish, EVP_PKEY& key, X509* issuer, EVP_PKEY& issuer_key) {
    X509Ptr certificate(X509_new());
    require(certificate != nullptr, "no memory");
    X509_set_version(certificate.get(), X509_VERSION_3);
    std::array<unsigned char, 8> serial{};
    require(RAND_bytes(serial.data(), serial.size()) == 1, "no random bytes");
    std::uint64_t number = 0;
    for (const unsigned char byte : serial) {
        number = number << 8U | byte;
    }
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), number >> 1U);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wish.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wish.valid_to);
    X509_set_pubkey(certificate.get(), &key);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1, -1, 0);
    X509& signer = issuer == nullptr ? *certificate : *issuer;
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(&signer));
    const bool authority = wish.alternative_names.empty();
    add_extension(*certificate, signer, NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(*certificate, signer, NID_subject_key_identifier, "hash");
    add_extension(*certificate,
                  signer,
                  NID_key_usage,
                  authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment");
    if (!authority) {
        add_extension(*certificate, signer, NID_ext_key_usage, "serverAuth");
        add_extension(*certificate, signer, NID_subject_alt_name, wish.alternative_names);
        if (issuer != nullptr) {
            add_extension(*certificate, signer, NID_authority_key_identifier, "keyid");
        }
    }
    require(X509_sign(certificate.get(), &issuer_key, EVP_sha256()) > 0, "not signed");
    return certificate;
}

std::string text_of(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509& certificate) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    require(bio && PEM_write_bio_X509(bio.get(), &certificate) == 1, "not written");
    return text_of(*bio);
}

std::string pem_of(EVP_PKEY& key) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    require(bio && PEM_write_bio_PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
            "not written");
    return text_of(*bio);
}

void write_file(const std::filesystem::path& path, const std::string& text, bool secret) {
    std::filesystem::remove(path);
    std::ofstream file(path, std::ios::binary);
    if (secret) {
        // The file is empty still, so nobody reads the key between creation and this.
        std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    file << text;
    file.close();
    if (!file) {
        throw std::runtime_error("cannot write " + path.string());
    }
}

} // namespace

namespace {

CertificateSet make_new_certificates(const std::vector<std::string>& host_names) {
    std::string names = "DNS:localhost,IP:127.0.0.1";
    for (const std::string& name : host_names) {
        names += ",DNS:" + name;
    }
    const std::string common_name = host_names.empty() ? "localhost" : host_names.front();
    const KeyPtr ca_key = make_key();
    const KeyPtr key = make_key();
    const X509Ptr ca =
        make_certificate({.common_name = "Simulated Exchange CA", .alternative_names = {}}, *ca_key, nullptr, *ca_key);
    const std::string key_pem = pem_of(*key);
    const auto leaf = [&](const Wish& wish, X509* issuer, EVP_PKEY& issuer_key) {
        return TlsIdentity{pem_of(*make_certificate(wish, *key, issuer, issuer_key)), key_pem};
    };
    CertificateSet set{.ca_pem = pem_of(*ca), .identities = {}};
    set.identities[CertificateChoice::good] = leaf({common_name, names}, ca.get(), *ca_key);
    set.identities[CertificateChoice::expired] = leaf({common_name, names, -400 * day, -35 * day}, ca.get(), *ca_key);
    // As Exchange's setup makes it: NetBIOS name and internal name, signed by itself.
    set.identities[CertificateChoice::self_signed] =
        leaf({"EX01", "DNS:EX01,DNS:localhost,IP:127.0.0.1"}, nullptr, *key);
    set.identities[CertificateChoice::wrong_name] = leaf({"other.invalid", "DNS:other.invalid"}, ca.get(), *ca_key);
    return set;
}

} // namespace

CertificateSet make_certificates(const std::vector<std::string>& host_names) {
    static std::mutex mutex;
    static std::map<std::vector<std::string>, CertificateSet> made;
    const std::scoped_lock lock(mutex);
    const auto found = made.find(host_names);
    return found != made.end() ? found->second
                               : made.emplace(host_names, make_new_certificates(host_names)).first->second;
}

void write_certificates(const CertificateSet& set, const std::filesystem::path& directory) {
    std::filesystem::create_directories(directory);
    const TlsIdentity& good = set.identities.at(CertificateChoice::good);
    write_file(directory / "ca.pem", set.ca_pem, false);
    write_file(directory / "server.pem", good.certificate_pem, false);
    write_file(directory / "server.key", good.key_pem, true);
}

std::string end_point_hash(const std::string& certificate_pem) {
    const BioPtr bio(BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
    const X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    require(certificate != nullptr, "not a certificate");
    int digest_kind = NID_undef;
    if (X509_get_signature_info(certificate.get(), &digest_kind, nullptr, nullptr, nullptr) != 1 ||
        digest_kind == NID_undef) {
        return {};
    }
    if (digest_kind == NID_md5 || digest_kind == NID_sha1) {
        digest_kind = NID_sha256;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    require(X509_digest(certificate.get(), EVP_get_digestbynid(digest_kind), digest.data(), &size) == 1, "no digest");
    return {reinterpret_cast<const char*>(digest.data()), size};
}

} // namespace mailpreflight::simulator
