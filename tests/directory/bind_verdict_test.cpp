#include "directory/bind_verdict.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::directory {
namespace {

using core::Cause;
using core::PresentationResult;

std::string from_active_directory(const std::string& code) {
    return "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data " + code + ", v3839";
}

TEST(BindVerdict, reads_the_reason_that_active_directory_gives) {
    for (const auto& [code, cause] : {std::pair("525", Cause::account_unknown),
                                      std::pair("52e", Cause::credential_refused),
                                      std::pair("52E", Cause::credential_refused),
                                      std::pair("530", Cause::kerberos_policy),
                                      std::pair("531", Cause::kerberos_policy),
                                      std::pair("532", Cause::password_expired),
                                      std::pair("533", Cause::admin_account_disabled),
                                      std::pair("701", Cause::account_expired),
                                      std::pair("773", Cause::password_change_required),
                                      std::pair("775", Cause::account_locked)}) {
        const BindVerdict verdict = verdict_of_bind(49, from_active_directory(code));
        EXPECT_EQ(verdict.failure.cause, cause) << code;
        EXPECT_EQ(verdict.result, PresentationResult::refused) << code;
    }
}

TEST(BindVerdict, takes_every_other_refusal_for_one) {
    EXPECT_EQ(verdict_of_bind(49, "").result, PresentationResult::refused);
    EXPECT_EQ(verdict_of_bind(49, from_active_directory("57")).failure.cause, Cause::credential_refused);
    for (const int code : {19, 34, 48, 53}) {
        EXPECT_EQ(verdict_of_bind(code, "no").result, PresentationResult::refused) << code;
    }
}

TEST(BindVerdict, counts_nothing_where_the_password_was_not_looked_at) {
    for (const int code : {7, 8, 13}) {
        EXPECT_EQ(verdict_of_bind(code, "").result, PresentationResult::not_sent) << code;
    }
}

TEST(BindVerdict, assumes_the_worst_of_what_it_does_not_know) {
    for (const int code : {1, 51, 52, 80, 4711}) {
        EXPECT_EQ(verdict_of_bind(code, "").result, PresentationResult::unanswered) << code;
    }
    EXPECT_EQ(verdict_of_bind(0, "").result, PresentationResult::accepted);
}

TEST(BindVerdict, finds_no_reason_in_other_texts) {
    for (const char* const text : {"", "data 52e", ", data ", ", data xyz", ", data 123456789"}) {
        EXPECT_EQ(reason_code(text), "") << text;
    }
}

} // namespace
} // namespace mailpreflight::directory
