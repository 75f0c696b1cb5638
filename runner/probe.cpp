#include "runner/probe.hpp"

#include "checks/anonymous_answer.hpp"
#include "checks/run.hpp"
#include "checks/source_checks.hpp"
#include "net/network.hpp"
#include "runner/pacer.hpp"
#include "runner/setup.hpp"
#include "store/fingerprint.hpp"
#include "store/ledger.hpp"

#include <algorithm>
#include <set>
#include <thread>

namespace mailpreflight::runner {

namespace {

constexpr std::size_t usual_mailboxes = 3;

bool is_good(const core::Observation& look) {
    return look.state == core::State::pass || look.state == core::State::warn;
}

/// Walks the steps and keeps what they came to.
class Probe {
public:
    Probe(const config::Config& config,
          const config::Source& source,
          checks::Access& access,
          const std::function<void(const ProbeStep&)>& on_step) :
        source_(source),
        access_(access),
        on_step_(on_step) {
        const core::SourceNames names = names_of(config, source.name);
        names_.source = source.name;
        names_.account = names.account;
        names_.host = names.host;
    }

    /// False when a step failed that gates the rest.
    bool connection() {
        const auto started = std::chrono::steady_clock::now();
        const checks::Looked looked = checks::look_at_connection(access_, deadline());
        bool good = true;
        for (const core::Observation& look : looked.observations) {
            good = is_good(look) && good;
            add(look.key.check == core::Check::source_dns   ? "DNS"
                : look.key.check == core::Check::source_tcp ? "TCP"
                                                            : "TLS",
                look,
                stage_of(look),
                started);
        }
        return good;
    }

    bool anonymous() {
        const auto started = std::chrono::steady_clock::now();
        const core::Observation look = checks::anonymous_answer(access_, deadline());
        add("anonymous answer", look, std::nullopt, started);
        return is_good(look);
    }

    bool check(const std::string& name, const core::TrackKey& key) {
        const auto started = std::chrono::steady_clock::now();
        core::CheckRequest request;
        request.key = key;
        request.priority = core::Priority::on_demand;
        const checks::Looked looked = checks::run(request, access_, deadline());
        bool good = !looked.observations.empty();
        for (const core::Observation& look : looked.observations) {
            const bool own = look.key == key;
            add(own                                             ? name
                : look.key.check == core::Check::server_version ? "version"
                                                                : name,
                look,
                std::nullopt,
                started);
            good = good && is_good(look);
        }
        return good && !looked.gate;
    }

    void own() {
        const auto started = std::chrono::steady_clock::now();
        add("own mailbox", checks::own_mailbox(access_, deadline()), std::nullopt, started);
    }

    std::vector<ProbeStep> take() {
        return std::move(steps_);
    }

private:
    base::Deadline deadline() const {
        return base::Deadline::in(
            std::chrono::duration_cast<std::chrono::milliseconds>(source_.limits.request_timeout));
    }

    static std::optional<core::Stage> stage_of(const core::Observation& look) {
        if (look.key.check == core::Check::source_dns) {
            return core::Stage::resolve;
        }
        return look.key.check == core::Check::source_tcp ? core::Stage::connect : core::Stage::tls;
    }

    void add(std::string name,
             const core::Observation& look,
             std::optional<core::Stage> stage,
             std::chrono::steady_clock::time_point started) {
        ProbeStep step{std::move(name), look, {}, {}};
        step.took = std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - started);
        for (const core::StageTiming& timing : look.stages) {
            if (stage && timing.stage == *stage) {
                step.took = timing.took;
            }
        }
        if (look.state != core::State::pass) {
            core::RemedyNames names = names_;
            names.address = look.key.subject.name;
            if (look.facts.contains("primary_address")) {
                names.primary = look.facts.at("primary_address");
            }
            step.remedy = core::remedy_for(look.cause, names);
        }
        on_step_(step);
        steps_.push_back(std::move(step));
    }

    const config::Source& source_;
    checks::Access& access_;
    const std::function<void(const ProbeStep&)>& on_step_;
    core::RemedyNames names_;
    std::vector<ProbeStep> steps_;
};

std::set<core::Way> ways_of(const config::Config& config, const std::string& source) {
    std::set<core::Way> ways;
    for (const core::Batch& batch : config.batches) {
        if (batch.source == source) {
            ways.insert(batch.prove.begin(), batch.prove.end());
        }
    }
    return ways.empty() ? std::set{core::Way::impersonation} : ways;
}

void add_usual_mailboxes(const config::Config& config, const std::string& source, std::vector<std::string>& addresses) {
    for (const core::Batch& batch : config.batches) {
        for (const core::ListedMailbox& mailbox : batch.list.mailboxes) {
            if (batch.source == source && addresses.size() < usual_mailboxes) {
                addresses.push_back(mailbox.address);
            }
        }
    }
}

} // namespace

ProbeLedger ledger_for_probe(const config::Config& config, const std::filesystem::path& user_state) {
    std::error_code ignored;
    if (std::filesystem::exists(config.daemon.state_directory, ignored) || user_state.empty()) {
        return {config.daemon.state_directory, true};
    }
    return {user_state, false};
}

std::vector<ProbeStep> probe(const config::Config& config,
                             const std::string& source_name,
                             std::vector<std::string> addresses,
                             const ProbeLedger& place,
                             const std::filesystem::path& credentials_directory,
                             const std::function<void(const ProbeStep&)>& on_step) {
    const config::Source& source = config.sources.at(source_name);
    const base::RealClock clock;
    net::Network network;
    // Who cannot open the ledger does not present: the accounts then have no identity, and say why.
    auto ledger = store::Ledger::open(place.directory, guard_policies(config), clock);
    auto fingerprinter = store::Fingerprinter::open(place.directory);
    const Fingerprint fingerprint = [&](const std::string& account,
                                        const base::Secret& secret) -> base::Result<std::string> {
        if (!ledger) {
            return base::failure(ledger.error());
        }
        if (!fingerprinter) {
            return base::failure(fingerprinter.error());
        }
        return fingerprinter->of(account, secret);
    };
    const SourceSetup setup =
        source_setups(config, load_accounts(config, credentials_directory, fingerprint)).at(source_name);
    // Without a ledger nothing may present; the gate is never asked, as there is no identity.
    class ClosedGate final : public core::CredentialGate {
    public:
        core::Outcome<core::Permit> begin(const core::Presentation&, const base::Deadline&) override {
            return core::failed(
                core::Stage::authenticate, core::Cause::secret_unreadable, "the ledger cannot be opened");
        }
        bool is_proven(const std::string&, const std::string&) override {
            return false;
        }

    protected:
        void finish(std::uint64_t, core::PresentationResult, std::string_view, bool) override {}
    } closed;
    core::CredentialGate& gate = ledger ? static_cast<core::CredentialGate&>(**ledger) : closed;
    Pacer pacer(source.limits.requests_per_second);
    checks::Access access(network, gate, clock, setup.endpoints, [&](const base::Deadline& deadline) {
        while (const auto wait = pacer.take(clock.steady_now())) {
            if (deadline.passed()) {
                return false;
            }
            std::this_thread::sleep_until(clock.steady_now() + std::min<base::Duration>(*wait, deadline.left()));
        }
        return true;
    });

    Probe walk(config, source, access, on_step);
    const core::Subject subject = core::Subject::of_source(source_name);
    const bool open = walk.connection();
    const bool ews_open =
        open && source.ews && walk.anonymous() && walk.check("login", {core::Check::ews_login, subject});
    if (ews_open) {
        walk.own();
    }
    const bool owa_open =
        open && source.owa && (!source.ews || ews_open) && walk.check("OWA login", {core::Check::owa_login, subject});
    if (addresses.empty()) {
        add_usual_mailboxes(config, source_name, addresses);
    }
    for (const std::string& address : addresses) {
        for (const core::Way way : ways_of(config, source_name)) {
            const bool gate_open = way == core::Way::owa ? owa_open : ews_open;
            if (gate_open) {
                const std::string name = std::string(core::name_of(way)) + " " + address;
                walk.check(name, {core::check_of(way), core::Subject::of_mailbox(source_name, address)});
            }
        }
    }
    return walk.take();
}

} // namespace mailpreflight::runner
