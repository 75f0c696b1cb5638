#include "net/tls_verdict.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

namespace mailpreflight::net {
namespace {

using core::Cause;

const CertificateFacts shown{
    .subject = "CN=mail",
    .issuer = "CN=Mail CA",
    .names = {"mail.contoso.example"},
    .not_before = base::SystemTime(std::chrono::seconds(1'000'000'000)),
    .not_after = base::SystemTime(std::chrono::seconds(1'100'000'000)),
    .sha256 = "abcd",
};

Target target(std::vector<std::string> pins = {}) {
    return {.host = "mail.contoso.example", .tls = {.pin_sha256 = std::move(pins)}};
}

std::string cause_of(const std::optional<core::Failure>& failure) {
    return failure ? std::string(core::code_of(failure->cause)) : "";
}

TEST(JudgeCertificate, takes_one_without_problems) {
    EXPECT_FALSE(judge_certificate(shown, {}, true, target()));
}

TEST(JudgeCertificate, names_the_cause_of_each_problem) {
    const std::vector<std::pair<int, const char*>> rows{
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "certificate_self_signed"},
        {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "certificate_untrusted"},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "certificate_untrusted"},
        {X509_V_ERR_CERT_SIGNATURE_FAILURE, "certificate_untrusted"},
        {X509_V_ERR_INVALID_PURPOSE, "certificate_untrusted"},
        {X509_V_ERR_CERT_HAS_EXPIRED, "certificate_expired"},
        {X509_V_ERR_CERT_NOT_YET_VALID, "certificate_not_yet_valid"},
        {X509_V_ERR_EE_KEY_TOO_SMALL, "tls_handshake_failed"},
        {X509_V_ERR_CA_MD_TOO_WEAK, "tls_handshake_failed"},
    };
    for (const auto& [code, cause] : rows) {
        EXPECT_EQ(cause_of(judge_certificate(shown, {{code, 0}}, true, target())), cause) << code;
    }
}

TEST(JudgeCertificate, names_all_problems_and_the_heaviest_cause) {
    EXPECT_EQ(
        judge_certificate(shown,
                          {{X509_V_ERR_CERT_HAS_EXPIRED, 0},
                           {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0},
                           {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, 0}},
                          false,
                          target()),
        (core::Failure{core::Stage::tls,
                       Cause::certificate_untrusted,
                       "certificate of CN=mail: its issuer CN=Mail CA is not known here (unknown authority, or the "
                       "server does not send the intermediate certificate); it expired on 2004-11-09T11:33:20.000Z; it "
                       "is for mail.contoso.example, not for mail.contoso.example",
                       {}}));
}

TEST(JudgeCertificate, a_missing_intermediate_is_told_from_an_unknown_authority_where_it_can_be) {
    const auto detail = [](std::size_t chain_length, const char* issuer_url) {
        CertificateFacts certificate = shown;
        certificate.chain_length = chain_length;
        certificate.issuer_url = issuer_url;
        return judge_certificate(certificate, {{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0}}, true, target())
            ->detail;
    };
    EXPECT_THAT(
        detail(1, "http://ca.example/ca.crt"),
        ::testing::HasSubstr("the server does not send the intermediate certificate: only its own comes, and the "
                             "issuer CN=Mail CA is not known here (its certificate: http://ca.example/ca.crt)"));
    EXPECT_THAT(detail(1, ""), ::testing::HasSubstr("unknown authority, or the server does not send"));
    EXPECT_THAT(
        detail(2, "http://ca.example/ca.crt"),
        ::testing::HasSubstr("the authority at the end of the chain that the server sends is not trusted here"));
}

TEST(JudgeCertificate, a_weakness_is_excused_by_its_own_word_alone) {
    using core::TlsWeakness;
    const ChainProblem small_key{X509_V_ERR_EE_KEY_TOO_SMALL, 0, TlsWeakness::rsa1024};
    const ChainProblem old_hash{X509_V_ERR_CA_MD_TOO_WEAK, 0, TlsWeakness::sha1_signature};
    Target accepting = target();
    accepting.tls.legacy = {TlsWeakness::rsa1024};
    EXPECT_FALSE(judge_certificate(shown, {small_key}, true, accepting));
    EXPECT_THAT(
        judge_certificate(shown, {small_key, old_hash}, true, accepting)->detail,
        ::testing::AllOf(::testing::HasSubstr("sha1-signature"), ::testing::Not(::testing::HasSubstr("rsa1024"))));
    accepting.tls.legacy = {TlsWeakness::tls10, TlsWeakness::sha1_signature, TlsWeakness::dh1024};
    EXPECT_EQ(cause_of(judge_certificate(shown, {small_key}, true, accepting)), "tls_handshake_failed");
    // MD5, or 512 bits: no word takes it, and none is named.
    const auto hopeless = judge_certificate(shown, {{X509_V_ERR_CA_MD_TOO_WEAK, 0}}, true, accepting);
    EXPECT_THAT(hopeless->detail, ::testing::Not(::testing::HasSubstr("legacy")));
}

TEST(TlsTarget, names_its_service_by_the_url_and_an_address_by_its_server_name) {
    Target by_name{.host = "mail.contoso.example", .tls = {.server_name = "ex01.contoso.example"}};
    EXPECT_EQ(expected_name(by_name), "ex01.contoso.example");
    EXPECT_EQ(service_host(by_name), "mail.contoso.example");
    Target by_address{.host = "192.0.2.7", .tls = {.server_name = "mail.contoso.example"}};
    EXPECT_EQ(service_host(by_address), "mail.contoso.example");
    by_address.tls.server_name.clear();
    EXPECT_EQ(service_host(by_address), "192.0.2.7");
}

TEST(JudgeCertificate, a_pin_stands_in_for_an_unknown_authority_only) {
    const Target pinned = target({"ffff", "abcd"});
    EXPECT_FALSE(judge_certificate(shown, {{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0}}, true, pinned));
    EXPECT_FALSE(judge_certificate(
        shown,
        {{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0}, {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, 0}},
        true,
        pinned));
    EXPECT_EQ(
        cause_of(judge_certificate(
            shown, {{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0}, {X509_V_ERR_CERT_HAS_EXPIRED, 0}}, true, pinned)),
        "certificate_expired");
    EXPECT_EQ(cause_of(judge_certificate(shown, {}, false, pinned)), "certificate_name_mismatch");
    EXPECT_EQ(cause_of(judge_certificate(shown, {{X509_V_ERR_CERT_SIGNATURE_FAILURE, 1}}, true, pinned)),
              "certificate_untrusted");
}

TEST(JudgeCertificate, a_pin_that_does_not_match_refuses_also_a_good_chain) {
    EXPECT_EQ(cause_of(judge_certificate(shown, {}, true, target({"ffff"}))), "certificate_pin_mismatch");
    EXPECT_EQ(
        cause_of(judge_certificate(shown, {{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0}}, false, target({"ffff"}))),
        "certificate_pin_mismatch");
}

TEST(JudgeHandshake, names_the_legacy_word_that_would_help) {
    const auto judged = [](int reason) { return judge_handshake(ERR_PACK(ERR_LIB_SSL, 0, reason), ""); };
    EXPECT_EQ(judged(SSL_R_UNSUPPORTED_PROTOCOL).cause, Cause::tls_protocol_too_old);
    EXPECT_EQ(judged(SSL_R_TLSV1_ALERT_PROTOCOL_VERSION).cause, Cause::tls_protocol_too_old);
    EXPECT_THAT(judged(SSL_R_UNSUPPORTED_PROTOCOL).detail, ::testing::HasSubstr("tls1.0"));
    EXPECT_THAT(judged(SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED).detail,
                ::testing::HasSubstr("legacy-server-connect"));
    EXPECT_THAT(judged(SSL_R_DH_KEY_TOO_SMALL).detail, ::testing::HasSubstr("dh1024"));
    EXPECT_THAT(judged(SSL_R_EE_KEY_TOO_SMALL).detail, ::testing::HasSubstr("rsa1024"));
    EXPECT_THAT(judged(SSL_R_CA_MD_TOO_WEAK).detail, ::testing::HasSubstr("sha1-signature"));
    EXPECT_EQ(judged(SSL_R_WRONG_VERSION_NUMBER).cause, Cause::tls_handshake_failed);
    EXPECT_EQ(judge_handshake(0, ""),
              (core::Failure{core::Stage::tls, Cause::tls_handshake_failed, "the server closed the connection", {}}));
}

} // namespace
} // namespace mailpreflight::net
