#pragma once

#include "base/clock.hpp"
#include "checks/access.hpp"
#include "checks/run.hpp"
#include "simulator/simulator.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// What the tests of checks stand on: an Exchange in this process, and an Access that reaches it.
namespace mailpreflight::checks {

/// Permits everything and remembers what came of it.
class OpenGate final : public core::CredentialGate {
public:
    core::Outcome<core::Permit> begin(const core::Presentation& presentation, const base::Deadline&) override {
        if (!closed_by.empty()) {
            return core::failed(core::Stage::authenticate, core::Cause::credential_parked, closed_by);
        }
        proving.push_back(presentation.proving);
        presented.push_back(presentation);
        return core::Permit(*this, proving.size());
    }
    bool is_proven(const std::string&, const std::string&) override {
        return proven;
    }

    bool proven = false;
    std::string closed_by; ///< not empty: nothing may be presented
    std::vector<bool> proving;
    std::vector<core::Presentation> presented;
    std::vector<core::PresentationResult> results;

protected:
    void finish(std::uint64_t, core::PresentationEnding ending) override {
        results.push_back(ending.result);
    }
};

class ChecksTest : public testing::Test {
protected:
    static constexpr const char* anna = "anna@contoso.example";

    ChecksTest() {
        simulator::SimulatorOptions options;
        options.control = false;
        simulator::Account admin;
        admin.domain = "CONTOSO";
        admin.sam = "migadmin";
        admin.password = "Correct-Horse-7";
        admin.mailbox = "migadmin@contoso.example";
        options.state.directory.add(admin);
        for (const char* const address : {anna, "migadmin@contoso.example"}) {
            simulator::Mailbox mailbox;
            mailbox.address = address;
            options.state.organisation.add(mailbox);
        }
        options.state.organisation.impersonation.push_back({.assignee = "CONTOSO\\migadmin"});
        exchange_ = std::make_unique<simulator::Simulator>(std::move(options));
    }

    std::unique_ptr<Access> access(const std::string& password = "Correct-Horse-7",
                                   http::Scheme scheme = http::Scheme::automatic) {
        net::Target target{"localhost", exchange_->port(), {}};
        target.tls.ca_file = exchange_->ca_file();
        SourceEndpoints endpoints;
        endpoints.source = "contoso";
        endpoints.ews = target;
        endpoints.ews_path = "/EWS/Exchange.asmx";
        endpoints.owa = target;
        endpoints.owa_path = "/owa/";
        endpoints.user_agent = "mailpreflight-test/1";
        endpoints.scheme = scheme;
        endpoints.own_logins = own_logins_;
        endpoints.identity = std::make_shared<http::Identity>(
            http::Identity{"migadmin", "CONTOSO\\migadmin", base::Secret(password), "f1"});
        return std::make_unique<Access>(
            network_, gate_, clock_, std::move(endpoints), [this](const base::Deadline&) { return ++paced_ > 0; });
    }

    Looked run(Access& access,
               core::Check check,
               const std::string& address = {},
               std::optional<base::SystemTime> connection_after = {}) {
        core::CheckRequest request;
        request.key = {check,
                       address.empty() ? core::Subject::of_source("contoso")
                                       : core::Subject::of_mailbox("contoso", address)};
        request.connection_after = connection_after;
        return checks::run(request, access, base::Deadline::in(std::chrono::seconds(20)));
    }

    void change(const char* address, const std::function<void(simulator::Mailbox&)>& change) {
        exchange_->with_state(
            [&](simulator::State& state) { EXPECT_TRUE(state.organisation.change(address, change)); });
    }

    std::unique_ptr<simulator::Simulator> exchange_;
    std::shared_ptr<const OwnLogins> own_logins_;
    net::Network network_;
    OpenGate gate_;
    base::RealClock clock_;
    int paced_ = 0;
};

inline std::string fact(const core::Observation& look, const std::string& name) {
    const auto found = look.facts.find(name);
    return found == look.facts.end() ? "" : found->second;
}

} // namespace mailpreflight::checks
