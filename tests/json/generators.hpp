#pragma once

// rapidcheck generators of core values, for every folder's property tests. They need core/ only.
#include "core/drift.hpp"
#include "core/due.hpp"
#include "core/guard.hpp"
#include "core/incident.hpp"
#include "core/readiness.hpp"
#include "core/spray_brake.hpp"
#include "core/track.hpp"
#include "tests/json/basic_generators.hpp"

#include <rapidcheck.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mailpreflight::generators {

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

inline rc::Gen<core::KeptLook> kept_look_of(const core::TrackKey& key) {
    return rc::gen::map(observation_of(key), [](core::Observation look) { return core::KeptLook(std::move(look)); });
}

inline rc::Gen<core::KeptLook> maybe_kept_look_of(const core::TrackKey& key) {
    return rc::gen::oneOf(rc::gen::just(core::KeptLook()), kept_look_of(key));
}

inline rc::Gen<core::Candidate> candidate_of(const core::TrackKey& key) {
    return rc::gen::build<core::Candidate>(rc::gen::set(&core::Candidate::first, kept_look_of(key)),
                                           rc::gen::set(&core::Candidate::last, kept_look_of(key)));
}

inline rc::Gen<core::Answer> answer() {
    return rc::gen::build<core::Answer>(rc::gen::set(&core::Answer::at, time()),
                                        rc::gen::set(&core::Answer::good, rc::gen::arbitrary<bool>()),
                                        rc::gen::set(&core::Answer::cause, cause()),
                                        rc::gen::set(&core::Answer::front_end, text()),
                                        rc::gen::set(&core::Answer::back_end, text()));
}

/// The looks of a track are often one and the same.
inline rc::Gen<core::Track> track_of(const core::TrackKey& key) {
    const auto any = rc::gen::build<core::Track>(rc::gen::set(&core::Track::latest, maybe_kept_look_of(key)),
                                                 rc::gen::set(&core::Track::definite, maybe_kept_look_of(key)),
                                                 rc::gen::set(&core::Track::confirmed, maybe_kept_look_of(key)),
                                                 rc::gen::set(&core::Track::confirmed_since, maybe(time())),
                                                 rc::gen::set(&core::Track::last_good, maybe(time())),
                                                 rc::gen::set(&core::Track::candidate, maybe(candidate_of(key))),
                                                 rc::gen::set(&core::Track::answers, few(answer())));
    const auto same = rc::gen::map(observation_of(key), [](const core::Observation& look) {
        const core::KeptLook kept(look);
        return core::Track{.latest = kept, .definite = kept, .confirmed = kept, .confirmed_since = look.at};
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
        rc::gen::set(&core::Incident::comment, text()),
        rc::gen::set(&core::Incident::acknowledged_until, maybe(time())),
        rc::gen::set(&core::Incident::covered, rc::gen::inRange<std::size_t>(0, 1000)));
}

inline rc::Gen<core::Factor> factor() {
    return rc::gen::build<core::Factor>(rc::gen::set(&core::Factor::name, text()),
                                        rc::gen::set(&core::Factor::value, text()),
                                        rc::gen::set(&core::Factor::failed, rc::gen::inRange<std::size_t>(0, 1000)),
                                        rc::gen::set(&core::Factor::members, rc::gen::inRange<std::size_t>(0, 1000)));
}

inline rc::Gen<core::Finding> finding() {
    return rc::gen::build<core::Finding>(rc::gen::set(&core::Finding::check, check()),
                                         rc::gen::set(&core::Finding::cause, cause()),
                                         rc::gen::set(&core::Finding::why, text()),
                                         rc::gen::set(&core::Finding::count, rc::gen::inRange<std::size_t>(0, 1000)),
                                         rc::gen::set(&core::Finding::examples, few(text())),
                                         rc::gen::set(&core::Finding::remedy, text()),
                                         rc::gen::set(&core::Finding::ends_at, maybe(time())),
                                         rc::gen::set(&core::Finding::extent, text()),
                                         rc::gen::set(&core::Finding::in_common, maybe(factor())));
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
        rc::gen::set(&core::Readiness::excepted, count),
        rc::gen::set(&core::Readiness::moved, count),
        rc::gen::set(&core::Readiness::oldest, maybe(time())),
        rc::gen::set(&core::Readiness::not_tested, few(name())));
}

inline rc::Gen<core::Exception> exception() {
    return rc::gen::build<core::Exception>(rc::gen::set(&core::Exception::address, name()),
                                           rc::gen::set(&core::Exception::at, time()),
                                           rc::gen::set(&core::Exception::until, time()),
                                           rc::gen::set(&core::Exception::by, name()),
                                           rc::gen::set(&core::Exception::reason, name()),
                                           rc::gen::set(&core::Exception::withdrawn_at, maybe(time())),
                                           rc::gen::set(&core::Exception::withdrawn_by, name()));
}

inline rc::Gen<core::PendingList> pending_list() {
    const auto count = rc::gen::inRange<std::size_t>(0, 150'000);
    return rc::gen::build<core::PendingList>(rc::gen::set(&core::PendingList::digest, name()),
                                             rc::gen::set(&core::PendingList::read_at, time()),
                                             rc::gen::set(&core::PendingList::rows, count),
                                             rc::gen::set(&core::PendingList::dropped, count),
                                             rc::gen::set(&core::PendingList::added, count),
                                             rc::gen::set(&core::PendingList::dropped_examples, few(name())));
}

inline rc::Gen<core::BatchRecord> batch_record() {
    const auto duration = rc::gen::map(rc::gen::inRange(0, 1'000'000), [](int count) { return base::Duration(count); });
    return rc::gen::build<core::BatchRecord>(
        rc::gen::set(&core::BatchRecord::exceptions, few(exception())),
        rc::gen::set(&core::BatchRecord::done_at, maybe(time())),
        rc::gen::set(&core::BatchRecord::done_by, name()),
        rc::gen::set(&core::BatchRecord::reported, rc::gen::arbitrary<bool>()),
        rc::gen::set(&core::BatchRecord::verdict,
                     maybe(rc::gen::element(core::Verdict::go, core::Verdict::no_go, core::Verdict::unknown))),
        rc::gen::set(&core::BatchRecord::forgotten_at, maybe(time())),
        rc::gen::set(&core::BatchRecord::forgotten_by, name()),
        rc::gen::set(&core::BatchRecord::good_digest, name()),
        rc::gen::set(&core::BatchRecord::pending, maybe(pending_list())),
        rc::gen::set(&core::BatchRecord::pace, name()),
        rc::gen::set(&core::BatchRecord::paced_since, time()),
        rc::gen::set(&core::BatchRecord::age_before, duration),
        rc::gen::set(&core::BatchRecord::age, duration));
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
                                            rc::gen::set(&core::DoorLedger::why, text()),
                                            rc::gen::set(&core::DoorLedger::cause, cause()));
}

inline rc::Gen<core::ParkedSecret> parked_secret() {
    return rc::gen::build<core::ParkedSecret>(rc::gen::set(&core::ParkedSecret::fingerprint, text()),
                                              rc::gen::set(&core::ParkedSecret::at, time()),
                                              rc::gen::set(&core::ParkedSecret::why, text()),
                                              rc::gen::set(&core::ParkedSecret::cause, cause()));
}

inline rc::Gen<core::UntoldPresentation> untold_presentation() {
    return rc::gen::build<core::UntoldPresentation>(rc::gen::set(&core::UntoldPresentation::door, door()),
                                                    rc::gen::set(&core::UntoldPresentation::at, time()));
}

inline rc::Gen<core::Refusal> refusal() {
    return rc::gen::build<core::Refusal>(rc::gen::set(&core::Refusal::door, door()),
                                         rc::gen::set(&core::Refusal::at, time()),
                                         rc::gen::set(&core::Refusal::why, text()),
                                         rc::gen::set(&core::Refusal::cause, cause()),
                                         rc::gen::set(&core::Refusal::evidence, text()));
}

inline rc::Gen<core::AccountLedger> account_ledger() {
    return rc::gen::build<core::AccountLedger>(
        rc::gen::set(&core::AccountLedger::fingerprint, text()),
        rc::gen::set(&core::AccountLedger::accepted_at, maybe(time())),
        rc::gen::set(&core::AccountLedger::parked_at, maybe(time())),
        rc::gen::set(&core::AccountLedger::parked_why, text()),
        rc::gen::set(&core::AccountLedger::parked_cause, cause()),
        rc::gen::set(&core::AccountLedger::parked_before, few(parked_secret())),
        rc::gen::set(&core::AccountLedger::locked_at, maybe(time())),
        rc::gen::set(&core::AccountLedger::refusals, few(time())),
        rc::gen::set(&core::AccountLedger::unanswered, few(untold_presentation())),
        rc::gen::set(&core::AccountLedger::doors,
                     few_entries<std::map<core::Door, core::DoorLedger>>(door(), door_ledger())),
        rc::gen::set(&core::AccountLedger::outstanding, maybe(untold_presentation())),
        rc::gen::set(&core::AccountLedger::last_refusal, maybe(refusal())),
        rc::gen::set(&core::AccountLedger::known, rc::gen::arbitrary<bool>()),
        rc::gen::set(&core::AccountLedger::forced, rc::gen::arbitrary<bool>()));
}

inline rc::Gen<core::SprayBrake::Try> spray_try() {
    return rc::gen::build<core::SprayBrake::Try>(rc::gen::set(&core::SprayBrake::Try::account, text()),
                                                 rc::gen::set(&core::SprayBrake::Try::at, time()));
}

inline rc::Gen<core::SprayBrake::Result> spray_result() {
    return rc::gen::build<core::SprayBrake::Result>(
        rc::gen::set(&core::SprayBrake::Result::account, text()),
        rc::gen::set(&core::SprayBrake::Result::accepted, rc::gen::arbitrary<bool>()));
}

inline rc::Gen<core::SprayBrake> spray_brake() {
    return rc::gen::build<core::SprayBrake>(rc::gen::set(&core::SprayBrake::succeeded, rc::gen::arbitrary<bool>()),
                                            rc::gen::set(&core::SprayBrake::under_way, few(spray_try())),
                                            rc::gen::set(&core::SprayBrake::refused, few(spray_try())),
                                            rc::gen::set(&core::SprayBrake::unanswered, few(spray_try())),
                                            rc::gen::set(&core::SprayBrake::newest, few(spray_result())),
                                            rc::gen::set(&core::SprayBrake::stopped_at, maybe(time())),
                                            rc::gen::set(&core::SprayBrake::why, text()));
}

} // namespace mailpreflight::generators
