#pragma once

// rapidcheck generators of core values, for every folder's property tests. They need core/ only.
#include "core/drift.hpp"
#include "core/due.hpp"
#include "core/guard.hpp"
#include "core/incident.hpp"
#include "core/readiness.hpp"
#include "core/track.hpp"

#include <rapidcheck.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mailpreflight::generators {

/// Valid UTF-8 without control characters other than tab and newline: what survives json::write unchanged.
inline rc::Gen<std::string> text() {
    static const std::vector<std::string> characters{
        "a", "B", "7", " ", "\"", "\\", "/", "'", "{", "]", ":", ",", "\t", "\n", "\u00fc", "\u20ac", "\U0001F4EC"};
    return rc::gen::map(
        rc::gen::scale(0.2, rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(characters))),
        [](const std::vector<std::string>& picked) {
            std::string joined;
            for (const std::string& character : picked) {
                joined += character;
            }
            return joined;
        });
}

/// Small lists are enough: what matters is none, one, several.
template <typename T>
rc::Gen<std::vector<T>> few(rc::Gen<T> element) {
    return rc::gen::scale(0.1, rc::gen::container<std::vector<T>>(std::move(element)));
}

/// A map or set of elements that may meet (rapidcheck's own gives up where there are few different ones).
template <typename Container>
rc::Gen<Container> few_unique(rc::Gen<typename Container::value_type> element) {
    return rc::gen::map(few(std::move(element)), [](const std::vector<typename Container::value_type>& list) {
        return Container(list.begin(), list.end());
    });
}

template <typename Map>
rc::Gen<Map> few_entries(rc::Gen<typename Map::key_type> key, rc::Gen<typename Map::mapped_type> value) {
    return rc::gen::map(few(rc::gen::pair(std::move(key), std::move(value))),
                        [](const std::vector<std::pair<typename Map::key_type, typename Map::mapped_type>>& list) {
                            return Map(list.begin(), list.end());
                        });
}

/// A name such as configuration allows.
inline rc::Gen<std::string> name() {
    return rc::gen::element<std::string>("contoso", "fabrikam", "wave-1", "hq_2");
}

inline rc::Gen<base::SystemTime> time() {
    // 1970 to 2100, microseconds
    return rc::gen::map(rc::gen::inRange<std::int64_t>(0, 4'102'444'800'000'000),
                        [](std::int64_t count) { return base::SystemTime(base::Duration(count)); });
}

template <typename T>
rc::Gen<std::optional<T>> maybe(rc::Gen<T> generator) {
    return rc::gen::oneOf(rc::gen::just(std::optional<T>()), rc::gen::map(std::move(generator), [](T value) {
                              return std::optional<T>(std::move(value));
                          }));
}

inline rc::Gen<std::map<std::string, std::string>> facts() {
    return few_entries<std::map<std::string, std::string>>(
        rc::gen::element<std::string>("build", "sha256", "root_id", "primary_address"), text());
}

inline rc::Gen<core::Check> check() {
    return rc::gen::elementOf(std::vector<core::Check>(core::all_checks.begin(), core::all_checks.end()));
}

inline rc::Gen<core::Cause> cause() {
    std::vector<core::Cause> causes;
    for (const core::CauseInfo& row : core::catalogue()) {
        causes.push_back(row.cause);
    }
    return rc::gen::elementOf(std::move(causes));
}

inline rc::Gen<core::State> state() {
    return rc::gen::element(core::State::pass, core::State::warn, core::State::fail, core::State::unknown);
}

inline rc::Gen<core::Stage> stage() {
    return rc::gen::element(core::Stage::resolve,
                            core::Stage::connect,
                            core::Stage::tls,
                            core::Stage::authenticate,
                            core::Stage::exchange,
                            core::Stage::judge);
}

inline rc::Gen<core::Direction> direction() {
    return rc::gen::element(core::Direction::lost, core::Direction::gained, core::Direction::changed);
}

/// Few different ones, so that they meet.
inline rc::Gen<core::Subject> subject() {
    return rc::gen::oneOf(
        rc::gen::map(name(), [](std::string source) { return core::Subject::of_source(std::move(source)); }),
        rc::gen::map(name(),
                     [](std::string source) {
                         return core::Subject{core::SubjectKind::address, std::move(source), "192.0.2.7:443"};
                     }),
        rc::gen::apply(
            [](std::string source, int number) {
                return core::Subject::of_mailbox(std::move(source),
                                                 "user" + std::to_string(number) + "@contoso.example");
            },
            name(),
            rc::gen::inRange(0, 4)));
}

inline rc::Gen<core::TrackKey> track_key() {
    return rc::gen::build<core::TrackKey>(rc::gen::set(&core::TrackKey::check, check()),
                                          rc::gen::set(&core::TrackKey::subject, subject()));
}

inline rc::Gen<core::StageTiming> stage_timing() {
    return rc::gen::build<core::StageTiming>(
        rc::gen::set(&core::StageTiming::stage, stage()),
        rc::gen::set(&core::StageTiming::took,
                     rc::gen::map(rc::gen::inRange<std::int64_t>(0, 600'000'000),
                                  [](std::int64_t count) { return base::Duration(count); })));
}

inline rc::Gen<core::Evidence> evidence() {
    return rc::gen::build<core::Evidence>(
        rc::gen::set(&core::Evidence::url, text()),
        rc::gen::set(&core::Evidence::http_status, rc::gen::element(0, 200, 401, 503)),
        rc::gen::set(&core::Evidence::response_code, text()),
        rc::gen::set(&core::Evidence::message, text()),
        rc::gen::set(&core::Evidence::request_id, text()),
        rc::gen::set(&core::Evidence::client_request_id, text()),
        rc::gen::set(&core::Evidence::front_end, text()),
        rc::gen::set(&core::Evidence::back_end, text()),
        rc::gen::set(&core::Evidence::peer, text()));
}

inline rc::Gen<core::Observation> observation_of(core::TrackKey key) {
    return rc::gen::build<core::Observation>(rc::gen::set(&core::Observation::key, rc::gen::just(std::move(key))),
                                             rc::gen::set(&core::Observation::at, time()),
                                             rc::gen::set(&core::Observation::state, state()),
                                             rc::gen::set(&core::Observation::cause, cause()),
                                             rc::gen::set(&core::Observation::detail, text()),
                                             rc::gen::set(&core::Observation::facts, facts()),
                                             rc::gen::set(&core::Observation::stages, few(stage_timing())),
                                             rc::gen::set(&core::Observation::evidence, evidence()),
                                             rc::gen::set(&core::Observation::connected_at, time()));
}

inline rc::Gen<core::Observation> observation() {
    return rc::gen::mapcat(track_key(), observation_of);
}

inline rc::Gen<core::Candidate> candidate_of(const core::TrackKey& key) {
    return rc::gen::build<core::Candidate>(rc::gen::set(&core::Candidate::first, observation_of(key)),
                                           rc::gen::set(&core::Candidate::last, observation_of(key)));
}

/// The looks of a track are often one and the same.
inline rc::Gen<core::Track> track_of(const core::TrackKey& key) {
    const auto any = rc::gen::build<core::Track>(rc::gen::set(&core::Track::latest, maybe(observation_of(key))),
                                                 rc::gen::set(&core::Track::definite, maybe(observation_of(key))),
                                                 rc::gen::set(&core::Track::confirmed, maybe(observation_of(key))),
                                                 rc::gen::set(&core::Track::confirmed_since, maybe(time())),
                                                 rc::gen::set(&core::Track::last_good, maybe(time())),
                                                 rc::gen::set(&core::Track::candidate, maybe(candidate_of(key))));
    const auto same = rc::gen::map(observation_of(key), [](const core::Observation& look) {
        return core::Track{.latest = look, .definite = look, .confirmed = look, .confirmed_since = look.at};
    });
    return rc::gen::oneOf(any, same);
}

inline rc::Gen<core::Transition> transition_of(const core::TrackKey& key) {
    return rc::gen::build<core::Transition>(rc::gen::set(&core::Transition::key, rc::gen::just(key)),
                                            rc::gen::set(&core::Transition::before, maybe(observation_of(key))),
                                            rc::gen::set(&core::Transition::after, observation_of(key)),
                                            rc::gen::set(&core::Transition::first_seen, time()),
                                            rc::gen::set(&core::Transition::last_good, maybe(time())));
}

inline rc::Gen<core::BaselineEntry> baseline_entry() {
    return rc::gen::build<core::BaselineEntry>(
        rc::gen::set(&core::BaselineEntry::state, state()),
        rc::gen::set(&core::BaselineEntry::cause, cause()),
        rc::gen::set(&core::BaselineEntry::facts, facts()),
        rc::gen::set(&core::BaselineEntry::provisional, rc::gen::arbitrary<bool>()),
        rc::gen::set(&core::BaselineEntry::at, time()),
        rc::gen::set(&core::BaselineEntry::accepted_by, text()),
        rc::gen::set(&core::BaselineEntry::reason, text()));
}

inline rc::Gen<core::Drift> drift() {
    return rc::gen::mapcat(track_key(), [](const core::TrackKey& key) {
        return rc::gen::build<core::Drift>(rc::gen::set(&core::Drift::key, rc::gen::just(key)),
                                           rc::gen::set(&core::Drift::direction, direction()),
                                           rc::gen::set(&core::Drift::cause, cause()),
                                           rc::gen::set(&core::Drift::before, baseline_entry()),
                                           rc::gen::set(&core::Drift::after, observation_of(key)),
                                           rc::gen::set(&core::Drift::first_seen, time()),
                                           rc::gen::set(&core::Drift::last_good, maybe(time())));
    });
}

inline rc::Gen<core::Incident> incident() {
    return rc::gen::build<core::Incident>(
        rc::gen::set(&core::Incident::number, rc::gen::inRange<std::uint64_t>(1, 20)),
        rc::gen::set(&core::Incident::source, name()),
        rc::gen::set(&core::Incident::cause, cause()),
        rc::gen::set(&core::Incident::direction, direction()),
        rc::gen::set(&core::Incident::state,
                     rc::gen::element(
                         core::IncidentState::open, core::IncidentState::acknowledged, core::IncidentState::resolved)),
        rc::gen::set(&core::Incident::opened_at, time()),
        rc::gen::set(&core::Incident::updated_at, time()),
        rc::gen::set(&core::Incident::resolved_at, maybe(time())),
        rc::gen::set(&core::Incident::subjects, few_unique<std::set<core::TrackKey>>(track_key())),
        rc::gen::set(&core::Incident::peak, rc::gen::inRange<std::size_t>(0, 1000)),
        rc::gen::set(&core::Incident::acknowledged_by, text()),
        rc::gen::set(&core::Incident::comment, text()));
}

inline rc::Gen<core::Finding> finding() {
    return rc::gen::build<core::Finding>(rc::gen::set(&core::Finding::check, check()),
                                         rc::gen::set(&core::Finding::cause, cause()),
                                         rc::gen::set(&core::Finding::why, text()),
                                         rc::gen::set(&core::Finding::count, rc::gen::inRange<std::size_t>(0, 1000)),
                                         rc::gen::set(&core::Finding::examples, few(text())),
                                         rc::gen::set(&core::Finding::remedy, text()));
}

inline rc::Gen<core::Readiness> readiness() {
    const auto findings = few(finding());
    const auto count = rc::gen::inRange<std::size_t>(0, 150'000);
    return rc::gen::build<core::Readiness>(
        rc::gen::set(&core::Readiness::batch, name()),
        rc::gen::set(&core::Readiness::source, name()),
        rc::gen::set(&core::Readiness::verdict,
                     rc::gen::element(core::Verdict::go, core::Verdict::no_go, core::Verdict::unknown)),
        rc::gen::set(&core::Readiness::judged_at, time()),
        rc::gen::set(&core::Readiness::blockers, findings),
        rc::gen::set(&core::Readiness::warnings, findings),
        rc::gen::set(&core::Readiness::unknowns, findings),
        rc::gen::set(&core::Readiness::mailboxes, count),
        rc::gen::set(&core::Readiness::passed, count),
        rc::gen::set(&core::Readiness::failed, count),
        rc::gen::set(&core::Readiness::unknown, count),
        rc::gen::set(&core::Readiness::oldest, maybe(time())),
        rc::gen::set(&core::Readiness::not_tested, few(name())));
}

inline rc::Gen<core::CheckRequest> check_request() {
    return rc::gen::build<core::CheckRequest>(rc::gen::set(&core::CheckRequest::key, track_key()),
                                              rc::gen::set(&core::CheckRequest::priority,
                                                           rc::gen::element(core::Priority::on_demand,
                                                                            core::Priority::source,
                                                                            core::Priority::second_look,
                                                                            core::Priority::canary,
                                                                            core::Priority::sweep)),
                                              rc::gen::set(&core::CheckRequest::connection_after, maybe(time())),
                                              rc::gen::set(&core::CheckRequest::run, text()));
}

inline rc::Gen<core::Door> door() {
    return rc::gen::build<core::Door>(rc::gen::set(&core::Door::source, name()),
                                      rc::gen::set(&core::Door::name, rc::gen::element<std::string>("ews", "owa")));
}

inline rc::Gen<core::DoorLedger> door_ledger() {
    return rc::gen::build<core::DoorLedger>(rc::gen::set(&core::DoorLedger::accepted_at, maybe(time())),
                                            rc::gen::set(&core::DoorLedger::suspect_since, maybe(time())),
                                            rc::gen::set(&core::DoorLedger::parked_at, maybe(time())),
                                            rc::gen::set(&core::DoorLedger::why, text()));
}

inline rc::Gen<core::AccountLedger> account_ledger() {
    const auto times = few(time());
    return rc::gen::build<core::AccountLedger>(
        rc::gen::set(&core::AccountLedger::fingerprint, text()),
        rc::gen::set(&core::AccountLedger::accepted_at, maybe(time())),
        rc::gen::set(&core::AccountLedger::parked_at, maybe(time())),
        rc::gen::set(&core::AccountLedger::parked_why, text()),
        rc::gen::set(&core::AccountLedger::locked_at, maybe(time())),
        rc::gen::set(&core::AccountLedger::refusals, times),
        rc::gen::set(&core::AccountLedger::unanswered, times),
        rc::gen::set(&core::AccountLedger::doors,
                     few_entries<std::map<core::Door, core::DoorLedger>>(door(), door_ledger())),
        rc::gen::set(&core::AccountLedger::outstanding,
                     maybe(rc::gen::build<core::OutstandingPresentation>(
                         rc::gen::set(&core::OutstandingPresentation::door, door()),
                         rc::gen::set(&core::OutstandingPresentation::at, time())))),
        rc::gen::set(&core::AccountLedger::forced, rc::gen::arbitrary<bool>()));
}

} // namespace mailpreflight::generators
