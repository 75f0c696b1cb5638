#include "runner/one_shot.hpp"

#include "http/rest_client.hpp"
#include "store/fingerprint.hpp"

#include <algorithm>
#include <thread>

namespace mailpreflight::runner {

namespace {

/// Without a ledger nothing may present; it is never asked, as there is no identity.
class ClosedGate final : public core::CredentialGate {
public:
    core::Outcome<core::Permit> begin(const core::Presentation&, const base::Deadline&) override {
        return core::failed(core::Stage::authenticate, core::Cause::secret_unreadable, "the ledger cannot be opened");
    }
    bool is_proven(const std::string&, const std::string&) override {
        return false;
    }

protected:
    void finish(std::uint64_t, core::PresentationEnding) override {}
};

} // namespace

OneShot::RestClient::RestClient() {
    http::prepare_rest_client();
}

OneShot::OneShot(const config::Config& config,
                 const std::string& source,
                 const std::filesystem::path& state_directory,
                 const std::filesystem::path& credentials_directory) :
    ledger_(store::Ledger::open(state_directory, guard_policies(config), clock_, names_of_accounts(config))),
    closed_(std::make_unique<ClosedGate>()),
    pacer_(config.sources.at(source).limits.requests_per_second) {
    const auto fingerprinter = store::Fingerprinter::open(state_directory);
    const Fingerprint fingerprint = [&](const std::string& account,
                                        const base::Secret& secret) -> base::Result<std::string> {
        if (!ledger_) {
            return base::failure(ledger_.error());
        }
        if (!fingerprinter) {
            return base::failure(fingerprinter.error());
        }
        return fingerprinter->of((*ledger_)->person_of(account), secret);
    };
    const auto accounts = load_accounts(config, credentials_directory, fingerprint);
    account_ = accounts.at(config.sources.at(source).account);
    setup_ = source_setups(config, accounts, load_own_logins(config, fingerprint)).at(source);
    core::CredentialGate& gate = ledger_ ? static_cast<core::CredentialGate&>(**ledger_) : *closed_;
    access_ = std::make_unique<checks::Access>(
        network_, gate, clock_, setup_.endpoints, [this](const base::Deadline& deadline) {
            while (const auto wait = pacer_.take(clock_.steady_now())) {
                if (deadline.passed()) {
                    return false;
                }
                std::this_thread::sleep_until(clock_.steady_now() + std::min<base::Duration>(*wait, deadline.left()));
            }
            return true;
        });
}

base::Deadline OneShot::deadline() const {
    return base::Deadline::in(setup_.endpoints.request_timeout);
}

} // namespace mailpreflight::runner
