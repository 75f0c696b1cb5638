#include "runner/probe.hpp"

#include "checks/anonymous_answer.hpp"
#include "checks/run.hpp"
#include "checks/source_address.hpp"
#include "checks/source_checks.hpp"
#include "runner/one_shot.hpp"

#include <algorithm>
#include <set>

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
          OneShot& shot,
          const std::function<void(const ProbeStep&)>& on_step) :
        source_(source),
        shot_(shot),
        access_(shot.access()),
        on_step_(on_step) {
        const core::SourceNames names = names_of(config, source.name);
        names_.source = source.name;
        names_.account = names.account;
        names_.account_name = names.account_name;
        names_.host = names.host;
    }

    /// What is offered beside what was taken; it gates nothing.
    void versions() {
        check("TLS versions", {core::Check::tls_floor, core::Subject::of_source(source_.name)});
    }

    /// False when a step failed that gates the rest.
    bool connection() {
        const auto started = std::chrono::steady_clock::now();
        const checks::Looked looked = checks::look_at_connection(access_, deadline());
        bool good = true;
        for (const core::Observation& look : looked.observations) {
            good = is_good(look) && good;
            reached_ = reached_ || look.key.check == core::Check::tls_certificate;
            add(look.key.check == core::Check::source_dns   ? "DNS"
                : look.key.check == core::Check::source_tcp ? "TCP"
                                                            : "TLS",
                look,
                stage_of(look),
                started);
        }
        return good;
    }

    /// Each address by itself; what one of them says gates nothing.
    void addresses() {
        const auto started = std::chrono::steady_clock::now();
        const checks::Looked looked = checks::source_address(access_, deadline());
        for (const core::Observation& look : looked.observations) {
            if (look.key.check == core::Check::source_clock) {
                add("clock", look, std::nullopt, started);
            } else if (look.key.check == core::Check::source_address) {
                const bool one = look.key.subject.kind == core::SubjectKind::address;
                add(one ? "address " + look.key.subject.name : "addresses", look, core::Stage::exchange, started);
            }
        }
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
            add(own                                                       ? name
                : look.key.check == core::Check::server_version           ? "version"
                : look.key.check == core::Check::auth_extended_protection ? "extended protection"
                : look.key.check == core::Check::account_password         ? "password"
                : look.key.check == core::Check::ews_user_agent           ? "user agent"
                : look.key.check == core::Check::source_address           ? "address " + look.key.subject.name
                : look.key.check == core::Check::ews_retirement           ? "retirement of EWS"
                                                                          : name,
                look,
                std::nullopt,
                started);
            good = good && is_good(look);
        }
        return good && !looked.gate;
    }

    /// By EWS, or by OWA's form where the source has no EWS.
    bool log_in() {
        const bool open = connection();
        if (open) {
            addresses();
        }
        if (reached_) {
            versions();
        }
        if (!open) {
            return false;
        }
        if (!source_.ews) {
            return log_in_to_owa();
        }
        return anonymous() && check("login", {core::Check::ews_login, core::Subject::of_source(source_.name)});
    }

    bool log_in_to_owa() {
        return check("OWA login", {core::Check::owa_login, core::Subject::of_source(source_.name)});
    }

    void own() {
        const auto started = std::chrono::steady_clock::now();
        add("own mailbox", checks::own_mailbox(access_, deadline()), std::nullopt, started);
    }

    std::vector<ProbeStep> take() {
        return std::move(steps_);
    }

private:
    [[nodiscard]] base::Deadline deadline() const {
        return shot_.deadline();
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
    OneShot& shot_;
    checks::Access& access_;
    const std::function<void(const ProbeStep&)>& on_step_;
    core::RemedyNames names_;
    std::vector<ProbeStep> steps_;
    bool reached_ = false; ///< the source took a connection, however its TLS was
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
    OneShot shot(config, source_name, place.directory, credentials_directory);
    const config::Source& source = config.sources.at(source_name);
    Probe walk(config, source, shot, on_step);
    const bool logged_in = walk.log_in();
    const bool ews_open = logged_in && source.ews;
    const bool has_own_mailbox = !config.accounts.at(source.account).oauth;
    if (ews_open && has_own_mailbox) {
        walk.own();
    }
    const bool owa_open = logged_in && source.owa && (!source.ews || walk.log_in_to_owa());
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

std::vector<ProbeStep> probe_login(const config::Config& config,
                                   const std::string& source,
                                   OneShot& shot,
                                   const std::function<void(const ProbeStep&)>& on_step) {
    Probe walk(config, config.sources.at(source), shot, on_step);
    walk.log_in();
    return walk.take();
}

} // namespace mailpreflight::runner
