#include "tests/checks/bench.hpp"

namespace mailpreflight::checks {
namespace {

using core::Cause;
using core::Check;

class TlsFloorCheck : public ChecksTest {
protected:
    /// An Access like the usual one, with another configuration.
    std::unique_ptr<Access> reaching(const std::function<void(SourceEndpoints&)>& change) {
        SourceEndpoints endpoints = access()->endpoints();
        change(endpoints);
        return std::make_unique<Access>(
            network_, gate_, clock_, endpoints, [this](const base::Deadline&) { return ++paced_ > 0; });
    }

    core::Observation look(Access& reach) {
        const Looked looked = run(reach, Check::tls_floor);
        EXPECT_EQ(looked.observations.size(), 1U);
        EXPECT_FALSE(looked.gate);
        return looked.observations.front();
    }
};

TEST_F(TlsFloorCheck, finds_best_and_worst_without_a_credential_at_the_source_s_pace) {
    auto reach = reaching([](SourceEndpoints& endpoints) { endpoints.destinations = {"exchange-online"}; });
    const core::Observation seen = look(*reach);
    EXPECT_EQ(seen.cause, Cause::ok) << seen.detail;
    EXPECT_EQ(fact(seen, "best"), "TLSv1.3");
    EXPECT_EQ(fact(seen, "worst"), "TLSv1.2");
    EXPECT_EQ(paced_, 5);
    EXPECT_TRUE(gate_.proving.empty());
    EXPECT_EQ(exchange_->presentations(), 0U);
}

TEST_F(TlsFloorCheck, tells_the_weaknesses_that_a_good_server_does_not_need) {
    auto reach = reaching([](SourceEndpoints& endpoints) {
        endpoints.ews.tls.legacy = {core::TlsWeakness::tls10, core::TlsWeakness::rsa1024};
    });
    const core::Observation seen = look(*reach);
    EXPECT_EQ(seen.cause, Cause::tls_legacy_not_needed);
    EXPECT_THAT(seen.detail, testing::HasSubstr("tls.legacy: tls1.0, rsa1024"));
    EXPECT_EQ(exchange_->presentations(), 0U);
}

TEST_F(TlsFloorCheck, of_a_refused_certificate_tells_the_versions_still_and_no_word) {
    auto reach = reaching([](SourceEndpoints& endpoints) {
        endpoints.ews.tls.ca_file.clear();
        endpoints.ews.tls.legacy = {core::TlsWeakness::dh1024};
    });
    const core::Observation seen = look(*reach);
    EXPECT_EQ(seen.cause, Cause::ok) << seen.detail;
    EXPECT_EQ(fact(seen, "best"), "TLSv1.3");
}

TEST_F(TlsFloorCheck, of_a_source_that_cannot_be_reached_is_unknown) {
    auto reach = reaching([](SourceEndpoints& endpoints) { endpoints.ews.port = 1; });
    const core::Observation seen = look(*reach);
    EXPECT_EQ(seen.state, core::State::unknown);
    EXPECT_TRUE(seen.facts.empty());
}

} // namespace
} // namespace mailpreflight::checks
