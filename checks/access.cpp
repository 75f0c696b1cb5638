#include "checks/access.hpp"

#include <utility>

namespace mailpreflight::checks {

namespace {

// Exchange front ends close idle connections themselves; we are earlier (DESIGN 6.1).
constexpr std::chrono::seconds longest_idle{25};

} // namespace

Access::Access(
    net::Network& network, core::CredentialGate& gate, const base::Clock& clock, SourceEndpoints endpoints, Pace pace) :
    network_(network),
    gate_(gate),
    clock_(clock),
    endpoints_(std::move(endpoints)),
    pace_(std::move(pace)) {}

Access::~Access() = default;

core::Outcome<Access::EwsLane*>
Access::ews_lane(std::optional<base::SystemTime> newer_than, bool proving, const base::Deadline& deadline) {
    if (!endpoints_.identity) {
        return core::failed(core::Stage::authenticate, core::Cause::secret_unreadable, endpoints_.identity_problem);
    }
    if (kept_) {
        const bool idle = std::chrono::steady_clock::now() - kept_->used_at > longest_idle;
        const bool too_old = newer_than && kept_->opened_at <= *newer_than;
        if (idle || too_old || proving || !kept_->lane.alive()) {
            drop();
        }
    }
    if (!kept_) {
        auto lane = http::Lane::open(network_, endpoints_.ews, deadline.at_most(endpoints_.dial_timeout), &last_dial_);
        if (!lane) {
            return tl::unexpected(lane.error());
        }
        kept_.emplace(
            EwsLane{http::AuthenticatedLane(std::move(*lane),
                                            endpoints_.scheme,
                                            endpoints_.identity,
                                            gate_,
                                            core::Door{endpoints_.source, "ews"},
                                            proving),
                    ews::CallContext{
                        endpoints_.ews_path, endpoints_.user_agent, version_, endpoints_.ews.host, endpoints_.ews.port},
                    clock_.now(),
                    {}});
    }
    kept_->used_at = std::chrono::steady_clock::now();
    if (!pace_(deadline)) {
        return core::failed(core::Stage::exchange, core::Cause::no_answer, "stopped before it was sent");
    }
    return &*kept_;
}

core::Outcome<ews::OwaSession> Access::owa_session(bool proving, const base::Deadline& deadline) {
    if (!endpoints_.identity) {
        return core::failed(core::Stage::authenticate, core::Cause::secret_unreadable, endpoints_.identity_problem);
    }
    auto lane = http::Lane::open(network_, endpoints_.owa, deadline.at_most(endpoints_.dial_timeout), &last_dial_);
    if (!lane) {
        return tl::unexpected(lane.error());
    }
    if (!pace_(deadline)) {
        return core::failed(core::Stage::exchange, core::Cause::no_answer, "stopped before it was sent");
    }
    return ews::OwaSession::log_in(
        std::move(*lane),
        ews::OwaContext{endpoints_.owa.host, endpoints_.owa.port, endpoints_.owa_path, endpoints_.user_agent},
        endpoints_.identity,
        gate_,
        core::Door{endpoints_.source, "owa"},
        proving,
        deadline);
}

core::Outcome<http::Lane> Access::dial(const base::Deadline& deadline) {
    last_dial_ = {};
    const net::Target& target = endpoints_.ews_path.empty() ? endpoints_.owa : endpoints_.ews;
    return http::Lane::open(network_, target, deadline.at_most(endpoints_.dial_timeout), &last_dial_);
}

void Access::drop() {
    if (kept_) {
        version_ = kept_->context.version;
    }
    kept_.reset();
}

core::Check gate_of(const core::Failure& failure, core::Check login) {
    switch (failure.stage) {
    case core::Stage::resolve:
        return core::Check::source_dns;
    case core::Stage::connect:
        return core::Check::source_tcp;
    case core::Stage::tls:
        return core::Check::tls_certificate;
    case core::Stage::authenticate:
    case core::Stage::exchange:
    case core::Stage::judge:
        return login;
    }
    return login;
}

} // namespace mailpreflight::checks
