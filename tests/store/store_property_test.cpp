#include "json/observation_codec.hpp"
#include "store/reader.hpp"
#include "store/store.hpp"
#include "tests/json/generators.hpp"
#include "tests/store/examples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace mailpreflight::store {
namespace {

/// What the store must hold, kept in memory.
struct Model {
    core::Tracks tracks;
    core::Baseline baseline;
    std::map<std::uint64_t, core::Incident> incidents;
    std::vector<core::Transition> transitions;
    std::vector<core::TimelineEntry> timeline;
    std::vector<core::Acceptance> acceptances;
    std::uint64_t next_incident = 1;

    void take(const Store::Commit& commit) {
        for (const core::TrackKey& key : commit.forgotten) {
            tracks.erase(key);
            baseline.erase(key);
            std::erase_if(transitions, [&](const core::Transition& t) { return t.key == key; });
            for (core::Acceptance& acceptance : acceptances) {
                std::erase_if(acceptance.changes, [&](const core::BaselineDifference& c) { return c.key == key; });
            }
            for (auto& [number, incident] : incidents) {
                if (incident.state == core::IncidentState::resolved) {
                    incident.subjects.erase(key);
                }
            }
        }
        for (const auto& [key, track] : commit.tracks) {
            tracks.insert_or_assign(key, track);
        }
        transitions.insert(transitions.end(), commit.transitions.begin(), commit.transitions.end());
        for (const core::TrackKey& key : commit.baseline_removed) {
            baseline.erase(key);
        }
        for (const auto& [key, entry] : commit.baseline) {
            baseline.insert_or_assign(key, entry);
        }
        for (const core::Incident& incident : commit.incidents) {
            incidents.insert_or_assign(incident.number, incident);
            next_incident = std::max(next_incident, incident.number + 1);
        }
        timeline.insert(timeline.end(), commit.timeline.begin(), commit.timeline.end());
        acceptances.insert(acceptances.end(), commit.acceptances.begin(), commit.acceptances.end());
    }

    [[nodiscard]] std::vector<core::Transition> history(const core::TrackKey& key) const {
        std::vector<core::Transition> found;
        std::copy_if(transitions.rbegin(),
                     transitions.rend(),
                     std::back_inserter(found),
                     [&](const core::Transition& t) { return t.key == key; });
        return found;
    }
};

/// As the store gives them: by the words of check and kind, then by the subject.
bool by_columns(const core::BaselineDifference& a, const core::BaselineDifference& b) {
    const auto columns = [](const core::TrackKey& key) {
        return std::tuple(core::name_of(key.check), json::name_of(key.subject.kind), key.subject.name);
    };
    return columns(a.key) < columns(b.key);
}

rc::Gen<Store::Commit> any_commit() {
    const auto keys = generators::few(generators::track_key());
    return rc::gen::exec([keys] {
        Store::Commit commit;
        for (const core::TrackKey& key : *keys) {
            commit.tracks[key] = *generators::track_of(key);
            commit.transitions.push_back(*generators::transition_of(key));
        }
        commit.forgotten = *keys;
        commit.baseline_removed = *keys;
        for (const core::TrackKey& key : *keys) {
            commit.baseline[key] = *generators::baseline_entry();
        }
        commit.incidents = *generators::few(generators::incident());
        for (const std::string& text : *generators::few(generators::text())) {
            commit.timeline.push_back({.at = noon + std::chrono::seconds(*rc::gen::inRange(0, 5)),
                                       .kind = core::TimelineKind::batch,
                                       .source = "contoso",
                                       .batch = "wave1",
                                       .text = text});
        }
        core::Acceptance acceptance{.at = *generators::time(), .source = "contoso", .scope = "all", .by = "me"};
        const auto accepted = *keys;
        for (const core::TrackKey& key : std::set<core::TrackKey>(accepted.begin(), accepted.end())) {
            acceptance.changes.push_back({key, std::nullopt, *generators::baseline_entry(), *generators::time()});
        }
        std::sort(acceptance.changes.begin(), acceptance.changes.end(), by_columns);
        commit.acceptances.push_back(acceptance);
        commit.at = *generators::time();
        return commit;
    });
}

void compare(Store& store, const Model& model, const std::filesystem::path& directory) {
    const auto loaded = value_of(store.load());
    RC_ASSERT(loaded.tracks == model.tracks);
    RC_ASSERT(loaded.baseline == model.baseline);
    std::vector<core::Incident> incidents;
    for (const auto& [number, incident] : model.incidents) {
        incidents.push_back(incident);
    }
    RC_ASSERT(loaded.incidents == incidents);
    RC_ASSERT(loaded.next_incident == model.next_incident);
    auto reader = value_of(Reader::open(directory));
    std::vector<core::TimelineEntry> timeline(model.timeline.rbegin(), model.timeline.rend());
    std::stable_sort(timeline.begin(), timeline.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
    RC_ASSERT(value_of(reader.timeline({.batch = "wave1"}, std::nullopt, 10'000)) == timeline);
    RC_ASSERT(value_of(reader.acceptances("contoso", std::nullopt, 10'000)) ==
              std::vector(model.acceptances.rbegin(), model.acceptances.rend()));
    for (const core::Transition& transition : model.transitions) {
        RC_ASSERT(value_of(store.history(transition.key, 10'000)) == model.history(transition.key));
    }
}

TEST(StateStoreProperty, after_any_sequence_of_commits_it_holds_what_a_model_in_memory_holds) {
    const auto property = [] {
        const auto directory = TemporaryDirectory::in_memory();
        Model model;
        std::optional<Store> store(value_of(Store::open(directory.path())));
        const auto commits = *generators::few(any_commit());
        for (const Store::Commit& commit : commits) {
            RC_ASSERT(store->commit(commit).has_value());
            model.take(commit);
            if (*rc::gen::arbitrary<bool>()) {
                compare(*store, model, directory.path());
            }
            if (*rc::gen::arbitrary<bool>()) {
                store.reset();
                store.emplace(value_of(Store::open(directory.path())));
            }
        }
        compare(*store, model, directory.path());
        RC_ASSERT(store->check_integrity().has_value());
    };
    rc::detail::TestParams params = rc::detail::configuration().testParams;
    params.maxSuccess = 60;
    params.disableShrinking = true;
    const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata{}, params);
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    EXPECT_TRUE(result.is<rc::detail::SuccessResult>()) << text.str();
}

} // namespace
} // namespace mailpreflight::store
