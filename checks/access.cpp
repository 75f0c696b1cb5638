#include "checks/access.hpp"

#include "base/text.hpp"
#include "checks/old_server.hpp"
#include "ews/owa_session.hpp"
#include "ews/webdav.hpp"
#include "ews/webdav_session.hpp"
#include "net/ask_hello.hpp"

#include <algorithm>
#include <utility>

namespace mailpreflight::checks {

namespace {

// Exchange front ends close idle connections themselves; we are earlier (DESIGN 6.1).
constexpr std::chrono::seconds longest_idle{25};
// A hello is answered at once or not at all.
constexpr std::chrono::seconds longest_hello{5};

} // namespace

Access::Access(
    net::Network& network, core::CredentialGate& gate, const base::Clock& clock, SourceEndpoints endpoints, Pace pace) :
    network_(network),
    gate_(gate),
    clock_(clock),
    endpoints_(std::move(endpoints)),
    pace_(std::move(pace)) {
    if (endpoints_.proxy) {
        endpoints_.proxy->gate = &gate_;
        endpoints_.proxy->door = core::Door{endpoints_.source, "proxy"};
    }
}

Access::~Access() = default;

core::Outcome<Access::EwsLane*> Access::ews_lane(std::optional<base::SystemTime> newer_than,
                                                 bool proving,
                                                 const base::Deadline& deadline,
                                                 const std::vector<net::Address>& passed_over) {
    if (!endpoints_.identity) {
        return core::failed(core::Stage::authenticate, core::Cause::secret_unreadable, endpoints_.identity_problem);
    }
    if (kept_) {
        const bool idle = std::chrono::steady_clock::now() - kept_->used_at > longest_idle;
        const bool too_old = newer_than && kept_->opened_at <= *newer_than;
        // What was let in before a refusal dies with it, on whichever lane or in whichever program that was.
        if (idle || too_old || proving || !kept_->lane.alive() || gate_.revoked(presentation("ews", false))) {
            drop();
        }
    }
    if (!kept_) {
        auto lane =
            proving ? open_in_turn(endpoints_.ews, "ews", deadline, passed_over) : open(endpoints_.ews, deadline);
        if (!lane) {
            return tl::unexpected(lane.error());
        }
        kept_.emplace(
            EwsLane{http::AuthenticatedLane(std::move(*lane),
                                            endpoints_.scheme,
                                            endpoints_.identity,
                                            gate_,
                                            core::Door{endpoints_.source, door("ews", proving)},
                                            proving,
                                            tickets(proving),
                                            proving && !closed_by_question_ ? std::nullopt : way_,
                                            tokens(proving)),
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

std::optional<core::Failure> Access::own_login_held(const OwnLogin& login) {
    return gate_.revoked({.account = login.account,
                          .fingerprint = login.fingerprint,
                          .door = core::Door{endpoints_.source, "ews"},
                          .proving = true,
                          .individual = true,
                          .shown = login.username});
}

core::Outcome<Access::EwsLane> Access::own_lane(const OwnLogin& login, const base::Deadline& deadline) {
    auto lane = open(endpoints_.ews, deadline);
    if (!lane) {
        return tl::unexpected(lane.error());
    }
    auto identity = std::make_shared<const http::Identity>(http::Identity{.account = login.account,
                                                                          .username = login.username,
                                                                          .password = login.password.clone(),
                                                                          .fingerprint = login.fingerprint,
                                                                          .individual = true});
    EwsLane own{http::AuthenticatedLane(std::move(*lane),
                                        endpoints_.scheme,
                                        std::move(identity),
                                        gate_,
                                        core::Door{endpoints_.source, "ews"},
                                        true,
                                        {},
                                        own_way_),
                ews::CallContext{
                    endpoints_.ews_path, endpoints_.user_agent, version_, endpoints_.ews.host, endpoints_.ews.port},
                clock_.now(),
                std::chrono::steady_clock::now()};
    if (!pace_(deadline)) {
        return core::failed(core::Stage::exchange, core::Cause::no_answer, "stopped before it was sent");
    }
    return own;
}

void Access::note_own_way(const http::AuthenticatedLane& lane) {
    if (const auto way = lane.way()) {
        own_way_ = way;
    }
}

/// A login that visits one of several addresses has a door of its own there: what refuses is that address, as long as
/// another door accepts, and the guard parks no more than that.
std::string Access::door(const std::string& name, bool proving) const {
    return proving && visits_ ? name + "@" + last_dial_.address.ip : name;
}

core::Presentation Access::presentation(std::string door, bool proving) const {
    return {.account = endpoints_.identity->account,
            .fingerprint = endpoints_.identity->fingerprint,
            .door = core::Door{endpoints_.source, std::move(door)},
            .proving = proving};
}

/// A proving login asks the KDC anew: only that proves the password or the key.
http::TicketFor Access::tickets(bool proving) {
    if (!endpoints_.identity->kerberos) {
        return {};
    }
    return [this, proving, identity = endpoints_.identity](
               const std::string& host, const base::Deadline& deadline) -> core::Outcome<http::KerberosTicket> {
        core::Presentation login = presentation("kerberos", proving);
        login.handshake = true;
        if (!proving) { // a login is judged when it is begun; the tickets of an earlier one are not asked for again
            if (auto held = gate_.revoked(login)) {
                return tl::unexpected(*std::move(held));
            }
        }
        const auto ask_permit = [&](const base::Deadline& until) { return gate_.begin(login, until); };
        const base::Secret& secret = identity->keytab.empty() ? identity->password : identity->keytab;
        return identity->kerberos->ticket(network_, secret, host, proving, ask_permit, deadline);
    };
}

/// A proving login asks for a new token once the secret's proof has lapsed: a kept one says nothing of the secret.
http::TokensFor Access::tokens(bool proving) {
    if (!endpoints_.identity->oauth) {
        return {};
    }
    const auto with_call = [this, proving, identity = endpoints_.identity](const base::Deadline& deadline, auto&& use) {
        const std::function<core::Outcome<core::Permit>(const base::Deadline&)> ask_permit =
            [&](const base::Deadline& until) {
                return gate_.begin({.account = identity->account,
                                    .fingerprint = identity->fingerprint,
                                    .door = core::Door{endpoints_.source, "oauth"},
                                    .proving = proving},
                                   until);
            };
        return use(
            *identity->oauth,
            http::OAuth::Call{network_, clock_, identity->client_secret, endpoints_.token_scope, ask_permit, deadline});
    };
    return {[=, this](const base::Deadline& deadline) {
                const auto need = proving && !is_proven() ? http::OAuth::Need::fresh : http::OAuth::Need::any;
                return with_call(deadline, [&](http::OAuth& oauth, const http::OAuth::Call& call) {
                    return oauth.token(call, need);
                });
            },
            [=](const http::TokenPtr& refused, const base::Deadline& deadline) {
                return with_call(deadline, [&](http::OAuth& oauth, const http::OAuth::Call& call) {
                    return oauth.another(call, refused);
                });
            }};
}

core::Outcome<Access::OwaLogin*>
Access::owa_login(std::optional<base::SystemTime> newer_than, bool proving, const base::Deadline& deadline) {
    if (kept_owa_) {
        const bool idle = std::chrono::steady_clock::now() - kept_owa_->used_at > longest_idle;
        const bool too_old = newer_than && kept_owa_->opened_at <= *newer_than;
        if (idle || too_old || proving || !kept_owa_->door->serves_more() ||
            gate_.revoked(presentation("owa", false))) {
            kept_owa_.reset();
        }
    }
    if (!kept_owa_) {
        owa_report_ = {};
        const base::SystemTime started = clock_.now();
        auto door = open_owa(proving, deadline);
        if (!door) {
            return tl::unexpected(std::move(door.error()));
        }
        kept_owa_.emplace(OwaLogin{std::move(*door), started, proving, {}});
    }
    kept_owa_->used_at = std::chrono::steady_clock::now();
    return &*kept_owa_;
}

void Access::end_owa(const base::Deadline& deadline) {
    if (kept_owa_ && (kept_owa_->proving || !kept_owa_->door->serves_more())) {
        kept_owa_->door->log_off(deadline);
        kept_owa_.reset();
    }
}

core::Outcome<std::unique_ptr<ews::OwaDoor>> Access::open_owa(bool proving, const base::Deadline& deadline) {
    if (!endpoints_.identity) {
        return core::failed(core::Stage::authenticate, core::Cause::secret_unreadable, endpoints_.identity_problem);
    }
    auto lane = proving ? open_in_turn(endpoints_.owa, "owa", deadline, {}) : open(endpoints_.owa, deadline);
    if (!lane) {
        return tl::unexpected(lane.error());
    }
    if (!pace_(deadline)) {
        return core::failed(core::Stage::exchange, core::Cause::no_answer, "stopped before it was sent");
    }
    ews::OwaContext context{.host = endpoints_.owa.host,
                            .port = endpoints_.owa.port,
                            .path = endpoints_.owa_path,
                            .user_agent = endpoints_.user_agent,
                            .tmg = endpoints_.posts_to_tmg};
    const bool exchange = base::starts_with_ignoring_case(endpoints_.owa_path, "/exchange");
    return exchange ? open_exchange(std::move(*lane), std::move(context), proving, deadline)
                    : log_in_by_form(std::move(*lane), std::move(context), proving, deadline);
}

/// /exchange is WebDAV, or an alias of OWA, or nothing: one request without a credential tells (owa-and-auth.md 1.3).
core::Outcome<std::unique_ptr<ews::OwaDoor>>
Access::open_exchange(http::Lane lane, ews::OwaContext context, bool proving, const base::Deadline& deadline) {
    context.path = "/exchange/";
    http::Request question{"GET", context.path, {}, {}};
    question.headers.add("User-Agent", context.user_agent);
    const auto answer = lane.send(question, deadline);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    owa_report_.evidence = ews::evidence_of(question, *answer, context.host, context.port);
    const auto verdict = ews::judge_exchange_door({"https", context.host, context.port, context.path}, *answer);
    owa_report_.front_door = verdict.front_door;
    if (verdict.door == ews::ExchangeDoor::none) {
        return core::failed(core::Stage::authenticate, verdict.cause, verdict.detail);
    }
    if (!lane.alive()) { // IIS closes with a 401 or a 440 as it likes
        auto second = open_owa_again(deadline);
        if (!second) {
            return tl::unexpected(second.error());
        }
        lane = std::move(*second);
    }
    switch (verdict.door) {
    case ews::ExchangeDoor::alias:
        context.path = "/owa/";
        owa_report_.exchange_is_alias = true;
        return log_in_by_form(std::move(lane), std::move(context), proving, deadline);
    case ews::ExchangeDoor::form:
        context.webdav = true;
        return log_in_by_form(std::move(lane), std::move(context), proving, deadline);
    case ews::ExchangeDoor::http:
    case ews::ExchangeDoor::none:
        break;
    }
    const auto offers = http::offered_schemes(answer->headers);
    const auto way = http::best_way(endpoints_.scheme, endpoints_.identity->means(), offers);
    if (!way) {
        return core::failed(core::Stage::authenticate,
                            core::Cause::auth_scheme_not_offered,
                            "/exchange offers " + (offers.empty() ? "nothing" : base::join(offers, ", ")) +
                                ", of which the configuration and this account can do none");
    }
    owa_report_.way = http::name_of(*way);
    auto session = ews::WebDavSession::log_in(
        ews::wire_of(http::AuthenticatedLane(std::move(lane),
                                             endpoints_.scheme,
                                             endpoints_.identity,
                                             gate_,
                                             core::Door{endpoints_.source, door("owa", proving)},
                                             proving,
                                             tickets(proving),
                                             way)),
        std::move(context),
        endpoints_.identity->username,
        deadline,
        owa_report_);
    if (!session) {
        return tl::unexpected(std::move(session.error()));
    }
    return std::make_unique<ews::WebDavSession>(std::move(*session));
}

core::Outcome<std::unique_ptr<ews::OwaDoor>>
Access::log_in_by_form(http::Lane lane, ews::OwaContext context, bool proving, const base::Deadline& deadline) {
    owa_report_.way = context.webdav ? "webdav, form" : "form";
    if (endpoints_.identity->password.empty()) {
        return core::failed(core::Stage::authenticate,
                            core::Cause::auth_scheme_not_offered,
                            "a form stands there, which wants a password, and this account has none");
    }
    const auto dial = [this](const base::Deadline& until) { return open_owa_again(until); };
    auto session = ews::OwaSession::log_in(ews::wire_of(std::move(lane), dial),
                                           std::move(context),
                                           endpoints_.identity,
                                           gate_,
                                           core::Door{endpoints_.source, door("owa", proving)},
                                           proving,
                                           deadline,
                                           owa_report_);
    if (!session) {
        return tl::unexpected(std::move(session.error()));
    }
    return std::make_unique<ews::OwaSession>(std::move(*session));
}

/// To the address that was talked to before: cookies are one front end's own.
core::Outcome<http::Lane> Access::open_owa_again(const base::Deadline& deadline) {
    net::Target same = endpoints_.owa;
    if (!endpoints_.proxy && !last_dial_.address.ip.empty()) {
        same.addresses = {last_dial_.address};
    }
    return open(same, deadline);
}

std::optional<core::Outcome<directory::AccountState>> Access::directory_state(const base::Deadline& deadline) {
    if (!endpoints_.directory) {
        return std::nullopt;
    }
    auto state = directory::read_account(
        network_, gate_, *endpoints_.directory, core::Door{endpoints_.source, "ldap"}, clock_.now(), deadline);
    if (state && endpoints_.identity) {
        gate_.heard_from_directory(endpoints_.identity->account, state->locked);
    }
    return state;
}

core::Outcome<http::Lane> Access::dial(const base::Deadline& deadline) {
    return open(target(), deadline);
}

core::Outcome<http::Lane> Access::dial(const net::Address& address, const base::Deadline& deadline) {
    net::Target one = target();
    one.addresses = {address};
    return open(one, deadline);
}

core::Outcome<http::Lane> Access::dial_accepting(std::set<core::TlsWeakness> legacy, const base::Deadline& deadline) {
    net::Target accepting = target();
    accepting.tls.legacy = std::move(legacy);
    return http::Lane::open(network_, accepting, deadline.at_most(endpoints_.dial_timeout), nullptr, {}, proxy());
}

core::Outcome<net::HelloAnswer>
Access::ask_hello(net::TlsVersion newest, net::Suites suites, const base::Deadline& deadline) {
    return net::ask_hello(network_, target(), newest, suites, deadline.at_most(longest_hello));
}

core::Outcome<std::vector<net::Address>> Access::addresses(const base::Deadline& deadline) {
    last_dial_ = {}; // what is told of a failure is told of this
    return network_.resolver().resolve(target(), deadline.at_most(endpoints_.dial_timeout));
}

/// A handshake that failed says little of why: what the server speaks instead is asked before it is told. A proxy lets
/// no such question through.
core::Outcome<http::Lane> Access::open(const net::Target& target, const base::Deadline& deadline) {
    auto lane = http::Lane::open(network_, target, deadline.at_most(endpoints_.dial_timeout), &last_dial_, {}, proxy());
    if (lane || endpoints_.proxy || !may_be_too_old(lane.error(), last_dial_.certificate)) {
        return lane;
    }
    const auto ask = [&](net::Suites suites) -> std::optional<net::HelloAnswer> {
        auto answer = net::ask_hello(network_, target, net::TlsVersion::tls12, suites, deadline.at_most(longest_hello));
        return answer ? std::optional(*std::move(answer)) : std::nullopt;
    };
    const auto current = ask(net::Suites::current);
    const bool refused = current && !current->choice;
    return tl::unexpected(name_old_server(
        std::move(lane.error()), target.tls.legacy, current, refused ? ask(net::Suites::obsolete) : std::nullopt));
}

/// A lane to the address whose turn it is. One that does not answer, or shows a wrong certificate, is passed over for
/// the next: no credential was sent yet. When none is left the first failure stands.
core::Outcome<http::Lane> Access::open_in_turn(const net::Target& target,
                                               const std::string& door,
                                               const base::Deadline& deadline,
                                               const std::vector<net::Address>& passed_over) {
    const base::Deadline dialing = deadline.at_most(endpoints_.dial_timeout);
    const auto found =
        endpoints_.proxy ? core::Outcome<std::vector<net::Address>>() : network_.resolver().resolve(target, dialing);
    visits_ = found && found->size() > 1;
    visits_proven_ = visits_ && is_proven();
    if (!visits_) {
        return open(target, dialing);
    }
    net::Target turn = target;
    turn.addresses =
        endpoints_.book->in_turn(door, *found, endpoints_.identity->fingerprint, visits_proven_, clock_.now());
    std::erase_if(turn.addresses, [&](const net::Address& address) {
        return std::find(passed_over.begin(), passed_over.end(), address) != passed_over.end();
    });
    if (turn.addresses.empty()) {
        turn.addresses = *found;
    }
    auto lane = open(turn, dialing);
    const http::DialReport first = last_dial_;
    while (!lane && lane.error().stage == core::Stage::tls && std::erase(turn.addresses, last_dial_.address) > 0 &&
           !turn.addresses.empty() && !dialing.passed()) {
        auto next = open(turn, dialing);
        if (next) {
            return next;
        }
        if (next.error().stage != core::Stage::tls) {
            break;
        }
    }
    if (!lane) {
        last_dial_ = first;
    }
    return lane;
}

core::Outcome<http::Lane> Access::dial_owa(const base::Deadline& deadline) {
    return open(endpoints_.owa, deadline);
}

void Access::drop() {
    if (kept_) {
        version_ = kept_->context.version;
        way_ = kept_->lane.way();
        closed_by_question_ = kept_->lane.closed_by_question();
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
