#include "daemon/judge.hpp"
#include "json/codec.hpp"
#include "tests/store/temporary_directory.hpp"

#include <fmt/format.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mailpreflight::daemon {
namespace {

using namespace std::chrono_literals;
using store::TemporaryDirectory;

constexpr base::SystemTime noon{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h};

core::Plan plan() {
    core::Plan plan;
    plan.sources = {{.name = "contoso", .must_not_open = {"boss@contoso.example"}}};
    core::Batch batch{.name = "wave1", .source = "contoso"};
    for (const char* const name : {"anna", "bert", "cleo", "dora", "emil"}) {
        batch.list.mailboxes.push_back({.address = std::string(name) + "@contoso.example"});
    }
    batch.window = core::Window{.start = noon + 24h, .end = noon + 30h, .zone = "UTC"};
    plan.batches = {batch};
    return plan;
}

/// What a service has that starts on what was stored.
State restarted(store::Store& store) {
    auto loaded = store.load().value();
    State state;
    state.plan = plan();
    for (auto& [name, batch] : loaded.batches) {
        state.stored.emplace(name, store::BatchRow{batch.source, batch.record});
        state.plan.batches[0].record = batch.record;
    }
    state.tracks = std::move(loaded.tracks);
    state.baseline = std::move(loaded.baseline);
    state.incidents = std::move(loaded.incidents);
    state.next_incident = loaded.next_incident;
    return state;
}

/// A look at any planned key, with any cause that a look of it can have.
core::Observation any_look(base::SystemTime now) {
    static const std::set<core::TrackKey> keys = core::planned_keys(plan());
    const auto which = *rc::gen::inRange<std::size_t>(0, keys.size());
    const core::TrackKey key = *std::next(keys.begin(), static_cast<std::ptrdiff_t>(which));
    const auto cause = *rc::gen::weightedOneOf<core::Cause>(
        {{4, rc::gen::just(core::Cause::ok)},
         {3,
          rc::gen::element(core::Cause::impersonation_denied, core::Cause::mailbox_moved, core::Cause::server_busy)}});
    core::Observation look = core::observe(key, now, core::is_about_mailbox(key.check) ? cause : core::Cause::ok);
    look.connected_at = now;
    look.facts = {{"root_id", std::to_string(*rc::gen::inRange(0, 2))}, {"build", "15.1"}};
    return look;
}

void nobody(const State&, const News&) {}

/// All that is believed and concluded, in words.
std::vector<std::string> judgement_of(const Judge& judge) {
    return judge.with_state([](const State& state) {
        std::vector<std::string> words;
        const auto add = [&](const auto& value) { words.push_back(json::write(json::to_json(value))); };
        std::for_each(state.drift.begin(), state.drift.end(), add);
        std::for_each(state.incidents.begin(), state.incidents.end(), add);
        for (const auto& [batch, readiness] : state.readiness) {
            add(readiness);
        }
        for (const auto& [key, track] : state.tracks) {
            for (const core::KeptLook& look : {track.latest, track.definite, track.confirmed}) {
                if (look) {
                    add(*look);
                }
            }
        }
        for (const auto& [key, entry] : state.baseline) {
            words.push_back(fmt::format("{} {}", core::name_of(key.check), core::to_text(key.subject)));
            add(entry);
        }
        return words;
    });
}

/// Until all that was submitted is judged and stored.
void judge_all(Judge& judge) {
    std::atomic<bool> done = false;
    const std::jthread asking([&] {
        static_cast<void>(judge.call([](State&, store::Store::Commit&) {}));
        done = true;
    });
    while (!done) {
        judge.step(1ms);
    }
}

RC_GTEST_PROP(Replay, what_was_stored_gives_the_judgement_that_was_lived_through, ()) {
    const auto directory = TemporaryDirectory::in_memory();
    base::SimulatedClock clock(noon);
    std::optional<store::Store> store(store::Store::open(directory.path()).value());
    std::optional<Judge> lived;
    lived.emplace(clock, *store, restarted(*store), nobody);
    const int turns = *rc::gen::inRange(1, 20);
    for (int turn = 0; turn < turns; ++turn) {
        clock.advance(std::chrono::minutes(*rc::gen::inRange(1, 20)));
        core::Observation login =
            core::observe({core::Check::ews_login, core::Subject::of_source("contoso")}, clock.now(), core::Cause::ok);
        lived->submit({login, any_look(clock.now()), any_look(clock.now())});
        judge_all(*lived);
    }
    judge_all(*lived); // what a turn sees of ourselves, it sees of the turns before
    const auto before = judgement_of(*lived);
    lived.reset();
    store.reset();

    store.emplace(store::Store::open(directory.path()).value());
    Judge replayed(clock, *store, restarted(*store), nobody);
    replayed.step(0ms);
    const auto after = judgement_of(replayed);
    RC_ASSERT(after == before);
}

} // namespace
} // namespace mailpreflight::daemon
