#include "core/watch.hpp"

#include "tests/core/values.hpp"

namespace mailpreflight::core {
namespace {

const TrackKey watched = source_key(Check::source_watch);
const TrackKey anna = mailbox_key("anna@contoso.example");

Cause watch_of_contoso(const Tracks& tracks, base::SystemTime since, base::SystemTime now) {
    Plan plan;
    plan.sources = {{.name = "contoso"}};
    const std::vector<Observation> looks = watch(plan, tracks, {{"contoso", since}}, now);
    EXPECT_EQ(looks.size(), 1U);
    EXPECT_EQ(looks.front().key, watched);
    return looks.front().cause;
}

TEST(Watch, is_blind_when_nothing_definite_was_seen_for_blind_after) {
    const Tracks seen{{anna, believed(look(anna, noon, Cause::impersonation_denied))}};
    EXPECT_EQ(watch_of_contoso(seen, noon - 24h, noon + 30min - 1us), Cause::ok);
    EXPECT_EQ(watch_of_contoso(seen, noon - 24h, noon + 30min), Cause::blind);
}

TEST(Watch, counts_from_the_start_of_the_service_at_the_earliest) {
    EXPECT_EQ(watch_of_contoso({}, noon, noon + 30min - 1us), Cause::ok);
    EXPECT_EQ(watch_of_contoso({}, noon, noon + 30min), Cause::blind);
}

TEST(Watch, does_not_take_its_own_words_unknown_looks_or_looks_of_the_future_for_sight) {
    Track unknown;
    unknown.latest = look(anna, noon + 30min, Cause::server_busy);
    const TrackKey future = mailbox_key("bert@contoso.example");
    const Tracks tracks{{anna, unknown},
                        {watched, believed(look(watched, noon + 30min, Cause::ok))},
                        {future, believed(look(future, noon + 1h, Cause::ok))}};
    EXPECT_EQ(watch_of_contoso(tracks, noon, noon + 30min), Cause::blind);
}

TEST(Watch, is_blind_to_mailboxes_that_are_asked_for_in_vain_while_the_source_answers) {
    Track busy = believed(look(anna, noon, Cause::ok));
    busy.latest = look(anna, noon + 29min, Cause::server_busy);
    const TrackKey login = source_key(Check::ews_login);
    Tracks tracks{{anna, busy}, {login, believed(look(login, noon + 29min, Cause::ok))}};
    EXPECT_EQ(watch_of_contoso(tracks, noon - 24h, noon + 30min - 1us), Cause::ok);
    EXPECT_EQ(watch_of_contoso(tracks, noon - 24h, noon + 30min), Cause::blind);

    const TrackKey bert = mailbox_key("bert@contoso.example");
    tracks.emplace(bert, believed(look(bert, noon + 1min, Cause::impersonation_denied)));
    EXPECT_EQ(watch_of_contoso(tracks, noon - 24h, noon + 30min), Cause::ok);
}

class WatchBehindALogin : public testing::Test {
protected:
    WatchBehindALogin() {
        see(Check::tls_certificate, noon + 34min, Cause::ok);
        see(Check::ews_login, noon + 5min, Cause::ok);
        try_in_vain(Check::ews_login, Cause::server_unavailable);
        tracks.emplace(anna, believed(look(anna, noon, Cause::ok)));
    }

    void see(Check check, base::SystemTime at, Cause cause) {
        tracks.insert_or_assign(source_key(check), believed(look(source_key(check), at, cause)));
    }

    void try_in_vain(Check check, Cause cause) {
        tracks[source_key(check)].latest = look(source_key(check), noon + 34min, cause);
    }

    [[nodiscard]] Cause seen_at(base::SystemTime now) const {
        return watch_of_contoso(tracks, noon - 24h, now);
    }

    Tracks tracks;
};

TEST_F(WatchBehindALogin, is_blind_when_it_is_without_a_result_for_blind_after_and_no_mailbox_was_judged) {
    EXPECT_EQ(seen_at(noon + 35min - 1us), Cause::ok) << "one login in vain is no outage";
    EXPECT_EQ(seen_at(noon + 35min), Cause::blind);
    tracks.insert_or_assign(anna, believed(look(anna, noon + 30min, Cause::ok)));
    EXPECT_EQ(seen_at(noon + 35min), Cause::ok) << "they open by the other door";
}

TEST_F(WatchBehindALogin, is_blind_when_the_second_door_has_no_result) {
    see(Check::owa_login, noon + 5min, Cause::ok);
    try_in_vain(Check::owa_login, Cause::server_unavailable);
    see(Check::ews_login, noon + 34min, Cause::ok);
    EXPECT_EQ(seen_at(noon + 35min), Cause::blind);
}

TEST_F(WatchBehindALogin, leaves_it_to_its_own_incident_that_a_secret_is_held_back_or_a_check_before_it_fails) {
    const Tracks before = tracks;
    try_in_vain(Check::ews_login, Cause::presentation_withheld);
    EXPECT_EQ(seen_at(noon + 35min), Cause::ok);
    tracks = before;
    see(Check::tls_certificate, noon + 34min, Cause::certificate_expired);
    EXPECT_EQ(seen_at(noon + 35min), Cause::ok);
    tracks = before;
    see(Check::ews_login, noon + 34min, Cause::credential_refused);
    see(Check::owa_login, noon + 5min, Cause::ok);
    try_in_vain(Check::owa_login, Cause::server_unavailable);
    EXPECT_EQ(seen_at(noon + 35min), Cause::ok);
}

TEST(Watch, does_not_call_it_blindness_that_a_shell_proves_nothing) {
    const TrackKey login = source_key(Check::owa_login);
    Track shell;
    shell.latest = look(mailbox_key("anna@contoso.example", Check::mailbox_owa), noon + 40min, Cause::shell_only);
    const Tracks tracks{{shell.latest->key, shell}, {login, believed(look(login, noon + 40min, Cause::ok))}};
    EXPECT_EQ(watch_of_contoso(tracks, noon, noon + 41min), Cause::ok);
}

TEST(Watch, stays_blind_over_a_restart_until_something_is_seen) {
    Track unknown;
    unknown.latest = look(anna, noon + 10min, Cause::server_busy);
    const base::SystemTime restart = noon + 2h;
    Tracks tracks{{anna, unknown}, {watched, believed(look(watched, noon + 30min, Cause::blind))}};
    EXPECT_EQ(watch_of_contoso(tracks, restart, restart), Cause::blind);
    const TrackKey login = source_key(Check::ews_login);
    tracks.emplace(login, believed(look(login, restart, Cause::ok)));
    EXPECT_EQ(watch_of_contoso(tracks, restart, restart), Cause::blind) << "its mailboxes were asked for in vain";
    tracks.insert_or_assign(anna, believed(look(anna, restart, Cause::ok)));
    EXPECT_EQ(watch_of_contoso(tracks, restart, restart), Cause::ok);
}

TEST(Watch, is_not_blind_to_mailboxes_that_nobody_asked_for) {
    const TrackKey login = source_key(Check::ews_login);
    const Tracks tracks{{anna, believed(look(anna, noon, Cause::ok))},
                        {login, believed(look(login, noon + 5h, Cause::ok))}};
    EXPECT_EQ(watch_of_contoso(tracks, noon - 24h, noon + 5h + 1min), Cause::ok);
}

} // namespace
} // namespace mailpreflight::core
