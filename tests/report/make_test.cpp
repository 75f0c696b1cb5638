#include "values.hpp"

namespace mailpreflight::report {
namespace {

const CheckRow* row_of(const Head& head, core::Check check) {
    for (const CheckRow& row : head.source_checks) {
        if (row.check == check) {
            return &row;
        }
    }
    return nullptr;
}

std::vector<core::State> states_of(const Report& report) {
    std::vector<core::State> states;
    for (const MailboxRow& row : report.mailboxes) {
        states.push_back(row.state);
    }
    return states;
}

TEST(Report, rows_add_up_to_the_counts_of_the_verdict) {
    const Report report = no_go().report();
    using core::State;
    EXPECT_EQ(states_of(report), (std::vector{State::pass, State::fail, State::fail, State::unknown, State::unknown}));
    EXPECT_EQ(report.head.passed, 1U);
    EXPECT_EQ(report.head.failed, 2U);
    EXPECT_EQ(report.head.unknown, 2U);
}

TEST(Report, a_pass_that_is_too_old_is_unknown_and_says_so) {
    const CheckRow row = no_go().report().mailboxes.back().checks.front();
    EXPECT_EQ(row.state, core::State::unknown);
    EXPECT_EQ(row.detail, "last definite look is older than 1d12h");
    EXPECT_EQ(row.at, noon - 40h);
}

TEST(Report, a_blocker_of_a_check_that_passes_stands_in_its_row) {
    const Report report = no_go().report();
    const CheckRow* const certificate = row_of(report.head, core::Check::tls_certificate);
    ASSERT_NE(certificate, nullptr);
    EXPECT_EQ(certificate->state, core::State::fail);
    EXPECT_EQ(certificate->cause, core::Cause::certificate_ends_before_window);
    EXPECT_TRUE(certificate->required);
}

TEST(Report, what_is_not_required_is_told_and_marked) {
    const Report report = no_go().report();
    const CheckRow* const version = row_of(report.head, core::Check::server_version);
    ASSERT_NE(version, nullptr);
    EXPECT_FALSE(version->required);
    EXPECT_EQ(row_of(report.head, core::Check::owa_login), nullptr);
}

TEST(Report, fixes_are_grouped_by_who_can_mend_them) {
    const Report report = no_go().report();
    std::vector<std::pair<core::Mender, std::size_t>> groups;
    for (const FixGroup& group : fixes(report.head)) {
        groups.emplace_back(group.mender, group.findings.size());
        for (const Finding* const finding : group.findings) {
            EXPECT_EQ(finding->mender, group.mender);
        }
    }
    ASSERT_FALSE(groups.empty());
    EXPECT_EQ(groups.front().first, core::Mender::source_administrator);
}

TEST(Report, a_broken_list_is_a_row_of_its_own) {
    Story story = go();
    story.batch().list.problems.push_back({7, "no address in this row"});
    const Report report = story.report();
    const CheckRow* const row = row_of(report.head, core::Check::source_watch);
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->cause, core::Cause::list_invalid);
    EXPECT_EQ(row->detail, "line 7: no address in this row");
}

TEST(Report, says_what_was_not_tested) {
    Story story = go();
    story.batch().prove = {core::Way::impersonation, core::Way::owa};
    for (int i = 0; i < 6; ++i) {
        story.list("more" + std::to_string(i) + "@contoso.example");
    }
    EXPECT_EQ(story.report().head.not_tested.front(), "mailbox.full_access: the batch does not require it.");
    EXPECT_EQ(story.report().head.not_tested.at(1),
              "mailbox.owa: only the first 5 mailboxes of the list were opened by it.");
}

TEST(Report, pages_are_parts_of_the_list) {
    const Story story = no_go();
    const std::vector<MailboxRow> all = story.report().mailboxes;
    const auto page =
        make_rows(story.plan, story.plan.batches.front(), story.tracks, story.setting.names, noon, 3, 1000);
    EXPECT_EQ(page, std::vector<MailboxRow>(all.begin() + 3, all.end()));
}

} // namespace
} // namespace mailpreflight::report
