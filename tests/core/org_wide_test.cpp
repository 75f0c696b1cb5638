#include "core/org_wide.hpp"

#include "core/due.hpp"
#include "tests/core/values.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::core {
namespace {

constexpr Cause denied = Cause::impersonation_denied;

TrackKey mailbox(int i) {
    return mailbox_key("user" + std::to_string(i) + "@contoso.example");
}

/// Mailboxes in three databases, so that the first three are canaries.
Plan plan_of(int mailboxes) {
    Plan plan;
    plan.sources = {{.name = "contoso"}};
    Batch batch{.name = "wave1", .source = "contoso"};
    for (int i = 0; i < mailboxes; ++i) {
        batch.list.mailboxes.push_back(
            {.address = mailbox(i).subject.name, .labels = {{"Database", "DB0" + std::to_string(i % 3)}}});
    }
    plan.batches = {batch};
    return plan;
}

class OrgWide : public testing::Test {
protected:
    OrgWide() {
        for (const Check check : {Check::tls_certificate, Check::ews_login, Check::owa_login}) {
            tracks[source_key(check)] = believed(look(source_key(check), noon, Cause::ok));
        }
        for (int i = 0; i < 30; ++i) {
            tracks[mailbox(i)] = believed(look(mailbox(i), noon, Cause::ok));
        }
    }

    void see(const std::vector<Observation>& looks) {
        Judged judged = judge(std::move(tracks), looks, confirm_rules(plan, looks.back().at));
        tracks = std::move(judged.tracks);
    }

    [[nodiscard]] Cause belief(int i) const {
        return tracks.at(mailbox(i)).confirmed->cause;
    }

    [[nodiscard]] bool asks(const TrackKey& key, base::SystemTime now) const {
        for (const CheckRequest& request : due(plan, tracks, {}, now)) {
            if (request.key == key) {
                return true;
            }
        }
        return false;
    }

    Plan plan = plan_of(30);
    Tracks tracks;
};

TEST_F(OrgWide, a_source_whose_canaries_all_refuse_twice_is_believed_within_a_minute) {
    see({look(mailbox(0), noon + 1min, denied)});
    EXPECT_TRUE(asks(mailbox(1), noon + 1min + 1s));
    EXPECT_TRUE(asks(mailbox(2), noon + 1min + 1s));
    EXPECT_FALSE(asks(mailbox(3), noon + 1min + 1s)) << "no canary";
    see({look(mailbox(1), noon + 61s, denied), look(mailbox(2), noon + 62s, denied)});
    EXPECT_FALSE(asks(mailbox(1), noon + 63s)) << "the second look is 10 s away";
    EXPECT_TRUE(asks(mailbox(0), noon + 71s));
    see({look(mailbox(0), noon + 71s, denied), look(mailbox(1), noon + 72s, denied)});
    EXPECT_EQ(belief(0), Cause::ok) << "one of them was refused only once";
    see({look(mailbox(2), noon + 73s, denied)});
    EXPECT_EQ(belief(0), denied);
    EXPECT_EQ(belief(1), denied);
    EXPECT_EQ(belief(2), denied);
    EXPECT_EQ(tracks.at(mailbox(0)).confirmed_since, noon + 1min);
}

TEST_F(OrgWide, one_canary_that_opens_keeps_it_from_being_believed) {
    see({look(mailbox(0), noon + 1min, denied),
         look(mailbox(1), noon + 1min, denied),
         look(mailbox(2), noon + 1min, Cause::ok)});
    see({look(mailbox(0), noon + 2min, denied),
         look(mailbox(1), noon + 2min, denied),
         look(mailbox(2), noon + 2min, Cause::ok)});
    EXPECT_EQ(belief(0), Cause::ok);
}

TEST_F(OrgWide, two_looks_on_one_connection_do_not_count_as_two) {
    for (int i = 0; i < 3; ++i) {
        Observation again = look(mailbox(i), noon + 2min, denied);
        again.connected_at = noon;
        see({look(mailbox(i), noon + 1min, denied), again});
    }
    EXPECT_EQ(belief(0), Cause::ok);
}

TEST_F(OrgWide, two_canaries_are_too_few) {
    plan = plan_of(30);
    for (ListedMailbox& listed : plan.batches.front().list.mailboxes) {
        listed.labels["Database"] = "DB0" + std::to_string(listed.address.size() % 2);
    }
    std::vector<Subject> subjects = canaries(plan, tracks, "contoso");
    ASSERT_LT(subjects.size(), fewest_canaries);
    for (const Subject& subject : subjects) {
        see({look({Check::mailbox_impersonation, subject}, noon + 1min, denied),
             look({Check::mailbox_impersonation, subject}, noon + 2min, denied)});
    }
    EXPECT_EQ(belief(0), Cause::ok);
}

TEST_F(OrgWide, then_the_rest_is_swept_at_once_and_believed_at_its_first_refusal) {
    for (const auto at : {noon + 1min, noon + 2min}) {
        see({look(mailbox(0), at, denied), look(mailbox(1), at, denied), look(mailbox(2), at, denied)});
    }
    EXPECT_TRUE(asks(mailbox(20), noon + 2min + 1s));
    see({look(mailbox(20), noon + 3min, denied), look(mailbox(21), noon + 3min, Cause::mailbox_missing)});
    EXPECT_EQ(belief(20), denied);
    EXPECT_EQ(belief(21), Cause::ok) << "another cause waits for its second look";
    EXPECT_FALSE(asks(mailbox(20), noon + 3min + 1s));
}

TEST_F(OrgWide, a_mailbox_that_opens_ends_the_loss) {
    for (const auto at : {noon + 1min, noon + 2min}) {
        see({look(mailbox(0), at, denied), look(mailbox(1), at, denied), look(mailbox(2), at, denied)});
    }
    EXPECT_EQ(loss_of(tracks, "contoso", Check::mailbox_impersonation), (Loss{noon + 1min, denied}));
    see({look(mailbox(20), noon + 3min, Cause::ok)});
    EXPECT_EQ(loss_of(tracks, "contoso", Check::mailbox_impersonation), std::nullopt);
    EXPECT_EQ(loss_of(tracks, "fabrikam", Check::mailbox_impersonation), std::nullopt);
}

} // namespace
} // namespace mailpreflight::core
