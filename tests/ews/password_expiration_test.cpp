#include "ews/password_expiration.hpp"

#include "ews/envelope.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::ews {
namespace {

std::optional<PasswordExpiration> read(const std::string& date) {
    const auto message = parse_xml("<m:GetPasswordExpirationDateResponse xmlns:m=\"" + std::string(messages_ns) +
                                   "\" ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>" + date +
                                   "</m:GetPasswordExpirationDateResponse>");
    EXPECT_TRUE(message);
    return read_password_expiration(*message);
}

std::optional<PasswordExpiration> read_date(const std::string& text) {
    return read("<m:PasswordExpirationDate>" + text + "</m:PasswordExpirationDate>");
}

PasswordExpiration at(const char* time) {
    return {.never = false, .at = *base::parse_rfc3339(time)};
}

TEST(PasswordExpiration, is_the_date_of_the_answer_in_utc_where_it_names_no_zone) {
    EXPECT_EQ(read_date("2026-12-24T10:00:00Z"), at("2026-12-24T10:00:00Z"));
    EXPECT_EQ(read_date("2026-12-24T10:00:00.1234567"), at("2026-12-24T10:00:00Z"));
    EXPECT_EQ(read_date("2026-12-24T10:00:00.1234567+02:00"), at("2026-12-24T08:00:00Z"));
}

TEST(PasswordExpiration, knows_the_dates_that_mean_never_and_now) {
    EXPECT_EQ(read_date("9999-12-31T23:59:59.9999999"), (PasswordExpiration{.never = true, .at = std::nullopt}));
    EXPECT_EQ(read_date("0001-01-01T00:00:00"), PasswordExpiration{});
    EXPECT_EQ(read_date("1601-01-01T00:00:00Z"), PasswordExpiration{});
}

TEST(PasswordExpiration, is_nothing_where_there_is_no_date) {
    EXPECT_EQ(read(""), std::nullopt);
    EXPECT_EQ(read_date("soon"), std::nullopt);
    EXPECT_EQ(read_date("2026-99-99T10:00:00Z"), std::nullopt);
}

} // namespace
} // namespace mailpreflight::ews
