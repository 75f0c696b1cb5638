#include "http/redirect.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::http {
namespace {

const Url from{"https", "mail.contoso.example", 443, "/owa/"};

Response redirect_to(const char* location, int status = 302) {
    Response response{.status = status};
    if (location != nullptr) {
        response.headers.add("Location", location);
    }
    return response;
}

TEST(JudgeRedirect, only_a_get_to_the_same_origin_is_followed) {
    EXPECT_EQ(judge_redirect(from, "GET", redirect_to("/owa/x"), 0),
              (Redirect{RedirectDecision::follow, Url{"https", "mail.contoso.example", 443, "/owa/x"}}));
    EXPECT_EQ(judge_redirect(from, "POST", redirect_to("/owa/x"), 0).decision, RedirectDecision::method_not_safe);
    EXPECT_EQ(judge_redirect(from, "GET", redirect_to("https://adfs.example/"), 0),
              (Redirect{RedirectDecision::other_origin, Url{"https", "adfs.example", 443, "/"}}));
    EXPECT_EQ(judge_redirect(from, "GET", redirect_to("http://mail.contoso.example/owa/"), 0).decision,
              RedirectDecision::other_origin);
    EXPECT_EQ(judge_redirect(from, "GET", redirect_to("https://mail.contoso.example:444/"), 0).decision,
              RedirectDecision::other_origin);
    EXPECT_EQ(judge_redirect(from, "POST", redirect_to("https://adfs.example/"), 0).decision,
              RedirectDecision::other_origin);
}

TEST(JudgeRedirect, five_hops_are_enough) {
    EXPECT_EQ(judge_redirect(from, "GET", redirect_to("/x"), 4).decision, RedirectDecision::follow);
    EXPECT_EQ(judge_redirect(from, "GET", redirect_to("/x"), 5).decision, RedirectDecision::too_many_hops);
}

TEST(JudgeRedirect, what_cannot_be_read_is_not_followed) {
    EXPECT_EQ(judge_redirect(from, "GET", redirect_to(nullptr), 0).decision, RedirectDecision::unreadable);
    EXPECT_EQ(judge_redirect(from, "GET", redirect_to("javascript:x"), 0).decision, RedirectDecision::unreadable);
    Response two = redirect_to("/a");
    two.headers.add("Location", "/b");
    EXPECT_EQ(judge_redirect(from, "GET", two, 0).decision, RedirectDecision::unreadable);
}

TEST(JudgeRedirect, other_answers_are_none) {
    for (const int status : {200, 201, 300, 304, 401, 440}) {
        EXPECT_EQ(judge_redirect(from, "GET", redirect_to("/x", status), 0), Redirect{}) << status;
    }
    for (const int status : {301, 302, 303, 307, 308}) {
        EXPECT_EQ(judge_redirect(from, "GET", redirect_to("/x", status), 0).decision, RedirectDecision::follow);
    }
}

} // namespace
} // namespace mailpreflight::http
