#include "checks/old_server.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::checks {
namespace {

using core::Cause;
using core::TlsWeakness;
using net::TlsVersion;

const core::Failure failed{core::Stage::tls, Cause::tls_handshake_failed, "handshake failure", {}};

std::optional<net::HelloAnswer> chose(TlsVersion version, std::uint16_t suite = 0x002f) {
    return net::HelloAnswer{net::ServerChoice{version, suite}, {}};
}

const std::optional<net::HelloAnswer> refused = net::HelloAnswer{std::nullopt, "alert 40"};

TEST(OldServer, is_named_by_its_best_version_and_the_word_that_takes_it) {
    const core::Failure one = name_old_server(failed, {}, chose(TlsVersion::tls10), {});
    EXPECT_EQ(one.cause, Cause::tls_protocol_too_old);
    EXPECT_EQ(one.detail, "the server speaks TLSv1.0 at best (accepted by tls.legacy = [\"tls1.0\"])");
    EXPECT_EQ(name_old_server(failed, {TlsWeakness::tls11}, chose(TlsVersion::tls10), {}).cause,
              Cause::tls_protocol_too_old);
    EXPECT_THAT(name_old_server(failed, {}, chose(TlsVersion::tls11), {}).detail, ::testing::HasSubstr("\"tls1.1\""));
}

TEST(OldServer, whose_version_is_accepted_failed_for_another_reason) {
    EXPECT_EQ(name_old_server(failed, {TlsWeakness::tls10}, chose(TlsVersion::tls10), {}), failed);
    EXPECT_EQ(name_old_server(failed, {TlsWeakness::tls10}, chose(TlsVersion::tls11), {}), failed);
    EXPECT_EQ(name_old_server(failed, {}, chose(TlsVersion::tls12), {}), failed);
    EXPECT_EQ(name_old_server(failed, {}, refused, refused), failed);
    EXPECT_EQ(name_old_server(failed, {}, {}, {}), failed);
}

TEST(OldServer, that_nothing_current_can_speak_with_is_obsolete) {
    EXPECT_EQ(name_old_server(failed, {}, chose(TlsVersion::ssl3), {}).cause, Cause::tls_obsolete_only);
    const core::Failure rc4 = name_old_server(failed, {TlsWeakness::tls10}, refused, chose(TlsVersion::tls10, 5));
    EXPECT_EQ(rc4.cause, Cause::tls_obsolete_only);
    EXPECT_THAT(rc4.detail, ::testing::HasSubstr("RC4 with TLSv1.0"));
    EXPECT_THAT(name_old_server(failed, {}, refused, chose(TlsVersion::tls12, 0x000a)).detail,
                ::testing::HasSubstr("3DES with TLSv1.2"));
}

TEST(OldServer, may_be_one_only_where_no_certificate_was_shown) {
    EXPECT_TRUE(may_be_too_old(failed, {}));
    EXPECT_FALSE(may_be_too_old(failed, {.sha256 = "ab"}));
    EXPECT_FALSE(may_be_too_old({core::Stage::tls, Cause::no_answer, "", {}}, {}));
    EXPECT_FALSE(may_be_too_old({core::Stage::connect, Cause::tcp_refused, "", {}}, {}));
}

} // namespace
} // namespace mailpreflight::checks
