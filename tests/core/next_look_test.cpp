#include "core/next_look.hpp"

#include "tests/core/values.hpp"

namespace mailpreflight::core {
namespace {

const TrackKey anna = mailbox_key("anna@contoso.example");
const TrackKey login = source_key(Check::ews_login);
const TrackKey certificate = source_key(Check::tls_certificate);

Plan plan() {
    Plan plan;
    plan.sources = {{.name = "contoso"}};
    Batch batch{.name = "wave1", .source = "contoso"};
    batch.list.mailboxes = {{.address = "anna@contoso.example"}};
    plan.batches = {batch};
    plan.schedule.most_canaries = 0;
    return plan;
}

Tracks open_gates() {
    return {{certificate, believed(look(certificate, noon, Cause::ok))},
            {login, believed(look(login, noon, Cause::ok))},
            {anna, believed(look(anna, noon, Cause::ok))}};
}

TEST(NextLook, at_a_mailbox_follows_the_sweeps_of_its_batch) {
    EXPECT_EQ(next_look(plan(), open_gates(), anna, noon + 1h), noon + 24h);
    EXPECT_EQ(next_look(plan(), open_gates(), anna, noon + 25h), noon + 25h) << "it is due";
    Plan near = plan();
    near.batches[0].window = Window{noon + 30h, noon + 36h, "UTC"};
    EXPECT_EQ(next_look(near, open_gates(), anna, noon + 1h), noon + 6h);
}

TEST(NextLook, at_a_canary_comes_sooner) {
    Plan with = plan();
    with.schedule.most_canaries = 20;
    EXPECT_EQ(next_look(with, open_gates(), anna, noon), noon + 15min);
}

TEST(NextLook, is_none_behind_a_gate_in_a_window_or_of_what_we_conclude) {
    Tracks closed = open_gates();
    closed[login] = believed(look(login, noon, Cause::credential_refused));
    EXPECT_EQ(next_look(plan(), closed, anna, noon), std::nullopt);
    Plan moving = plan();
    moving.batches[0].window = Window{noon, noon + 6h, "UTC"};
    EXPECT_EQ(next_look(moving, open_gates(), anna, noon + 1h), std::nullopt);
    EXPECT_EQ(next_look(plan(), open_gates(), source_key(Check::source_watch), noon), std::nullopt);
    EXPECT_EQ(next_look(plan(), open_gates(), mailbox_key("nobody@contoso.example"), noon), std::nullopt);
}

TEST(NextLook, at_a_source_that_fails_comes_in_a_minute) {
    EXPECT_EQ(next_look(plan(), open_gates(), login, noon), noon + 15min);
    Tracks failing = open_gates();
    failing[login] = believed(look(login, noon, Cause::credential_refused));
    EXPECT_EQ(next_look(plan(), failing, login, noon), noon + 1min);
}

} // namespace
} // namespace mailpreflight::core
