#include "cli/arguments.hpp"
#include "cli/render.hpp"
#include "cli/verdict_code.hpp"
#include "config/mailbox_list.hpp"
#include "tests/cli/golden.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::cli {
namespace {

using namespace std::chrono_literals;

const base::SystemTime now = base::SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 5)) + 12h;
const Paper paper{.width = 100};

api::BatchResponse frozen() {
    api::BatchResponse batch;
    batch.status.readiness = {.batch = "wave1",
                              .source = "contoso",
                              .verdict = core::Verdict::go,
                              .judged_at = now,
                              .mailboxes = 40,
                              .passed = 38,
                              .excepted = 2};
    batch.status.window = api::WindowTimes{now + 16h, now + 22h, "America/Chicago"};
    batch.status.state = core::BatchState::frozen;
    batch.status.max_age = 9h;
    batch.now = now;
    batch.prove = {"impersonation", "owa"};
    batch.destination = "hosted-exchange";
    batch.sweep_interval = 6h;
    batch.list_digest = "3b1f";
    batch.list_problems = {"line 7: no address"};
    batch.pending = api::PendingListRow{"9c0e", now - 1h, 26, 14, 0, {"a@contoso.example", "b@contoso.example"}};
    batch.exceptions = {{.address = "anna@contoso.example",
                         .in_force = true,
                         .at = now - 5h,
                         .until = now + 40h,
                         .ends_at = now + 22h,
                         .by = "uid 1000 (anna)",
                         .reason = "left, ticket 4711"},
                        {.address = "bert@contoso.example",
                         .at = now - 5h,
                         .until = now + 40h,
                         .ends_at = now - 1h,
                         .by = "uid 1000 (anna)",
                         .reason = "disabled",
                         .withdrawn_by = "uid 0 (root): is mended"}};
    return batch;
}

TEST(RenderBatch, says_state_window_in_both_times_pace_list_and_exceptions) {
    expect_golden("batch-show.txt", render(frozen(), paper));
}

TEST(RenderBatch, plain_is_a_record_a_line) {
    expect_golden("batch-plain.txt", render(frozen(), {.plain = true}));
}

TEST(RenderBatch, of_a_done_one_names_no_verdict) {
    api::BatchResponse batch = frozen();
    batch.status.state = core::BatchState::done;
    batch.status.readiness.verdict = core::Verdict::unknown;
    batch.done_at = now;
    batch.done_by = "uid 1000 (anna)";
    const std::string text = render(batch, paper);
    EXPECT_EQ(text.find("UNKNOWN"), std::string::npos) << text;
    EXPECT_NE(text.find("wave1  done"), std::string::npos) << text;
    EXPECT_EQ(exit_code_of(batch.status), 0);
}

TEST(RenderException, says_when_the_window_ends_it_first) {
    const api::ExceptResponse excepted{"wave1", frozen().exceptions[0], "America/Chicago"};
    EXPECT_EQ(
        render(excepted, {.width = 200}),
        "anna@contoso.example is excepted from wave1 until 2026-12-06 04:00 America/Chicago (2026-12-06 10:00 UTC), "
        "when the window ends.\n");
    EXPECT_EQ(render(api::ExceptResponse{"wave1", frozen().exceptions[1], "UTC"}, paper),
              "bert@contoso.example counts again in wave1.\n");
}

TEST(ExitCode, leaves_batches_that_are_done_out) {
    api::StatusResponse status;
    status.batches = {{.readiness = {.verdict = core::Verdict::unknown}, .state = core::BatchState::done},
                      {.readiness = {.verdict = core::Verdict::go}}};
    EXPECT_EQ(exit_code_of(status), 0);
}

TEST(BatchLint, tells_rows_domains_labels_and_bad_rows) {
    const core::MailboxList list = config::parse_mailbox_list("EmailAddress,Database\n"
                                                              "anna@contoso.example,DB01\n"
                                                              "bert@contoso.example,DB02\n"
                                                              "carl@fabrikam.example,\n"
                                                              "nonsense,DB01\n");
    EXPECT_EQ(findings_of(list, "wave1.csv"),
              (ListFindings{.file = "wave1.csv",
                            .labels = {{"Database", {.filled = 2, .distinct = 2, .example = "DB01"}}},
                            .domains = {{"contoso.example", 2}, {"fabrikam.example", 1}}}));
    expect_golden("batch-lint.txt", render(findings_of(list, "wave1.csv"), list, paper));
}

TEST(Arguments, of_batch_except_need_a_reason_and_an_end) {
    const auto early = [](const std::vector<std::string>& arguments) {
        const auto read = read_arguments(arguments);
        return std::holds_alternative<EarlyExit>(read) ? std::get<EarlyExit>(read).code : -1;
    };
    EXPECT_EQ(early({"batch", "except", "a@contoso.example", "--until", "window"}), 2);
    EXPECT_EQ(early({"batch", "except", "a@contoso.example", "--reason", "left"}), 2);
    EXPECT_EQ(early({"batch", "except", "a@contoso.example", "--reason", "left", "--until", "window"}), -1);
}

} // namespace
} // namespace mailpreflight::cli
