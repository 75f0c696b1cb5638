#include "notify/journal.hpp"

#include "values.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::notify {
namespace {

TEST(JournalEntry, of_rights_lost) {
    const JournalEntry expected{
        2,
        "contoso: impersonation_denied for 412 mailboxes\nThe server refuses impersonation to the account migadmin.\n"
        "Batch wave1 cannot move until it is mended.",
        {{"MPF_NOTICE", "I17.3.ops"},
         {"MPF_RECEIVER", "ops"},
         {"MPF_GROUP", "I17"},
         {"MPF_CLASS", "rights"},
         {"MPF_STATUS", "firing"},
         {"MPF_SEVERITY", "critical"},
         {"MPF_SOURCE", "contoso"},
         {"MPF_CAUSE", "impersonation_denied"},
         {"MPF_DIRECTION", "lost"},
         {"MPF_INCIDENT", "I17"},
         {"MPF_BATCH", "wave1"}}};
    EXPECT_EQ(journal_entry(firing()), expected);
}

TEST(JournalEntry, is_as_loud_as_the_notice_is_severe_until_it_is_resolved) {
    const auto priority = [](core::Severity severity) {
        core::Notice notice = firing();
        notice.severity = severity;
        return journal_entry(notice).priority;
    };
    EXPECT_EQ(priority(core::Severity::critical), 2);
    EXPECT_EQ(priority(core::Severity::error), 3);
    EXPECT_EQ(priority(core::Severity::warning), 4);
    EXPECT_EQ(priority(core::Severity::info), 6);
    EXPECT_EQ(journal_entry(resolved()).priority, 5);
}

TEST(JournalEntry, of_what_is_no_incident_names_none) {
    for (const auto& [name, value] : journal_entry(verdict()).fields) {
        EXPECT_NE(name, "MPF_INCIDENT");
    }
}

TEST(JournalEntry, has_no_field_that_others_wrote) {
    for (const auto& [name, value] : journal_entry(hostile()).fields) {
        EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos) << name;
    }
}

} // namespace
} // namespace mailpreflight::notify
