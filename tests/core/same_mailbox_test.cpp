#include "core/same_mailbox.hpp"

#include "tests/core/values.hpp"

namespace mailpreflight::core {
namespace {

const TrackKey anna = mailbox_key("anna@contoso.example");
const TrackKey bert = mailbox_key("bert@contoso.example");

std::vector<Cause> causes(const std::vector<Observation>& looks, const Tracks& tracks) {
    std::vector<Cause> result;
    for (const Observation& look : mark_same_mailbox(looks, tracks)) {
        EXPECT_EQ(look.state, state_of(look.cause));
        result.push_back(look.cause);
    }
    return result;
}

TEST(MarkSameMailbox, leaves_the_first_address_and_names_it_at_the_others) {
    const Observation a = look(anna, noon, Cause::ok, {{"root_id", "A"}});
    const Observation b = look(bert, noon, Cause::ok, {{"root_id", "A"}});
    EXPECT_EQ(causes({b, a}, {}), (std::vector<Cause>{Cause::same_mailbox_twice, Cause::ok}));
    EXPECT_EQ(mark_same_mailbox({b}, {{anna, believed(a)}}).front().detail,
              "opens the same mailbox as anna@contoso.example");
}

TEST(MarkSameMailbox, keeps_ways_sources_and_mailboxes_without_a_root_apart) {
    const Observation a = look(anna, noon, Cause::ok, {{"root_id", "A"}});
    const Observation by_full_access =
        look(mailbox_key("bert@contoso.example", Check::mailbox_full_access), noon, Cause::ok, {{"root_id", "A"}});
    EXPECT_EQ(causes({a, by_full_access, look(bert, noon, Cause::ok)}, {}),
              (std::vector<Cause>{Cause::ok, Cause::ok, Cause::ok}));
}

TEST(MarkSameMailbox, forgets_the_root_that_a_newer_look_has_outdated) {
    const Tracks tracks{{anna, believed(look(anna, noon, Cause::ok, {{"root_id", "A"}}))}};
    const Observation recreated = look(anna, noon + 1h, Cause::ok, {{"root_id", "B"}});
    const Observation b = look(bert, noon + 1h, Cause::ok, {{"root_id", "A"}});
    EXPECT_EQ(causes({recreated, b}, tracks), (std::vector<Cause>{Cause::ok, Cause::ok}));
}

} // namespace
} // namespace mailpreflight::core
