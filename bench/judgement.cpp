// What it costs to judge one look at each of very many mailboxes, beside reading the same from SQLite.
//   bench_judgement [MAILBOXES]     one JSON object
#include "core/drift.hpp"
#include "core/due.hpp"
#include "core/incident.hpp"
#include "core/plan_notices.hpp"
#include "core/readiness.hpp"
#include "store/store.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace mailpreflight;
using namespace std::chrono_literals;

constexpr base::SystemTime noon{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1) + 12h};

class Stopwatch {
public:
    /// Milliseconds since the start or the last call.
    double lap() {
        const auto now = std::chrono::steady_clock::now();
        return std::chrono::duration<double, std::milli>(now - std::exchange(start_, now)).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

core::Plan plan_of(int mailboxes) {
    core::Plan plan;
    plan.sources = {{.name = "contoso"}};
    core::Batch batch{.name = "wave1", .source = "contoso"};
    for (int i = 0; i < mailboxes; ++i) {
        batch.list.mailboxes.push_back({.address = fmt::format("user{:06}@contoso.example", i),
                                        .labels = {{"Database", fmt::format("DB{:02}", i % 20)}}});
    }
    plan.batches = {std::move(batch)};
    return plan;
}

/// A look at each mailbox; one in twenty, those of DB03, is refused when `refused`.
std::vector<core::Observation> looks_at(const core::Plan& plan, base::SystemTime at, bool refused) {
    std::vector<core::Observation> looks;
    for (std::size_t i = 0; i < plan.batches[0].list.mailboxes.size(); ++i) {
        const core::TrackKey key{core::Check::mailbox_impersonation,
                                 core::Subject::of_mailbox("contoso", plan.batches[0].list.mailboxes[i].address)};
        const bool fails = refused && i % 20 == 3;
        core::Observation look = core::observe(key, at, fails ? core::Cause::impersonation_denied : core::Cause::ok);
        look.connected_at = at;
        look.facts = {{"root_id", fmt::format("AAMkAGI2{:060}", i)}, {"backend", fmt::format("MBX{:02}", i % 8)}};
        looks.push_back(std::move(look));
    }
    return looks;
}

void run(int mailboxes) {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("bench.{}", mailboxes);
    std::filesystem::remove_all(folder);
    core::Plan plan = plan_of(mailboxes);
    core::Tracks tracks = core::judge({}, looks_at(plan, noon, false), core::confirm_rules(plan, noon)).tracks;
    core::Baseline baseline = core::adopt(plan, {}, tracks);
    {
        auto store = store::Store::open(folder);
        if (!store || !store->commit({.tracks = tracks, .baseline = baseline, .at = noon})) {
            throw std::runtime_error("cannot write " + folder.string());
        }
    }

    Stopwatch watch;
    auto store = store::Store::open(folder);
    const auto loaded = store.value().load();
    const double read = watch.lap();
    if (!loaded || loaded->tracks.size() != tracks.size()) {
        throw std::runtime_error("cannot read " + folder.string());
    }

    // The second refusal of each: what is believed changes, drift comes of it, an incident is opened.
    tracks =
        core::judge(std::move(tracks), looks_at(plan, noon + 1h, true), core::confirm_rules(plan, noon + 1h)).tracks;
    const base::SystemTime now = noon + 2h;
    std::vector<core::Observation> looks = looks_at(plan, now, true);
    std::set<core::TrackKey> keys;
    for (const core::Observation& look : looks) {
        keys.insert(look.key);
    }
    watch.lap();
    tracks = core::judge(std::move(tracks), std::move(looks), core::confirm_rules(plan, now)).tracks;
    const double judged = watch.lap();
    const core::Followed followed = core::follow(plan, keys, std::move(baseline), {}, tracks, now);
    const double compared = watch.lap();
    const core::Folded folded = core::fold(followed.drift, {}, 1, now);
    const double counted = watch.lap();
    const core::Readiness readiness = core::readiness(plan, plan.batches[0], tracks, {}, now);
    const double ready = watch.lap();
    if (folded.incidents.size() != 1 || readiness.failed != folded.incidents[0].subjects.size()) {
        throw std::runtime_error("it was not judged as it should be");
    }
    // Ten receivers that hear of everything: what is told first, and what a turn costs that has nothing to tell.
    std::vector<core::NoticePolicy> policies;
    for (int i = 0; i < 10; ++i) {
        policies.push_back({.receiver = fmt::format("ops{}", i)});
    }
    const std::map<std::string, core::Readiness> by_batch{{"wave1", readiness}};
    const std::map<std::string, core::SourceNames> names;
    const core::NoticeMatter matter{plan,
                                    tracks,
                                    folded.incidents,
                                    by_batch,
                                    names,
                                    [](const std::string&, base::SystemTime) { return false; },
                                    [](base::SystemTime at, const std::string&) { return base::to_rfc3339(at); }};
    watch.lap();
    core::PlannedNotices told = core::plan_notices(matter, {}, policies, now);
    const double first_told = watch.lap();
    const core::PlannedNotices quiet = core::plan_notices(matter, std::move(told.memory), policies, now + 1s);
    const double quiet_turn = watch.lap();
    if (told.notices.size() < policies.size() || !quiet.notices.empty()) {
        throw std::runtime_error("it was not told as it should be");
    }
    const double all = judged + compared + counted + ready + first_told;
    fmt::print(
        "{{\"mailboxes\":{},\"judge_ms\":{:.0f},\"compare_ms\":{:.0f},\"fold_ms\":{:.0f},\"readiness_ms\":{:.0f},"
        "\"notices_ms\":{:.1f},\"notices_quiet_ms\":{:.2f},\"all_ms\":{:.0f},\"read_from_sqlite_ms\":{:.0f},\"of_"
        "reading\":{:.2f}}}\n",
        mailboxes,
        judged,
        compared,
        counted,
        ready,
        first_told,
        quiet_turn,
        all,
        read,
        all / read);
    std::filesystem::remove_all(folder);
}

} // namespace

int main(int argc, char** argv) {
    int mailboxes = 100'000;
    const std::string_view text = argc > 1 ? argv[1] : "";
    if (argc > 1 &&
        (std::from_chars(text.data(), text.data() + text.size(), mailboxes).ec != std::errc() || mailboxes < 20)) {
        fmt::print(stderr, "bench_judgement [MAILBOXES]: at least 20\n");
        return 2;
    }
    try {
        run(mailboxes);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
    return 0;
}
