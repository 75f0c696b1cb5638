#include "checks/login_turn.hpp"

#include "checks/gate.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::checks {

namespace {

using core::Cause;

bool is_refusal(const core::Failure& failure) {
    return failure.cause == Cause::credential_refused || failure.cause == Cause::kerberos_ticket_refused;
}

/// Not the account's trouble, nor the guard's.
bool is_trouble_of_address(const core::Outcome<ews::Answer>& answer) {
    if (answer) {
        return answer->cause != Cause::ok;
    }
    const core::Failure& failure = answer.error();
    return failure.stage == core::Stage::exchange || failure.cause == Cause::auth_scheme_not_offered ||
           failure.cause == Cause::connection_lost || failure.cause == Cause::unexpected_answer ||
           failure.cause == Cause::credential_parked; // it may be this address' door alone
}

} // namespace

bool may_try_another(const Access& access,
                     const http::AuthenticatedLane& lane,
                     const core::Outcome<ews::Answer>& answer,
                     std::vector<net::Address>& passed_over,
                     const base::Deadline& deadline) {
    if (lane.presented() || !is_trouble_of_address(answer) || access.endpoints().proxy ||
        deadline.stop.stop_requested() || deadline.passed()) {
        return false;
    }
    const SourceEndpoints& endpoints = access.endpoints();
    passed_over.push_back(lane.lane().report().address);
    if (!answer && answer.error().cause == Cause::credential_parked) {
        endpoints.book->refused("ews", passed_over.back(), endpoints.identity->fingerprint, access.now());
    } else {
        endpoints.book->looked(passed_over.back(), false);
    }
    const std::vector<std::string>& all = lane.lane().report().addresses;
    return std::any_of(all.begin(), all.end(), [&](const std::string& ip) {
        return std::find(passed_over.begin(), passed_over.end(), net::Address{ip}) == passed_over.end();
    });
}

void note_login(Access& access, const std::string& door, const net::Address& address, const core::Failure* failure) {
    const SourceEndpoints& endpoints = access.endpoints();
    if (endpoints.proxy || !endpoints.identity || address.ip.empty()) {
        return;
    }
    if (failure == nullptr) {
        endpoints.book->accepted(door, address, endpoints.identity->fingerprint, access.now());
    } else if (is_refusal(*failure)) {
        endpoints.book->refused(door, address, endpoints.identity->fingerprint, access.now());
    }
}

std::optional<Looked>
refused_by_one(Access& access, core::Check login, const std::string& door, const core::Failure& failure) {
    const SourceEndpoints& endpoints = access.endpoints();
    const net::Address address = access.last_dial().address;
    if (!is_refusal(failure) || endpoints.proxy || !access.visited_proven() ||
        !endpoints.book->others_accepted(door, address, endpoints.identity->fingerprint)) {
        return std::nullopt;
    }
    core::Failure doubt = failure;
    doubt.cause = Cause::credential_suspect;
    doubt.detail = fmt::format("{} refused the secret that another address of the name accepted: {}; the next look "
                               "goes to one that accepts it",
                               access.last_dial().peer,
                               failure.detail);
    Looked looked;
    looked.observations.push_back(failed_login(access, doubt, login));
    core::Observation of_address = core::observe(
        {core::Check::source_address, core::Subject::of_address(endpoints.source, access.last_dial().peer)},
        access.now(),
        Cause::addresses_differ,
        "refuses the login that another address accepts: " + failure.detail);
    of_address.evidence.peer = access.last_dial().peer;
    of_address.connected_at = access.now();
    looked.observations.push_back(std::move(of_address));
    looked.gate = std::move(doubt);
    return looked;
}

} // namespace mailpreflight::checks
