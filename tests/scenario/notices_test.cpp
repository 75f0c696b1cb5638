// What a receiver hears of one thing that happens to thousands of mailboxes, by a clock that is moved.
#include "core/org_wide.hpp"
#include "http/rest_client.hpp"
#include "store/reader.hpp"
#include "tests/scenario/batch_world.hpp"

#include <gmock/gmock.h>

using namespace mailpreflight;
using namespace mailpreflight::scenario;
using core::NoticeClass;
using core::NoticeStatus;

namespace {

[[maybe_unused]] const bool prepared = (http::prepare_rest_client(), true);

constexpr std::size_t most_read = 1'000;

/// A world with one receiver who hears of everything, and of whom nothing comes back: what it is told is what is kept.
class ToldWorld : public BatchWorld {
public:
    explicit ToldWorld(int mailboxes) :
        BatchWorld("[notify.ops]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:1/\"\n",
                   mailboxes,
                   "lanes = 24\nrequests_per_second = 5000.0\n") {}

    /// What was planned for it until now, oldest first; no verdicts, or those alone.
    std::vector<core::Notice> told(bool verdicts = false) {
        auto reader = store::Reader::open(app->state_directory());
        const auto kept = reader.value().outbox(std::nullopt, most_read).value();
        std::vector<core::Notice> notices;
        for (auto owed = kept.rbegin(); owed != kept.rend(); ++owed) {
            if (owed->notice.receiver == "ops" && (owed->notice.notice_class == NoticeClass::verdict) == verdicts) {
                notices.push_back(owed->notice);
            }
        }
        return notices;
    }

    std::size_t believed_to_fail() {
        return readiness().failed;
    }

    void exclude(std::vector<std::string> addresses) {
        exchange->with_state([&](simulator::State& state) {
            for (simulator::ImpersonationGrant& grant : state.organisation.impersonation) {
                grant.excluded_addresses = addresses;
            }
        });
    }

    /// Nobody may impersonate any more; what to give back to restore it.
    std::vector<simulator::ImpersonationGrant> revoke_all() {
        return exchange->with_state(
            [](simulator::State& state) { return std::exchange(state.organisation.impersonation, {}); });
    }

    void give_back(std::vector<simulator::ImpersonationGrant> grants) {
        exchange->with_state([&](simulator::State& state) { state.organisation.impersonation = std::move(grants); });
    }

    core::Schedule schedule() {
        return app->judge().with_state([](const daemon::State& state) { return state.plan.schedule; });
    }
};

/// The sanitizers are at work in what a few mailboxes need, too; with all of them they take half an hour.
constexpr int mailboxes_or([[maybe_unused]] int all, [[maybe_unused]] int few) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return few;
#else
    return all;
#endif
}

std::string story_of(const std::vector<core::Notice>& notices) {
    std::string text;
    for (const core::Notice& notice : notices) {
        text += fmt::format("{} {} {} {} {} ({})\n",
                            base::to_rfc3339(notice.at),
                            notice.id,
                            core::name_of(notice.notice_class),
                            core::name_of(notice.status),
                            notice.subjects,
                            notice.reason);
    }
    return text;
}

} // namespace

TEST(NoticeScenario, a_right_that_is_lost_for_all_mailboxes_is_one_notice_one_update_and_one_end) {
    const int mailboxes = mailboxes_or(10'000, 300);
    ToldWorld world(mailboxes);
    ASSERT_EQ(world.readiness().verdict, core::Verdict::go);
    world.pass(61s, 61s);
    ASSERT_EQ(world.told().size(), 0U) << story_of(world.told());
    const base::SystemTime revoked_at = world.clock.now();
    const auto grants = world.revoke_all();
    const core::Schedule schedule = world.schedule();
    const base::Duration bound = schedule.canary_interval + core::org_wide_apart(schedule.confirm_after) + 2s;
    world.pass(schedule.canary_interval - 90s, 30s);
    while (world.told().empty() && world.clock.now() < revoked_at + 2 * bound) {
        world.pass(1s, 1s);
    }
    ASSERT_EQ(world.told().size(), 1U) << story_of(world.told());
    const core::Notice first = world.told()[0];
    EXPECT_LE(first.at - revoked_at, bound) << base::to_text(first.at - revoked_at);
    EXPECT_EQ(first.notice_class, NoticeClass::rights);
    EXPECT_EQ(first.severity, core::Severity::critical);

    world.pass(11min, 30s);
    ASSERT_EQ(world.told().size(), 2U) << story_of(world.told());
    EXPECT_EQ(world.believed_to_fail(), static_cast<std::size_t>(mailboxes));
    const core::Notice update = world.told()[1];
    EXPECT_EQ(update.group, first.group);
    EXPECT_EQ(update.status, NoticeStatus::firing);
    EXPECT_EQ(update.subjects, static_cast<std::size_t>(mailboxes));
    EXPECT_EQ(update.subjects_before, first.subjects);

    world.give_back(grants);
    world.check("wave1");
    world.pass(20min, 5min);
    world.check("wave1");
    world.pass(3min, 1min);
    EXPECT_EQ(world.readiness().verdict, core::Verdict::go);
    ASSERT_EQ(world.told().size(), 3U) << story_of(world.told());
    const core::Notice end = world.told()[2];
    EXPECT_EQ(end.group, first.group);
    EXPECT_EQ(end.status, NoticeStatus::resolved);
    EXPECT_EQ(end.subjects, static_cast<std::size_t>(mailboxes)) << "how far it went, not what was left of it";
}

TEST(NoticeScenario, an_endpoint_of_many_mailboxes_that_goes_down_is_one_notice) {
    ToldWorld world(mailboxes_or(5'000, 100));
    world.pass(61s, 61s);
    world.exchange->with_state([](simulator::State& state) {
        state.faults.add({.kind = simulator::FaultKind::status, .value = 503, .before_auth = true});
    });
    world.pass(1h, 1min);
    const auto told = world.told();
    ASSERT_EQ(told.size(), 1U) << story_of(told) << story_of(world.told(true));
    EXPECT_EQ(told[0].source, "contoso");
    EXPECT_EQ(told[0].status, NoticeStatus::firing);
    EXPECT_EQ(told[0].subjects, 1U) << "the source, and none of its mailboxes";
    world.exchange->with_state([](simulator::State& state) { state.faults.clear(); });
    world.pass(1h, 1min);
    const auto all = world.told();
    const auto is_over = [](const core::Notice& notice) { return notice.status == NoticeStatus::resolved; };
    EXPECT_EQ(all.size(), 2U) << story_of(all);
    EXPECT_EQ(std::count_if(all.begin(), all.end(), is_over), 1) << story_of(all);
}

TEST(NoticeScenario, three_laggards_that_were_acknowledged_speak_again_once_when_400_more_join_them) {
    ToldWorld world(450);
    const auto all = world.addresses();
    const auto look_twice = [&] {
        for (int look = 0; look < 2; ++look) {
            world.check("wave1");
            world.pass(16min, 16min);
        }
        world.check("wave1");
    };
    world.exclude({all.begin(), all.begin() + 3});
    look_twice();
    ASSERT_EQ(world.open_incidents().size(), 1U);
    const std::string group = core::id_of(world.open_incidents()[0]);
    const std::size_t before = world.told().size();
    ASSERT_GE(before, 1U);
    ASSERT_TRUE(
        world.service().acknowledge(world.caller, {.id = group, .comment = "ticket 4711", .until = {}}).has_value());
    world.pass(3h, 15min);
    EXPECT_EQ(world.told().size(), before) << story_of(world.told());

    world.exclude({all.begin(), all.begin() + 403});
    look_twice();
    world.pass(11min, 1min);
    const auto told = world.told();
    ASSERT_GT(told.size(), before) << story_of(told);
    const auto speaks_again = [](const core::Notice& notice) {
        return notice.reason == "the acknowledgement no longer covers it";
    };
    EXPECT_EQ(std::count_if(told.begin(), told.end(), speaks_again), 1) << story_of(told);
    EXPECT_TRUE(speaks_again(told[before])) << story_of(told);
    for (std::size_t i = before; i < told.size(); ++i) {
        EXPECT_EQ(told[i].group, group);
        EXPECT_EQ(told[i].status, NoticeStatus::firing);
        EXPECT_TRUE(i == before || told[i].at - told[i - 1].at >= 10min) << story_of(told);
    }
    EXPECT_EQ(told.back().subjects, world.open_incidents().at(0).subjects.size());
    EXPECT_GT(told.back().subjects, 350U);
}
