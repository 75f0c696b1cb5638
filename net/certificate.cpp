#include "net/certificate.hpp"

#include "base/text.hpp"
#include "net/address.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <ctime>
#include <memory>
#include <string_view>

namespace mailpreflight::net {

namespace {

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

X509Ptr read_der(std::span<const unsigned char> der) {
    const unsigned char* at = der.data();
    X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())), &X509_free);
    if (certificate && at != der.data() + der.size()) {
        certificate.reset(); // bytes after the certificate
    }
    return certificate;
}

std::string one_line(const X509_NAME* name) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    // RFC 2253, with UTF-8 left as it is.
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return base::to_valid_utf8(std::string_view(data, size > 0 ? static_cast<std::size_t>(size) : 0));
}

base::SystemTime time_of(const ASN1_TIME* time) {
    std::tm tm{};
    if (ASN1_TIME_to_tm(time, &tm) != 1) {
        return {};
    }
    return base::SystemTime(std::chrono::seconds(timegm(&tm)));
}

std::string hex(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 0xfU];
    }
    return text;
}

std::vector<std::string> alternative_names(const X509* certificate) {
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
        &GENERAL_NAMES_free);
    std::vector<std::string> texts;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const auto* value =
            static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
        if (type != GEN_DNS && type != GEN_IPADD) {
            continue;
        }
        const unsigned char* data = ASN1_STRING_get0_data(value);
        const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
        if (type == GEN_DNS) {
            texts.push_back(base::to_valid_utf8(base::to_lower(std::string(data, data + size))));
        } else if (size == 4 || size == 16) {
            std::array<char, INET6_ADDRSTRLEN> text{};
            inet_ntop(size == 4 ? AF_INET : AF_INET6, data, text.data(), static_cast<socklen_t>(text.size()));
            texts.emplace_back(text.data());
        }
    }
    return texts;
}

std::string authority_of(const X509* certificate) {
    const X509_NAME* const issuer = X509_get_issuer_name(certificate);
    const int at = X509_NAME_get_index_by_NID(issuer, NID_organizationName, -1);
    if (at < 0) {
        return one_line(issuer);
    }
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(issuer, at)));
    const std::string organisation = size > 0 ? std::string(utf8, utf8 + size) : std::string();
    OPENSSL_free(utf8);
    return organisation.empty() ? one_line(issuer) : "O=" + base::to_valid_utf8(organisation);
}

std::string key_of(const X509* certificate) {
    const EVP_PKEY* const key = X509_get0_pubkey(certificate);
    if (key == nullptr) {
        return {};
    }
    const char* const kind = EVP_PKEY_get0_type_name(key);
    return (kind != nullptr ? std::string(kind) + " " : "") + std::to_string(EVP_PKEY_get_bits(key));
}

/// The first http address that the certificate names for its issuer's.
std::string issuer_url_of(const X509* certificate) {
    const std::unique_ptr<AUTHORITY_INFO_ACCESS, decltype(&AUTHORITY_INFO_ACCESS_free)> places(
        static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)),
        &AUTHORITY_INFO_ACCESS_free);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(places.get()); ++i) {
        const ACCESS_DESCRIPTION* const place = sk_ACCESS_DESCRIPTION_value(places.get(), i);
        if (OBJ_obj2nid(place->method) != NID_ad_ca_issuers || place->location->type != GEN_URI) {
            continue;
        }
        const ASN1_IA5STRING* const text = place->location->d.uniformResourceIdentifier;
        const unsigned char* const data = ASN1_STRING_get0_data(text);
        const std::string url(data, data + ASN1_STRING_length(text));
        const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
        if (plain && url.starts_with("http") && url.size() <= 300) {
            return url;
        }
    }
    return {};
}

/// The hash of RFC 5929 4.1, or none.
const EVP_MD* binding_hash(X509* certificate) {
    int hash = NID_undef;
    if (X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr) != 1) {
        // OpenSSL does not rate the algorithm (MD5 in some builds); its name still tells the hash.
        int key = NID_undef;
        if (OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &hash, &key) != 1) {
            return nullptr;
        }
    }
    if (hash == NID_undef) {
        return nullptr;
    }
    return hash == NID_md5 || hash == NID_sha1 || hash == NID_md5_sha1 ? EVP_sha256() : EVP_get_digestbynid(hash);
}

std::vector<unsigned char> binding_of(X509* certificate, std::span<const unsigned char> der) {
    const EVP_MD* const hash = binding_hash(certificate);
    if (hash == nullptr) {
        return {};
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(der.data(), der.size(), digest.data(), &size, hash, nullptr) != 1) {
        return {};
    }
    constexpr std::string_view prefix = "tls-server-end-point:";
    std::vector<unsigned char> binding(prefix.begin(), prefix.end());
    binding.insert(binding.end(), digest.begin(), digest.begin() + size);
    return binding;
}

} // namespace

std::optional<CertificateFacts> facts_of_certificate(std::span<const unsigned char> der) {
    const X509Ptr certificate = read_der(der);
    if (!certificate) {
        return std::nullopt;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(der.data(), der.size(), digest.data(), &size, EVP_sha256(), nullptr);
    const char* const algorithm = OBJ_nid2ln(X509_get_signature_nid(certificate.get()));
    return CertificateFacts{
        .subject = one_line(X509_get_subject_name(certificate.get())),
        .issuer = one_line(X509_get_issuer_name(certificate.get())),
        .authority = authority_of(certificate.get()),
        .names = alternative_names(certificate.get()),
        .not_before = time_of(X509_get0_notBefore(certificate.get())),
        .not_after = time_of(X509_get0_notAfter(certificate.get())),
        .sha256 = hex(std::span(digest).first(size)),
        .signature_algorithm = algorithm != nullptr ? algorithm : "",
        .key = key_of(certificate.get()),
        .issuer_url = issuer_url_of(certificate.get()),
        .binding = binding_of(certificate.get(), der),
        .tls_version = {},
        .legacy_used = {},
    };
}

std::vector<unsigned char> endpoint_binding(std::span<const unsigned char> der) {
    const X509Ptr certificate = read_der(der);
    return certificate ? binding_of(certificate.get(), der) : std::vector<unsigned char>{};
}

bool certificate_covers(std::span<const unsigned char> der, const std::string& name) {
    const X509Ptr certificate = read_der(der);
    if (!certificate || name.empty()) {
        return false;
    }
    if (is_address_literal(name)) {
        return X509_check_ip_asc(certificate.get(), name.c_str(), 0) == 1;
    }
    return X509_check_host(
               certificate.get(), name.data(), name.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

} // namespace mailpreflight::net
