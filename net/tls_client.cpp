#include "net/tls_client.hpp"

#include "net/address.hpp"
#include "net/tls_verdict.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

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
                problems->push_back({X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context)});
            }
        }
        return 1;
    }

    static int verify(X509_STORE_CTX* context, void*) {
        auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
        auto* judge = static_cast<TlsJudge*>(SSL_get_ex_data(ssl, judge_index()));
        X509* const leaf = X509_STORE_CTX_get0_cert(context);
        if (judge == nullptr || leaf == nullptr) {
            X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
            return 0;
        }
        const std::vector<unsigned char> der = der_of(leaf);
        judge->certificate_ = facts_of_certificate(der).value_or(CertificateFacts{});
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
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return 1;
    }
};

core::Outcome<std::shared_ptr<ssl_ctx_st>> make_client_context(CaStores& stores, const TlsPolicy& policy) {
    auto store = stores.load(policy.ca_file);
    if (!store) {
        return tl::unexpected(std::move(store.error()));
    }
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    // What openssl.cnf says does not decide what a password travels through.
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context.get(), "DEFAULT:@SECLEVEL=2") != 1) {
        ERR_clear_error();
        return core::failed(core::Stage::tls, core::Cause::internal_error, "OpenSSL gives no client context");
    }
    SSL_CTX_set1_cert_store(context.get(), store->get());
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
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

void TlsJudge::note_established(const ssl_st* ssl) {
    certificate_.tls_version = SSL_get_version(ssl);
}

core::Failure TlsJudge::failure(unsigned long error, const std::string& text) const {
    return refusal_ ? *refusal_ : judge_handshake(error, text);
}

} // namespace mailpreflight::net
