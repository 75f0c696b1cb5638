#include "core/due.hpp"

#include "core/drift.hpp"
#include "core/readiness.hpp"
#include "tests/core/values.hpp"

#include <rapidcheck/gtest.h>

namespace mailpreflight::core {
namespace {

const TrackKey certificate = source_key(Check::tls_certificate);
const TrackKey ews = source_key(Check::ews_login);
const TrackKey owa = source_key(Check::owa_login);
const TrackKey boss = mailbox_key("boss@contoso.example");

std::string address(int i) {
    return "user" + std::to_string(i) + "@contoso.example";
}

Plan plan(int mailboxes) {
    Plan plan;
    plan.sources = {{.name = "contoso"}};
    Batch batch{.name = "wave1", .source = "contoso"};
    for (int i = 0; i < mailboxes; ++i) {
        batch.list.mailboxes.push_back({.address = address(i)});
    }
    plan.batches = {batch};
    return plan;
}

Tracks open_gates(base::SystemTime at = noon) {
    Tracks tracks;
    for (const TrackKey& key : {certificate, ews, owa}) {
        tracks[key] = believed(look(key, at, Cause::ok));
    }
    return tracks;
}

std::vector<TrackKey> asked_for(const std::vector<CheckRequest>& requests) {
    std::vector<TrackKey> keys;
    for (const CheckRequest& request : requests) {
        keys.push_back(request.key);
    }
    return keys;
}

bool asks(const std::vector<CheckRequest>& requests, const TrackKey& key) {
    const std::vector<TrackKey> keys = asked_for(requests);
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

TEST(Due, begins_with_the_certificate_and_presents_nothing_before_it_passed) {
    EXPECT_EQ(asked_for(due(plan(2), {}, {}, noon)), std::vector<TrackKey>{certificate});
    Tracks tracks{{certificate, believed(look(certificate, noon, Cause::certificate_expired))}};
    EXPECT_EQ(asked_for(due(plan(2), tracks, {}, noon + 5min)), std::vector<TrackKey>{certificate});
}

TEST(Due, presents_at_one_door_before_the_other) {
    const Tracks tracks{{certificate, believed(look(certificate, noon, Cause::ok))}};
    EXPECT_EQ(due(plan(2), tracks, {}, noon), (std::vector<CheckRequest>{{ews, Priority::source, noon, {}}}));
}

TEST(Due, asks_for_source_checks_at_their_intervals_on_new_connections) {
    EXPECT_EQ(due(plan(0), open_gates(), {}, noon + 5min - 1us), std::vector<CheckRequest>{});
    EXPECT_EQ(due(plan(0), open_gates(), {}, noon + 5min),
              (std::vector<CheckRequest>{{certificate, Priority::source, {}, {}}}));
    EXPECT_EQ(due(plan(0), open_gates(), {{certificate, noon + 15min}}, noon + 15min),
              (std::vector<CheckRequest>{{ews, Priority::source, noon + 15min, {}},
                                         {owa, Priority::source, noon + 15min, {}}}));
}

TEST(Due, looks_at_each_address_every_third_round_and_not_behind_a_name_or_port_that_fails) {
    const TrackKey addresses = source_key(Check::source_address);
    const TrackKey dns = source_key(Check::source_dns);
    const TrackKey tcp = source_key(Check::source_tcp);
    Tracks tracks{{dns, believed(look(dns, noon, Cause::ok))},
                  {tcp, believed(look(tcp, noon, Cause::ok))},
                  {certificate, believed(look(certificate, noon, Cause::certificate_expired))}};
    EXPECT_TRUE(asks(due(plan(0), tracks, {}, noon), addresses)) << "one bad certificate may be one of several";
    EXPECT_FALSE(asks(due(plan(0), tracks, {{addresses, noon}}, noon + 15min - 1us), addresses));
    EXPECT_TRUE(asks(due(plan(0), tracks, {{addresses, noon}}, noon + 15min), addresses));
    for (const TrackKey& gate : {dns, tcp}) {
        Tracks closed = tracks;
        closed[gate].latest = look(gate, noon, Cause::tcp_refused);
        EXPECT_FALSE(asks(due(plan(0), closed, {}, noon), addresses));
    }
}

TEST(Due, asks_for_the_tls_versions_every_few_hours_of_a_source_that_can_be_reached) {
    const TrackKey tcp = source_key(Check::source_tcp);
    const TrackKey floor = source_key(Check::tls_floor);
    EXPECT_FALSE(asks(due(plan(0), open_gates(), {}, noon), floor));
    Tracks tracks = open_gates();
    tracks[tcp] = believed(look(tcp, noon, Cause::ok));
    EXPECT_TRUE(asks(due(plan(0), tracks, {}, noon), floor));
    tracks[certificate] = believed(look(certificate, noon, Cause::tls_protocol_too_old));
    EXPECT_TRUE(asks(due(plan(0), tracks, {}, noon), floor)); // the versions may be why
    tracks[floor] = believed(look(floor, noon, Cause::ok));
    EXPECT_FALSE(asks(due(plan(0), tracks, {}, noon + 6h - 1us), floor));
    EXPECT_TRUE(asks(due(plan(0), tracks, {}, noon + 6h), floor));
    tracks[floor].latest = look(floor, noon + 6h, Cause::no_answer);
    EXPECT_FALSE(asks(due(plan(0), tracks, {}, noon + 6h + 15min - 1us), floor));
    EXPECT_TRUE(asks(due(plan(0), tracks, {}, noon + 6h + 15min), floor));
    tracks[tcp].latest = look(tcp, noon, Cause::tcp_refused);
    EXPECT_FALSE(asks(due(plan(0), tracks, {}, noon + 12h), floor));
}

TEST(Due, asks_again_soon_where_a_source_did_not_answer_well) {
    Tracks tracks = open_gates();
    tracks[certificate].latest = look(certificate, noon, Cause::no_answer);
    EXPECT_EQ(due(plan(0), tracks, {}, noon + 60s - 1us), std::vector<CheckRequest>{});
    EXPECT_EQ(asked_for(due(plan(0), tracks, {}, noon + 60s)), std::vector<TrackKey>{certificate});
}

TEST(Due, does_not_ask_again_for_what_was_just_asked_for) {
    const TrackKey user = mailbox_key(address(0));
    EXPECT_TRUE(asks(due(plan(1), open_gates(), {}, noon), user));
    EXPECT_FALSE(asks(due(plan(1), open_gates(), {{user, noon}}, noon + 1s), user));
}

TEST(Due, asks_at_most_once_for_what_was_seen_or_asked_for_in_the_future) {
    Tracks tracks = open_gates(noon + 24h * 365);
    EXPECT_TRUE(asks(due(plan(0), tracks, {{certificate, noon + 24h * 365}}, noon), certificate));
    EXPECT_FALSE(asks(due(plan(0), tracks, {{certificate, noon}}, noon + 1s), certificate));
}

TEST(Due, asks_for_a_second_look_on_a_new_connection_when_confirm_after_has_passed) {
    const TrackKey user = mailbox_key(address(1));
    Tracks tracks = open_gates();
    tracks = judge(tracks, {look(user, noon, Cause::impersonation_denied)}, {}).tracks;
    const LastAsked asked{{mailbox_key(address(0)), noon},
                          {user, noon},
                          {certificate, noon + 10min},
                          {ews, noon + 10min},
                          {owa, noon + 10min}};
    EXPECT_EQ(due(plan(2), tracks, asked, noon + 15min - 1us), std::vector<CheckRequest>{});
    const std::vector<CheckRequest> requests = due(plan(2), tracks, asked, noon + 15min);
    EXPECT_NE(std::find(requests.begin(), requests.end(), CheckRequest{user, Priority::second_look, noon, {}}),
              requests.end());
}

TEST(Due, asks_for_a_second_look_only_once_until_confirm_after_passed_again) {
    const TrackKey user = mailbox_key(address(0));
    const Tracks tracks = judge(open_gates(), {look(user, noon, Cause::impersonation_denied)}, {}).tracks;
    EXPECT_FALSE(asks(due(plan(1), tracks, {{user, noon + 15min}}, noon + 16min), user));
}

TEST(Due, presents_nothing_for_the_second_look_at_a_login_while_the_certificate_fails) {
    Tracks tracks = judge(open_gates(noon - 1min), {look(ews, noon, Cause::ews_access_blocked)}, {}).tracks;
    tracks[certificate].latest = look(certificate, noon + 14min, Cause::certificate_expired);
    EXPECT_FALSE(asks(due(plan(0), tracks, {}, noon + 15min), ews));
}

TEST(Due, sweeps_at_the_interval_in_force_for_the_batch) {
    Plan near = plan(30);
    near.schedule.most_canaries = 0;
    const TrackKey user = mailbox_key(address(29));
    struct Row {
        base::Duration left;
        base::Duration interval;
    };
    for (const auto& [left, interval] : {Row{100h, 24h}, Row{60h, 6h}, Row{2h, 1h}}) {
        near.batches[0].window = Window{noon + left, noon + left + 6h, "UTC"};
        Tracks tracks = open_gates();
        tracks[user] = believed(look(user, noon - interval, Cause::ok));
        EXPECT_TRUE(asks(due(near, tracks, {}, noon), user)) << base::to_text(left);
        tracks[user] = believed(look(user, noon - interval + 1us, Cause::ok));
        EXPECT_FALSE(asks(due(near, tracks, {}, noon), user)) << base::to_text(left);
    }
}

TEST(Due, a_sweep_ends_as_the_window_opens) {
    Plan near = plan(30);
    near.schedule.most_canaries = 0;
    near.sources[0].requests_per_second = 0.02; // 30 requests and a quarter more take 1875 s
    near.batches[0].window = Window{noon + 1875s, noon + 6h, "UTC"};
    const TrackKey user = mailbox_key(address(29));
    const auto looked_at = [&](base::SystemTime at) {
        Tracks tracks = open_gates();
        tracks[user] = believed(look(user, at, Cause::ok));
        return tracks;
    };
    EXPECT_FALSE(asks(due(near, looked_at(noon - 1min), {}, noon - 1us), user)) << "it has not begun";
    EXPECT_TRUE(asks(due(near, looked_at(noon - 1min), {}, noon + 1min), user));
    EXPECT_FALSE(asks(due(near, looked_at(noon + 1us), {}, noon + 1min), user)) << "it was looked at by this sweep";
    near.batches[0].window.reset();
    EXPECT_FALSE(asks(due(near, looked_at(noon - 1min), {}, noon + 1min), user));
}

TEST(Due, quickens_its_sweeps_early_enough_for_every_look_to_be_young_enough_when_max_age_drops) {
    Plan near = plan(30);
    near.schedule.most_canaries = 0;
    const TrackKey user = mailbox_key(address(29));
    for (const base::Duration drop : {base::Duration(72h), base::Duration(4h)}) {
        base::SystemTime now = noon;
        near.batches[0].window = Window{noon + drop + 30h, noon + drop + 36h, "UTC"};
        base::SystemTime last = now - 23h;
        for (; now <= noon + 30h; now += 10min) {
            Tracks tracks = open_gates(now);
            tracks[user] = believed(look(user, last, Cause::ok));
            if (asks(due(near, tracks, {}, now), user)) {
                last = now;
            }
            EXPECT_LE(now - last, max_age(near.schedule, near.batches[0], now)) << base::to_rfc3339(now);
        }
    }
}

TEST(Due, leaves_a_moving_batch_to_its_canaries) {
    Plan moving = plan(30);
    moving.batches[0].window = Window{noon, noon + 6h, "UTC"};
    EXPECT_EQ(asked_for(due(moving, open_gates(), {}, noon)), std::vector<TrackKey>{mailbox_key(address(0))});
    moving.schedule.during_window = DuringWindow::sweeps;
    EXPECT_EQ(asked_for(due(moving, open_gates(), {}, noon)).size(), 30U);
}

TEST(Due, holds_the_sweeps_over_every_batch_of_a_source_while_one_of_them_moves) {
    Plan two = plan(2);
    two.schedule.most_canaries = 0;
    two.batches[0].window = Window{noon, noon + 6h, "UTC"};
    two.batches.push_back({.name = "wave2", .source = "contoso"});
    two.batches[1].list.mailboxes = {{.address = "zoe@contoso.example"}};
    const TrackKey zoe = mailbox_key("zoe@contoso.example");
    EXPECT_TRUE(asks(due(two, open_gates(noon - 1us), {}, noon - 1us), zoe));
    EXPECT_FALSE(asks(due(two, open_gates(), {}, noon), zoe));
    EXPECT_EQ(lanes_allowed(two, "contoso", noon), 1);
    two.batches[0].record.done_at = noon + 1h;
    EXPECT_TRUE(asks(due(two, open_gates(noon + 1h), {}, noon + 1h), zoe)) << "done ends the wait";
    EXPECT_EQ(lanes_allowed(two, "contoso", noon + 1h), std::nullopt);
    EXPECT_EQ(lanes_allowed(two, "fabrikam", noon), std::nullopt);
}

TEST(Due, looks_at_three_mailboxes_of_a_source_whose_batches_are_all_done) {
    Plan done = plan(30);
    done.batches[0].window = Window{noon, noon + 6h, "UTC"};
    const auto asked = asked_for(due(done, open_gates(noon + 30h), {}, noon + 30h));
    EXPECT_EQ(asked,
              (std::vector<TrackKey>{mailbox_key(address(0)), mailbox_key(address(1)), mailbox_key(address(2))}));
    done.batches.push_back({.name = "wave2", .source = "contoso"});
    EXPECT_EQ(due(done, open_gates(noon + 30h), {}, noon + 30h), std::vector<CheckRequest>{});
}

TEST(Due, looks_at_canaries_by_owas_door_where_there_is_no_ews) {
    Plan old = plan(30);
    old.sources[0].has_ews = false;
    old.sources[0].must_not_open = {"ceo@contoso.example"};
    old.batches[0].prove = {Way::owa};
    old.batches[0].window = Window{noon, noon + 6h, "UTC"}; // while it moves: canaries only
    const auto requests = due(old, open_gates(), {}, noon);
    EXPECT_TRUE(asks(requests, mailbox_key(address(0), Check::mailbox_owa)));
    EXPECT_TRUE(asks(requests, mailbox_key("ceo@contoso.example", Check::mailbox_owa)));
    EXPECT_EQ(requests.size(), 2U);
}

TEST(Due, sweeps_the_negative_canaries_that_are_too_many) {
    Plan many = plan(0);
    for (int i = 0; i < 30; ++i) {
        many.sources[0].must_not_open.push_back(address(i));
    }
    EXPECT_EQ(due(many, open_gates(), {}, noon).size(), 30U);
}

TEST(Canaries, are_one_of_each_database_and_one_of_each_domain) {
    Plan labelled = plan(0);
    labelled.batches[0].list.mailboxes = {{.address = "a@contoso.example", .labels = {{"Database", "DB1"}}},
                                          {.address = "b@contoso.example", .labels = {{"Database", "DB1"}}},
                                          {.address = "c@contoso.example", .labels = {{"Database", "DB2"}}},
                                          {.address = "d@fabrikam.example", .labels = {{"Database", "DB2"}}}};
    const auto of = [](const char* name) { return Subject::of_mailbox("contoso", name); };
    EXPECT_EQ(canaries(labelled, {}, "contoso"),
              (std::vector<Subject>{of("a@contoso.example"), of("c@contoso.example"), of("d@fabrikam.example")}));
}

TEST(Canaries, are_one_of_each_back_end_where_no_database_is_known) {
    Tracks tracks;
    for (int i = 0; i < 4; ++i) {
        Observation seen = look(mailbox_key(address(i)), noon, Cause::ok);
        seen.evidence.back_end = i < 2 ? "EX1" : "EX2";
        tracks[seen.key] = believed(seen);
    }
    EXPECT_EQ(canaries(plan(4), tracks, "contoso"),
              (std::vector<Subject>{mailbox_key(address(0)).subject, mailbox_key(address(2)).subject}));
}

TEST(Canaries, begin_with_the_negative_ones_and_end_with_the_last_failures) {
    Plan with_boss = plan(4);
    with_boss.sources[0].must_not_open = {"boss@contoso.example"};
    Tracks tracks;
    for (const int i : {0, 1}) {
        const TrackKey key = mailbox_key(address(i));
        tracks[key] = believed(look(key, noon + std::chrono::hours(i), Cause::impersonation_denied));
    }
    EXPECT_EQ(canaries(with_boss, tracks, "contoso"),
              (std::vector<Subject>{boss.subject,
                                    mailbox_key(address(2)).subject,
                                    mailbox_key(address(1)).subject,
                                    mailbox_key(address(0)).subject}));
}

TEST(Canaries, are_at_most_most_canaries_and_negative_ones_at_most_half) {
    Plan many = plan(50);
    for (int i = 0; i < 50; ++i) {
        many.batches[0].list.mailboxes[static_cast<std::size_t>(i)].labels["Database"] = "DB" + std::to_string(i);
        many.sources[0].must_not_open.push_back("boss" + std::to_string(i) + "@contoso.example");
    }
    const std::vector<Subject> chosen = canaries(many, {}, "contoso");
    EXPECT_EQ(chosen.size(), 20U);
    EXPECT_EQ(std::count_if(chosen.begin(), chosen.end(), [&](const Subject& s) { return must_not_open(many, s); }),
              10);
}

TEST(ConfirmRules, are_quicker_for_mailboxes_of_batches_from_four_hours_before_their_window) {
    Plan near = plan(1);
    near.batches[0].window = Window{noon + 4h, noon + 10h, "UTC"};
    const Subject user = mailbox_key(address(0)).subject;
    EXPECT_EQ(confirm_rules(near, noon - 1us).sooner, (std::map<Subject, base::Duration>{}));
    EXPECT_EQ(confirm_rules(near, noon).sooner, (std::map<Subject, base::Duration>{{user, 5min}}));
    EXPECT_EQ(confirm_rules(near, noon + 10h).sooner, (std::map<Subject, base::Duration>{}));
}

// Properties

Cause any_cause_of(Check check) {
    return is_about_mailbox(check) ? *rc::gen::weightedElement<Cause>(
                                         {{6, Cause::ok}, {1, Cause::impersonation_denied}, {1, Cause::server_busy}})
                                   : *rc::gen::weightedElement<Cause>(
                                         {{6, Cause::ok}, {1, Cause::certificate_expired}, {1, Cause::no_answer}});
}

RC_GTEST_PROP(DueProperty, asks_no_key_twice_and_no_mailbox_behind_a_closed_gate, ()) {
    Plan some = plan(6);
    some.sources[0].must_not_open = {"boss@contoso.example"};
    some.batches[0].prove = {Way::impersonation, Way::full_access, Way::owa};
    some.batches.push_back(some.batches[0]);
    some.batches[1].name = "wave2";
    some.batches[1].window = Window{noon + 2h, noon + 8h, "UTC"};
    std::vector<Observation> looks;
    LastAsked asked;
    for (const TrackKey& key : planned_keys(some)) {
        const int kind = *rc::gen::inRange(0, 4);
        if (kind > 0) {
            looks.push_back(
                look(key, noon - std::chrono::minutes(*rc::gen::inRange(-60, 3000)), any_cause_of(key.check)));
        }
        if (kind > 1) {
            looks.push_back(
                look(key, noon - std::chrono::minutes(*rc::gen::inRange(-60, 60)), any_cause_of(key.check)));
        }
        if (*rc::gen::arbitrary<bool>()) {
            asked[key] = noon - std::chrono::minutes(*rc::gen::inRange(-60, 200));
        }
    }
    const Tracks tracks = judge({}, looks, {}).tracks;
    std::set<TrackKey> seen;
    Priority last = Priority::on_demand;
    for (const CheckRequest& request : due(some, tracks, asked, noon)) {
        RC_ASSERT(seen.insert(request.key).second);
        RC_ASSERT(request.priority >= last);
        last = request.priority;
        RC_ASSERT(planned_keys(some).contains(request.key));
        RC_ASSERT((!is_about_mailbox(request.key.check) || gate_is_open(tracks, "contoso", request.key.check)));
    }
}

RC_GTEST_PROP(DueProperty, asks_for_everything_planned_at_least_once_each_interval, ()) {
    Plan some = plan(*rc::gen::inRange(1, 8));
    some.sources[0].must_not_open = {"boss@contoso.example"};
    some.batches[0].prove = *rc::gen::element(std::vector<Way>{Way::impersonation},
                                              std::vector<Way>{Way::impersonation, Way::full_access},
                                              std::vector<Way>{Way::owa});
    const base::Duration tick = *rc::gen::element<base::Duration>(1min, 4min);
    const base::SystemTime window = noon + std::chrono::hours(*rc::gen::inRange(1, 100));
    some.batches[0].window = Window{window, window + 6h, "UTC"};
    Tracks tracks;
    LastAsked asked;
    std::map<TrackKey, base::SystemTime> last;
    const int failing = *rc::gen::inRange(0, 8);
    for (base::SystemTime now = noon; now < noon + 26h; now += tick) {
        std::vector<Observation> looks;
        for (const CheckRequest& request : due(some, tracks, asked, now)) {
            asked[request.key] = now;
            last[request.key] = now;
            const bool fails = request.key == boss || request.key.subject.name == address(failing);
            looks.push_back(look(request.key, now, fails ? Cause::impersonation_denied : Cause::ok));
        }
        tracks = judge(tracks, looks, confirm_rules(some, now)).tracks;
        if (!is_waiting(state_of(some.schedule, some.batches[0], now))) {
            break;
        }
        for (const TrackKey& key : planned_keys(some)) {
            if (!is_about_mailbox(key.check) && key != certificate && key != ews && key != owa) {
                continue; // seen beside those
            }
            const base::Duration interval = key == certificate ? some.schedule.source_interval
                                            : !is_about_mailbox(key.check)
                                                ? some.schedule.login_interval
                                                : sweep_cadence(some.schedule, some.batches[0].window, now);
            const auto then = last.find(key);
            RC_ASSERT((now - noon < interval || (then != last.end() && now - then->second < interval + tick)));
        }
    }
}

TEST(UrgentMailboxes, are_those_of_batches_inside_a_day_and_the_canaries_even_where_they_fail) {
    Plan of = plan(3);
    EXPECT_EQ(urgent_mailboxes(of, "contoso", noon), std::set<Subject>{mailbox_key(address(0)).subject})
        << "one stands for the domain";
    of.batches.front().window = Window{noon + 24h + 1us, noon + 30h, "UTC"};
    EXPECT_EQ(urgent_mailboxes(of, "contoso", noon).size(), 1U);
    EXPECT_EQ(urgent_mailboxes(of, "contoso", noon + 1us).size(), 3U);
    EXPECT_EQ(urgent_mailboxes(of, "fabrikam", noon + 1us), std::set<Subject>{});
}

} // namespace
} // namespace mailpreflight::core
