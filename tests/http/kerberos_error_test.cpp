#include "http/kerberos_error.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::http {
namespace {

using core::Cause;
using core::PresentationResult;

struct Case {
    int code; ///< RFC 4120 7.5.9
    Cause cause;
    PresentationResult result;
};

TEST(KdcError, tells_a_wrong_password_from_a_locked_an_expired_and_an_unknown_account_and_from_trouble) {
    for (const Case& one : {
             Case{24, Cause::credential_refused, PresentationResult::refused},
             Case{18, Cause::account_locked, PresentationResult::refused},
             Case{23, Cause::password_expired, PresentationResult::refused},
             Case{1, Cause::account_expired, PresentationResult::refused},
             Case{6, Cause::account_unknown, PresentationResult::refused},
             Case{12, Cause::kerberos_policy, PresentationResult::refused},
             Case{7, Cause::kerberos_service_unknown, PresentationResult::not_sent},
             Case{14, Cause::kerberos_policy, PresentationResult::not_sent},
             Case{37, Cause::kerberos_clock_skew, PresentationResult::not_sent},
             Case{29, Cause::kerberos_unreachable, PresentationResult::not_sent},
             Case{68, Cause::kerberos_unreachable, PresentationResult::not_sent},
         }) {
        const KerberosVerdict verdict = verdict_of_kdc(one.code, "migadmin@CONTOSO.EXAMPLE");
        EXPECT_EQ(verdict.failure.cause, one.cause) << one.code;
        EXPECT_EQ(verdict.result, one.result) << one.code;
        EXPECT_NE(verdict.failure.detail.find("migadmin@CONTOSO.EXAMPLE"), std::string::npos) << one.code;
    }
}

TEST(KdcError, counts_what_it_does_not_know_as_possibly_counted) {
    const KerberosVerdict verdict = verdict_of_kdc(99, "migadmin@CONTOSO.EXAMPLE");
    EXPECT_EQ(verdict.failure.cause, Cause::unexpected_answer);
    EXPECT_EQ(verdict.result, PresentationResult::unanswered);
    EXPECT_EQ(name_of_kdc_error(99), "error 99");
}

} // namespace
} // namespace mailpreflight::http
