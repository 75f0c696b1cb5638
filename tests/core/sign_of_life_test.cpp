#include "core/sign_of_life.hpp"

#include "tests/core/wave1.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::core {
namespace {

using Kinds = std::vector<BeatKind>;

/// Source contoso as it is looked at; what is told of it, turn by turn.
struct Story {
    Plan plan = core::plan();
    Tracks tracks;
    LifeMemory memory;
    base::SystemTime now = noon;

    std::vector<Beat> turn() {
        SignsOfLife signs = signs_of_life(plan, tracks, memory, now);
        memory = std::move(signs.memory);
        return std::move(signs.beats);
    }

    Kinds kinds() {
        Kinds all;
        for (const Beat& beat : turn()) {
            all.push_back(beat.kind);
        }
        return all;
    }

    void see(const TrackKey& key, Cause cause = Cause::ok) {
        tracks[key] = believed(look(key, now, cause));
    }

    /// All ways into all mailboxes, now.
    void sweep() {
        for (const TrackKey& key : planned_keys(plan)) {
            if (is_about_mailbox(key.check)) {
                see(key);
            }
        }
    }

    [[nodiscard]] std::size_t ways() const {
        std::size_t count = 0;
        for (const TrackKey& key : planned_keys(plan)) {
            count += is_about_mailbox(key.check) ? 1U : 0U;
        }
        return count;
    }
};

TEST(SignsOfLife, begin_a_sweep_at_the_start_and_say_nothing_yet_of_being_alive) {
    Story story;
    EXPECT_EQ(story.turn(), (std::vector<Beat>{{BeatKind::start, "a sweep over contoso begins"}}));
    EXPECT_EQ(story.memory.sweeps, (std::map<std::string, base::SystemTime>{{"contoso", noon}}));
    EXPECT_EQ(story.memory.beat_at, noon);
    EXPECT_EQ(story.turn(), std::vector<Beat>{});
}

TEST(SignsOfLife, end_a_sweep_once_every_planned_mailbox_was_looked_at_since_it_began) {
    Story story;
    story.turn();
    story.now += 1min;
    story.sweep();
    const TrackKey last = mailbox_key("bert@contoso.example");
    ASSERT_TRUE(planned_keys(story.plan).contains(last));
    story.tracks.erase(last);
    EXPECT_EQ(story.turn(), std::vector<Beat>{}) << "bert was never looked at";
    story.tracks[last] = believed(look(last, noon - 1us, Cause::ok));
    EXPECT_EQ(story.turn(), std::vector<Beat>{}) << "bert was looked at before it began";
    story.see(last, Cause::impersonation_denied); // a bad look is a look
    story.now += 1s;
    EXPECT_EQ(story.turn(),
              (std::vector<Beat>{
                  {BeatKind::success, "contoso was swept: " + std::to_string(story.ways()) + " looks at mailboxes"},
                  {BeatKind::start, "a sweep over contoso begins"}}));
    EXPECT_EQ(story.memory.sweeps.at("contoso"), noon + 1min + 1s);
    story.now += 1s;
    EXPECT_EQ(story.turn(), std::vector<Beat>{}) << "the next one is not through";
}

TEST(SignsOfLife, beat_every_5_minutes_while_something_was_seen_within_blind_after) {
    Story story;
    story.turn();
    story.see(source_key(Check::source_dns));
    story.now += 5min - 1us;
    EXPECT_EQ(story.turn(), std::vector<Beat>{});
    story.now += 1us;
    EXPECT_EQ(story.turn(), (std::vector<Beat>{{BeatKind::success, "the newest look is of 2026-12-01T12:00:00.000Z"}}));
    EXPECT_EQ(story.turn(), std::vector<Beat>{});
}

TEST(SignsOfLife, fail_once_the_newest_look_is_older_than_blind_after) {
    Story story;
    story.plan.schedule.blind_after = 10min;
    story.turn();
    story.see(source_key(Check::source_dns));
    story.now += 10min;
    EXPECT_EQ(story.kinds(), Kinds{BeatKind::success});
    story.now += 5min;
    EXPECT_EQ(story.turn(), (std::vector<Beat>{{BeatKind::fail, "the newest look is of 2026-12-01T12:00:00.000Z"}}));
    story.see(source_key(Check::source_dns));
    story.now += 5min;
    EXPECT_EQ(story.kinds(), Kinds{BeatKind::success}) << "it sees again";
}

TEST(SignsOfLife, fail_where_nothing_was_seen_5_minutes_after_the_start) {
    Story story;
    story.turn();
    story.now += 5min;
    EXPECT_EQ(story.turn(), (std::vector<Beat>{{BeatKind::fail, "nothing was seen yet"}}));
}

TEST(SignsOfLife, take_no_conclusion_of_our_own_for_a_look) {
    Story story;
    story.turn();
    story.now += 5min;
    story.see(source_key(Check::source_watch), Cause::blind);
    EXPECT_EQ(story.kinds(), Kinds{BeatKind::fail});
}

TEST(SignsOfLife, beat_at_once_after_a_restart_where_something_was_seen_of_late) {
    Story story;
    story.see(source_key(Check::source_dns));
    EXPECT_EQ(story.kinds(), (Kinds{BeatKind::start, BeatKind::success}));
}

TEST(SignsOfLife, go_on_when_the_clock_was_set_back) {
    Story story;
    story.turn();
    story.now -= 24h;
    story.see(source_key(Check::source_dns));
    EXPECT_EQ(story.kinds(), (Kinds{BeatKind::start, BeatKind::success}));
    EXPECT_EQ(story.memory.sweeps.at("contoso"), noon - 24h);
    story.now += 1min;
    story.sweep();
    EXPECT_EQ(story.kinds(), (Kinds{BeatKind::success, BeatKind::start}));
}

TEST(SignsOfLife, forget_a_source_that_goes_and_begin_anew_when_it_is_back) {
    Story story;
    const Plan before = story.plan;
    story.turn();
    story.plan = Plan{};
    story.now += 1min;
    EXPECT_EQ(story.turn(), std::vector<Beat>{});
    EXPECT_TRUE(story.memory.sweeps.empty());
    story.plan = before;
    story.now += 1min;
    EXPECT_EQ(story.kinds(), Kinds{BeatKind::start});
    EXPECT_EQ(story.memory.sweeps.at("contoso"), noon + 2min);
}

TEST(SignsOfLife, tell_of_each_source_by_itself) {
    Story story;
    story.plan.sources.push_back({.name = "fabrikam"});
    Batch batch{.name = "wave2", .source = "fabrikam"};
    batch.list.mailboxes = {{.address = "carl@fabrikam.example"}};
    story.plan.batches.push_back(batch);
    EXPECT_EQ(story.kinds(), (Kinds{BeatKind::start, BeatKind::start}));
    story.now += 1min;
    for (const TrackKey& key : planned_keys(story.plan)) {
        if (is_about_mailbox(key.check) && key.subject.source == "fabrikam") {
            story.see(key);
        }
    }
    const std::vector<Beat> beats = story.turn();
    ASSERT_EQ(beats.size(), 2U);
    EXPECT_EQ(beats[0].text, "fabrikam was swept: 1 looks at mailboxes");
    EXPECT_EQ(beats[1].text, "a sweep over fabrikam begins");
    EXPECT_EQ(story.memory.sweeps.at("contoso"), noon);
}

TEST(SignsOfLife, sweep_no_source_without_mailboxes) {
    Story story;
    story.plan.sources[0].must_not_open.clear();
    story.plan.batches.clear();
    EXPECT_EQ(story.turn(), std::vector<Beat>{});
    EXPECT_TRUE(story.memory.sweeps.empty());
}

} // namespace
} // namespace mailpreflight::core
