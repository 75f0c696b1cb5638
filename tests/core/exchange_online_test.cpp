#include "core/exchange_online.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::core {
namespace {

using namespace std::chrono;

base::SystemTime at(year_month_day day) {
    return base::SystemTime(sys_days(day));
}

TEST(ExchangeOnline, is_known_by_its_hosts_and_by_no_other) {
    EXPECT_EQ(cloud_of_host("outlook.office365.com"), Cloud::worldwide);
    EXPECT_EQ(cloud_of_host("outlook.office.com"), Cloud::worldwide);
    EXPECT_EQ(cloud_of_host("outlook.office365.us"), Cloud::us_government);
    EXPECT_EQ(cloud_of_host("webmail.apps.mil"), Cloud::dod);
    EXPECT_EQ(cloud_of_host("partner.outlook.cn"), Cloud::china);
    for (const char* const other :
         {"mail.contoso.example", "outlook.office365.com.evil.example", "office365.com", ""}) {
        EXPECT_FALSE(cloud_of_host(other)) << other;
    }
}

TEST(ExchangeOnline, clouds_keep_their_names) {
    for (const Cloud cloud : all_clouds) {
        EXPECT_EQ(cloud_named(name_of(cloud)), cloud);
    }
    EXPECT_FALSE(cloud_named("azure"));
    EXPECT_EQ(authority_of(Cloud::dod), "https://login.microsoftonline.us");
}

struct RetirementCase {
    const char* name;
    EwsRetirement known;
    year_month_day today;
    Cause cause;
    const char* told;
};

class Retirement : public testing::TestWithParam<RetirementCase> {};

TEST_P(Retirement, says_what_is_left_until_when) {
    const RetirementVerdict verdict = judge_retirement(GetParam().known, at(GetParam().today));
    EXPECT_EQ(verdict.cause, GetParam().cause);
    EXPECT_NE(verdict.detail.find(GetParam().told), std::string::npos) << verdict.detail;
}

constexpr auto closed = Cause::exchange_online_ews_closed;
constexpr auto ending = Cause::exchange_online_ews_ending;
const auto worldwide = std::optional(Cloud::worldwide);

INSTANTIATE_TEST_SUITE_P(
    Core,
    Retirement,
    testing::Values(
        RetirementCase{"before_it_begins", {worldwide}, 2026y / 9 / 30, ending, "from 2026-10-01"},
        RetirementCase{"on_the_first_day", {worldwide}, 2026y / 10 / 1, ending, "since 2026-10-01"},
        RetirementCase{"closed", {worldwide, true}, 2026y / 12 / 1, closed, "until 2027-04-01"},
        RetirementCase{"closed_for_good", {worldwide, true}, 2027y / 4 / 1, closed, "it answers 403"},
        RetirementCase{"answers_after_its_end", {worldwide}, 2027y / 4 / 2, ending, "still answers, although"},
        RetirementCase{
            "window_before_the_end", {worldwide, false, at(2027y / 3 / 31)}, 2026y / 12 / 1, ending, "since"},
        RetirementCase{
            "window_after_the_end", {worldwide, false, at(2027y / 4 / 2)}, 2026y / 12 / 1, closed, "2027-04-02"},
        RetirementCase{"known_by_its_answer", {std::nullopt}, 2026y / 12 / 1, ending, "2027-04-01"},
        RetirementCase{
            "another_cloud", {Cloud::china, false, at(2030y / 1 / 1)}, 2026y / 12 / 1, ending, "not known here"},
        RetirementCase{"another_cloud_closed", {Cloud::us_government, true}, 2026y / 12 / 1, closed, "it answers 403"}),
    [](const auto& one) { return std::string(one.param.name); });

} // namespace
} // namespace mailpreflight::core
