#include "core/incident.hpp"

#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

Drift drift(const std::string& address,
            Cause cause = Cause::impersonation_denied,
            Direction direction = Direction::lost,
            const std::string& source = "contoso") {
    const TrackKey key{Check::mailbox_impersonation, Subject::of_mailbox(source, address)};
    return {.key = key, .direction = direction, .cause = cause, .after = look(key, noon, cause), .first_seen = noon};
}

std::set<TrackKey> subjects(const std::vector<Drift>& drifts) {
    std::set<TrackKey> keys;
    for (const Drift& one : drifts) {
        keys.insert(one.key);
    }
    return keys;
}

Incident opened(std::uint64_t number, const std::vector<Drift>& drifts) {
    return {.number = number,
            .source = drifts.front().key.subject.source,
            .cause = drifts.front().cause,
            .direction = drifts.front().direction,
            .opened_at = noon,
            .updated_at = noon,
            .subjects = subjects(drifts),
            .peak = drifts.size()};
}

TEST(Fold, makes_one_incident_of_one_cause_on_one_source) {
    const std::vector<Drift> drifts{drift("anna"), drift("bert"), drift("cleo")};
    const Folded folded = fold(drifts, {}, 17, noon);
    EXPECT_EQ(folded.incidents, std::vector{opened(17, drifts)});
    EXPECT_EQ(folded.changes, (std::vector<IncidentChange>{{IncidentChangeKind::opened, 17, 3}}));
    EXPECT_EQ(id_of(folded.incidents.front()), "I17");
}

TEST(Fold, keeps_causes_directions_and_sources_apart) {
    const std::vector<Drift> drifts{drift("anna"),
                                    drift("bert", Cause::mailbox_moved),
                                    drift("cleo", Cause::impersonation_denied, Direction::gained),
                                    drift("anna", Cause::impersonation_denied, Direction::lost, "fabrikam")};
    EXPECT_EQ(fold(drifts, {}, 1, noon).incidents.size(), 4U);
}

TEST(Fold, says_nothing_when_nothing_changed) {
    const std::vector<Drift> drifts{drift("anna")};
    const Folded folded = fold(drifts, {opened(1, drifts)}, 2, noon + 1h);
    EXPECT_EQ(folded.incidents, std::vector{opened(1, drifts)});
    EXPECT_EQ(folded.changes, std::vector<IncidentChange>{});
}

TEST(Fold, lets_an_incident_grow_and_shrink_and_keeps_its_peak_and_acknowledgement) {
    Incident before = opened(1, {drift("anna")});
    before.state = IncidentState::acknowledged;
    before.acknowledged_by = "uid 1000 (anna)";
    const std::vector<Drift> two{drift("anna"), drift("bert")};
    Folded folded = fold(two, {before}, 2, noon + 1h);
    Incident expected = before;
    expected.subjects = subjects(two);
    expected.grown = subjects({drift("bert")});
    expected.peak = 2;
    expected.updated_at = noon + 1h;
    EXPECT_EQ(folded.incidents, std::vector{expected});
    EXPECT_EQ(folded.changes, (std::vector<IncidentChange>{{IncidentChangeKind::grew, 1, 2}}));

    folded = fold({drift("bert")}, folded.incidents, 2, noon + 2h);
    expected.subjects = subjects({drift("bert")});
    expected.updated_at = noon + 2h;
    EXPECT_EQ(folded.incidents, std::vector{expected});
    EXPECT_EQ(folded.changes, (std::vector<IncidentChange>{{IncidentChangeKind::shrank, 1, 1}}));
}

TEST(Fold, calls_it_grown_when_one_subject_takes_the_place_of_another) {
    const Folded folded = fold({drift("bert")}, {opened(1, {drift("anna")})}, 2, noon);
    EXPECT_EQ(folded.changes, (std::vector<IncidentChange>{{IncidentChangeKind::grew, 1, 1}}));
}

TEST(Fold, resolves_what_is_gone_and_remembers_whom_it_hit) {
    const Folded folded = fold({}, {opened(1, {drift("anna")})}, 2, noon + 1h);
    Incident expected = opened(1, {drift("anna")});
    expected.state = IncidentState::resolved;
    expected.resolved_at = noon + 1h;
    expected.updated_at = noon + 1h;
    EXPECT_EQ(folded.incidents, std::vector{expected});
    EXPECT_EQ(folded.changes, (std::vector<IncidentChange>{{IncidentChangeKind::resolved, 1, 1}}));
}

TEST(Fold, opens_a_new_incident_when_a_resolved_cause_comes_back) {
    Incident resolved = opened(1, {drift("anna")});
    resolved.state = IncidentState::resolved;
    resolved.resolved_at = noon - 1h;
    const Folded folded = fold({drift("anna")}, {resolved}, 2, noon);
    EXPECT_EQ(folded.incidents, (std::vector{resolved, opened(2, {drift("anna")})}));
}

std::vector<Drift> drifts_of(int count) {
    std::vector<Drift> drifts;
    for (int i = 0; i < count; ++i) {
        drifts.push_back(drift("user" + std::to_string(i)));
    }
    return drifts;
}

Incident acknowledged_with(int count, std::optional<base::SystemTime> until = std::nullopt) {
    return acknowledged(opened(1, drifts_of(count)), "uid 1000 (anna)", "ticket 4711", until, noon);
}

IncidentState after_growing_to(int count, const Incident& incident, const IsUrgent& is_urgent = {}) {
    return fold(drifts_of(count), {incident}, 2, noon + 1h, is_urgent).incidents.front().state;
}

TEST(Acknowledgement, covers_what_was_there_and_a_little_more) {
    EXPECT_EQ(after_growing_to(5, acknowledged_with(3)), IncidentState::acknowledged);
    EXPECT_EQ(after_growing_to(6, acknowledged_with(3)), IncidentState::open) << "3 more";
    EXPECT_EQ(after_growing_to(109, acknowledged_with(100)), IncidentState::acknowledged);
    EXPECT_EQ(after_growing_to(110, acknowledged_with(100)), IncidentState::open) << "a tenth more";
}

TEST(Acknowledgement, ends_when_it_is_outgrown_and_says_so) {
    const Folded folded = fold(drifts_of(6), {acknowledged_with(3)}, 2, noon + 1h);
    EXPECT_EQ(folded.changes,
              (std::vector<IncidentChange>{{IncidentChangeKind::grew, 1, 6}, {IncidentChangeKind::spoke_again, 1, 6}}));
    EXPECT_EQ(folded.incidents.front().acknowledged_by, "");
    EXPECT_EQ(folded.incidents.front().comment, "ticket 4711");
}

TEST(Acknowledgement, counts_growth_over_several_turns_and_not_what_went_again) {
    Folded folded = fold(drifts_of(5), {acknowledged_with(3)}, 2, noon + 1h);
    folded = fold(drifts_of(3), folded.incidents, 2, noon + 2h);
    EXPECT_EQ(folded.incidents.front().grown, std::set<TrackKey>{});
    folded = fold(drifts_of(4), folded.incidents, 2, noon + 3h);
    folded = fold(drifts_of(5), folded.incidents, 2, noon + 4h);
    EXPECT_EQ(folded.incidents.front().state, IncidentState::acknowledged);
    folded = fold(drifts_of(6), folded.incidents, 2, noon + 5h);
    EXPECT_EQ(folded.incidents.front().state, IncidentState::open);
}

TEST(Acknowledgement, does_not_cover_what_is_urgent) {
    const IsUrgent urgent = [](const Subject& subject) { return subject.name == "user3"; };
    EXPECT_EQ(after_growing_to(3, acknowledged_with(3), urgent), IncidentState::acknowledged);
    EXPECT_EQ(after_growing_to(4, acknowledged_with(3), urgent), IncidentState::open);
}

TEST(Acknowledgement, ends_when_its_time_is_over) {
    const Incident incident = acknowledged_with(3, noon + 1h);
    EXPECT_EQ(fold(drifts_of(3), {incident}, 2, noon + 1h - 1us).incidents.front().state, IncidentState::acknowledged);
    const Folded over = fold(drifts_of(3), {incident}, 2, noon + 1h);
    EXPECT_EQ(over.incidents.front().state, IncidentState::open);
    EXPECT_EQ(over.changes, (std::vector<IncidentChange>{{IncidentChangeKind::spoke_again, 1, 3}}));
}

TEST(Acknowledgement, is_no_resolution) {
    EXPECT_EQ(fold({}, {acknowledged_with(3)}, 2, noon + 1h).incidents.front().state, IncidentState::resolved);
}

RC_GTEST_PROP(FoldProperty, keeps_every_drifting_key_once_in_exactly_one_unresolved_incident, ()) {
    std::vector<Incident> incidents;
    std::uint64_t next = 1;
    const auto turns = *rc::gen::container<std::vector<std::vector<std::tuple<int, int, int>>>>(
        rc::gen::container<std::vector<std::tuple<int, int, int>>>(
            rc::gen::tuple(rc::gen::inRange(0, 6), rc::gen::inRange(0, 4), rc::gen::inRange(0, 3))));
    for (const auto& turn : turns) {
        std::map<TrackKey, Drift> drifting; // a key drifts in one way only
        for (const auto& [who, cause, direction] : turn) {
            const Drift one = drift(std::to_string(who),
                                    static_cast<Cause>(cause + 1),
                                    static_cast<Direction>(direction),
                                    who % 2 == 0 ? "contoso" : "fabrikam");
            drifting.insert_or_assign(one.key, one);
        }
        std::vector<Drift> drifts;
        for (const auto& [key, one] : drifting) {
            drifts.push_back(one);
        }
        const Folded folded = fold(drifts, incidents, next, noon);
        incidents = folded.incidents;
        std::map<TrackKey, int> seen;
        std::set<std::uint64_t> numbers;
        for (const Incident& incident : incidents) {
            RC_ASSERT(numbers.insert(incident.number).second);
            next = std::max(next, incident.number + 1);
            if (incident.state == IncidentState::resolved) {
                continue;
            }
            for (const TrackKey& key : incident.subjects) {
                ++seen[key];
                const auto found = drifting.find(key);
                RC_ASSERT(found != drifting.end());
                RC_ASSERT(found->second.cause == incident.cause);
                RC_ASSERT(found->second.direction == incident.direction);
                RC_ASSERT(key.subject.source == incident.source);
            }
        }
        RC_ASSERT(seen.size() == drifting.size());
        for (const auto& [key, times] : seen) {
            RC_ASSERT(times == 1);
        }
    }
}

} // namespace
} // namespace mailpreflight::core
