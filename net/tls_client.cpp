#include "net/tls_client.hpp"

#include "net/address.hpp"
#include "net/tls_verdict.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace mailpreflight::net {

namespace {

/// Where a TlsJudge hangs at its SSL. Not the "app data": that belongs to Asio.
int judge_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

/// Where the list of problems hangs at an X509_STORE_CTX.
int problems_index() {
    static const int index = X509_STORE_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

/// Bits of security of a 1024-bit RSA key or Diffie-Hellman group; what is weaker no word accepts.
constexpr int bits_of_1024 = 80;

/// The word that takes what OpenSSL finds too weak in a certificate of the chain.
std::optional<core::TlsWeakness> weakness_of(int code, const X509* certificate) {
    if (certificate == nullptr) {
        return std::nullopt;
    }
    if (code == X509_V_ERR_EE_KEY_TOO_SMALL || code == X509_V_ERR_CA_KEY_TOO_SMALL) {
        const EVP_PKEY* const key = X509_get0_pubkey(certificate);
        const bool rsa = key != nullptr && (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1);
        return rsa && EVP_PKEY_get_security_bits(key) >= bits_of_1024 ? std::optional(core::TlsWeakness::rsa1024)
                                                                      : std::nullopt;
    }
    int hash = NID_undef;
    if (code == X509_V_ERR_CA_MD_TOO_WEAK &&
        X509_get_signature_info(const_cast<X509*>(certificate), &hash, nullptr, nullptr, nullptr) == 1 &&
        hash == NID_sha1) {
        return core::TlsWeakness::sha1_signature;
    }
    return std::nullopt;
}

std::vector<unsigned char> der_of(X509* certificate) {
    std::vector<unsigned char> der;
    const int size = i2d_X509(certificate, nullptr);
    if (size > 0) {
        der.resize(static_cast<std::size_t>(size));
        unsigned char* at = der.data();
        i2d_X509(certificate, &at);
    }
    return der;
}

} // namespace

struct TlsCallbacks {
    /// Notes each problem and goes on, so that all of them are known in the end.
    static int note_problem(int ok, X509_STORE_CTX* context) {
        if (ok == 0) {
            auto* problems =
                static_cast<std::vector<ChainProblem>*>(X509_STORE_CTX_get_ex_data(context, problems_index()));
            constexpr std::size_t enough = 32;
            if (problems->size() < enough) {
                const int code = X509_STORE_CTX_get_error(context);
                problems->push_back({code,
                                     X509_STORE_CTX_get_error_depth(context),
                                     weakness_of(code, X509_STORE_CTX_get_current_cert(context))});
            }
        }
        return 1;
    }

    static int verify(X509_STORE_CTX* context, void* judge_of_context) {
        auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
        auto* judge = static_cast<TlsJudge*>(judge_of_context != nullptr ? judge_of_context
                                                                         : SSL_get_ex_data(ssl, judge_index()));
        X509* const leaf = X509_STORE_CTX_get0_cert(context);
        if (judge == nullptr || leaf == nullptr) {
            X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
            return 0;
        }
        const std::vector<unsigned char> der = der_of(leaf);
        judge->certificate_ = facts_of_certificate(der).value_or(CertificateFacts{});
        const int sent = sk_X509_num(X509_STORE_CTX_get0_untrusted(context));
        judge->certificate_.chain_length = static_cast<std::size_t>(std::max(sent, 0));
        std::vector<ChainProblem> problems;
        X509_STORE_CTX_set_ex_data(context, problems_index(), &problems);
        X509_STORE_CTX_set_verify_cb(context, &TlsCallbacks::note_problem);
        if (X509_verify_cert(context) != 1 && problems.empty()) {
            problems.push_back({X509_V_ERR_UNSPECIFIED, 0}); // could not even look
        }
        X509_STORE_CTX_set_ex_data(context, problems_index(), nullptr);
        judge->refusal_ = judge_certificate(
            judge->certificate_, problems, certificate_covers(der, expected_name(judge->target_)), judge->target_);
        if (judge->refusal_) {
            // The alert that the server gets names the first problem.
            X509_STORE_CTX_set_error(context,
                                     problems.empty() ? X509_V_ERR_APPLICATION_VERIFICATION : problems.front().code);
            return 0;
        }
        for (const ChainProblem& problem : problems) {
            if (problem.weakness && judge->target_.tls.legacy.contains(*problem.weakness)) {
                judge->certificate_.legacy_used.insert(*problem.weakness);
            }
        }
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return 1;
    }

    /// OpenSSL's security level 2 stays in force; what it refuses passes only where a word of the policy names just
    /// that.
    static int
    is_allowed(const SSL* ssl, const SSL_CTX* context, int operation, int bits, int nid, void* other, void* data) {
        if (level_two()(ssl, context, operation, bits, nid, other, data) == 1) {
            return 1;
        }
        const auto* const judge =
            ssl == nullptr ? nullptr : static_cast<const TlsJudge*>(SSL_get_ex_data(ssl, judge_index()));
        return judge != nullptr && accepts(judge->target_.tls, SSL_version(ssl), operation, bits, nid) ? 1 : 0;
    }

    static bool accepts(const TlsPolicy& policy, int version, int operation, int bits, int nid) {
        using core::TlsWeakness;
        const auto named = [&](TlsWeakness weakness) { return policy.legacy.contains(weakness); };
        switch (operation) {
        case SSL_SECOP_VERSION:
            return (nid == TLS1_VERSION && named(TlsWeakness::tls10)) ||
                   (nid == TLS1_1_VERSION && (named(TlsWeakness::tls11) || named(TlsWeakness::tls10)));
        case SSL_SECOP_SIGALG_SUPPORTED:
        case SSL_SECOP_SIGALG_SHARED:
        case SSL_SECOP_SIGALG_CHECK:
            // Before TLS 1.2 the handshake knows no other signature than MD5 with SHA-1; the word of the version is it.
            return version < TLS1_2_VERSION || (nid == NID_sha1 && named(TlsWeakness::sha1_signature));
        case SSL_SECOP_TMP_DH:
            return bits >= bits_of_1024 && named(TlsWeakness::dh1024);
        default:
            return false;
        }
    }

    using SecurityCallback = int (*)(const SSL*, const SSL_CTX*, int, int, int, void*, void*);

    /// OpenSSL's own judgement, as a fresh context has it.
    static SecurityCallback level_two() {
        static const SecurityCallback callback = [] {
            const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> fresh(SSL_CTX_new(TLS_client_method()),
                                                                          &SSL_CTX_free);
            return SSL_CTX_get_security_callback(fresh.get());
        }();
        return callback;
    }
};

namespace {

int oldest_version(const TlsPolicy& policy) {
    if (policy.legacy.contains(core::TlsWeakness::tls10)) {
        return TLS1_VERSION;
    }
    return policy.legacy.contains(core::TlsWeakness::tls11) ? TLS1_1_VERSION : TLS1_2_VERSION;
}

/// The weaknesses of an established connection itself, beside those of its certificates.
std::set<core::TlsWeakness> weaknesses_of(SSL* ssl) {
    std::set<core::TlsWeakness> weaknesses;
    const int version = SSL_version(ssl);
    if (version == TLS1_VERSION) {
        weaknesses.insert(core::TlsWeakness::tls10);
    } else if (version == TLS1_1_VERSION) {
        weaknesses.insert(core::TlsWeakness::tls11);
    }
    if (version < TLS1_3_VERSION && SSL_get_secure_renegotiation_support(ssl) == 0) {
        weaknesses.insert(core::TlsWeakness::legacy_server_connect);
    }
    int hash = NID_undef;
    if (version >= TLS1_2_VERSION && SSL_get_peer_signature_nid(ssl, &hash) == 1 && hash == NID_sha1) {
        weaknesses.insert(core::TlsWeakness::sha1_signature);
    }
    EVP_PKEY* group = nullptr;
    if (SSL_get_peer_tmp_key(ssl, &group) == 1 && group != nullptr) {
        constexpr int wanted_bits = 2048;
        if (EVP_PKEY_is_a(group, "DH") == 1 && EVP_PKEY_get_bits(group) < wanted_bits) {
            weaknesses.insert(core::TlsWeakness::dh1024);
        }
        EVP_PKEY_free(group);
    }
    return weaknesses;
}

} // namespace

core::Outcome<std::shared_ptr<ssl_ctx_st>> make_client_context(CaStores& stores, const TlsPolicy& policy) {
    auto store = stores.load(policy.ca_file);
    if (!store) {
        return tl::unexpected(std::move(store.error()));
    }
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    // What openssl.cnf says does not decide what a password travels through.
    if (!context || SSL_CTX_set_min_proto_version(context.get(), oldest_version(policy)) != 1 ||
        SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context.get(), "DEFAULT:@SECLEVEL=2") != 1) {
        ERR_clear_error();
        return core::failed(core::Stage::tls, core::Cause::internal_error, "OpenSSL gives no client context");
    }
    SSL_CTX_set1_cert_store(context.get(), store->get());
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_security_callback(context.get(), &TlsCallbacks::is_allowed);
    SSL_CTX_clear_options(context.get(), SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
    if (policy.legacy.contains(core::TlsWeakness::legacy_server_connect)) {
        SSL_CTX_set_options(context.get(), SSL_OP_LEGACY_SERVER_CONNECT);
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context.get(), &TlsCallbacks::verify, nullptr);
    return context;
}

TlsJudge::TlsJudge(Target target) :
    target_(std::move(target)) {}

void TlsJudge::attach(ssl_st* ssl) {
    SSL_set_ex_data(ssl, judge_index(), this);
    if (std::string name = expected_name(target_); !is_address_literal(name)) {
        // The function behind the macro SSL_set_tlsext_host_name, which casts in C's way; OpenSSL copies the name.
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
}

void TlsJudge::attach(ssl_ctx_st* context) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &TlsCallbacks::verify, this);
}

void TlsJudge::note_established(ssl_st* ssl) {
    certificate_.tls_version = SSL_version(ssl) == TLS1_VERSION ? "TLSv1.0" : SSL_get_version(ssl);
    certificate_.legacy_used.merge(weaknesses_of(ssl));
}

core::Failure TlsJudge::failure(unsigned long error, const std::string& text) const {
    return refusal_ ? *refusal_ : judge_handshake(error, text);
}

} // namespace mailpreflight::net
