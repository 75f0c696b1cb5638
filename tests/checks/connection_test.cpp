#include "checks/source_checks.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::checks {
namespace {

using core::Cause;
using core::Stage;
using namespace std::chrono_literals;

const base::SystemTime noon{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h};
const net::Target target{"mail.contoso.example", 443, {}};

http::DialReport good_dial() {
    http::DialReport report;
    report.addresses = {"192.0.2.7"};
    report.peer = "192.0.2.7:443";
    report.certificate.subject = "CN=mail.contoso.example";
    report.certificate.sha256 = "ab";
    report.certificate.not_after = noon + 24h * 60;
    return report;
}

TEST(ConnectionChecks, each_stage_speaks_for_itself_and_none_for_what_comes_after) {
    const core::Failure resolve{Stage::resolve, Cause::dns_not_found, "", {}};
    EXPECT_EQ(source_dns("contoso", {}, &resolve, target, noon).cause, Cause::dns_not_found);
    EXPECT_FALSE(source_tcp("contoso", {}, &resolve, target, noon));
    EXPECT_FALSE(tls_certificate("contoso", {}, &resolve, target, noon));

    const core::Failure connect{Stage::connect, Cause::tcp_refused, "", {}};
    EXPECT_EQ(source_dns("contoso", good_dial(), &connect, target, noon).cause, Cause::ok);
    EXPECT_EQ(source_tcp("contoso", good_dial(), &connect, target, noon)->cause, Cause::tcp_refused);
    EXPECT_FALSE(tls_certificate("contoso", good_dial(), &connect, target, noon));

    const core::Failure tls{Stage::tls, Cause::certificate_expired, "", {}};
    EXPECT_EQ(source_tcp("contoso", good_dial(), &tls, target, noon)->cause, Cause::ok);
    EXPECT_EQ(tls_certificate("contoso", good_dial(), &tls, target, noon)->cause, Cause::certificate_expired);
}

TEST(ConnectionChecks, a_certificate_warns_in_its_last_21_days) {
    http::DialReport report = good_dial();
    report.certificate.not_after = noon + 24h * 21;
    EXPECT_EQ(tls_certificate("contoso", report, nullptr, target, noon)->cause, Cause::ok);
    const auto soon = tls_certificate("contoso", report, nullptr, target, noon + 1us);
    EXPECT_EQ(soon->cause, Cause::certificate_expires_soon);
    EXPECT_EQ(soon->state, core::State::warn);
}

TEST(ConnectionChecks, a_connection_that_stands_by_a_weakness_warns_for_ever_and_hides_nothing) {
    http::DialReport report = good_dial();
    report.certificate.legacy_used = {core::TlsWeakness::tls10, core::TlsWeakness::dh1024};
    const auto weak = tls_certificate("contoso", report, nullptr, target, noon);
    EXPECT_EQ(weak->cause, Cause::tls_legacy_in_use);
    EXPECT_EQ(weak->state, core::State::warn);
    EXPECT_EQ(weak->facts.at("legacy"), "tls1.0 dh1024");
    report.certificate.not_after = noon + 24h * 20; // what ends soon is told first, with the weakness beside it
    const auto soon = tls_certificate("contoso", report, nullptr, target, noon);
    EXPECT_EQ(soon->cause, Cause::certificate_expires_soon);
    EXPECT_THAT(soon->detail, ::testing::HasSubstr("stands only by tls.legacy: tls1.0 dh1024"));
    const core::Failure expired{Stage::tls, Cause::certificate_expired, "", {}};
    EXPECT_EQ(tls_certificate("contoso", report, &expired, target, noon)->cause, Cause::certificate_expired);
}

TEST(ConnectionChecks, a_failure_belongs_to_the_gate_of_its_stage) {
    const auto gate = [](Stage stage) { return gate_of({stage, Cause::no_answer, "", {}}, core::Check::owa_login); };
    EXPECT_EQ(gate(Stage::resolve), core::Check::source_dns);
    EXPECT_EQ(gate(Stage::connect), core::Check::source_tcp);
    EXPECT_EQ(gate(Stage::tls), core::Check::tls_certificate);
    EXPECT_EQ(gate(Stage::authenticate), core::Check::owa_login);
    EXPECT_EQ(gate(Stage::exchange), core::Check::owa_login);
}

} // namespace
} // namespace mailpreflight::checks
