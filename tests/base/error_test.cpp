#include "base/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace mailpreflight::base {
namespace {

TEST(Error, reads_from_the_outside_in_on_one_line) {
    const Error error = Error(ErrorCode::not_found, "cannot open", "wave1.csv").wrap("cannot load list", "wave1");
    EXPECT_EQ(error.message(), "cannot load list: wave1: cannot open: wave1.csv");
    EXPECT_EQ(error.code(), ErrorCode::not_found) << "the cause keeps its kind";
}

TEST(Error, is_equal_when_kind_and_words_are) {
    EXPECT_EQ(Error(ErrorCode::io, "a", "b"), Error(ErrorCode::io, "a", "b"));
    EXPECT_FALSE(Error(ErrorCode::io, "a", "b") == Error(ErrorCode::parse, "a", "b"));
    EXPECT_FALSE(Error(ErrorCode::io, "a", "b") == Error(ErrorCode::io, "a"));
}

struct Kind {
    int value;
    ErrorCode code;
};

TEST(ErrnoError, takes_its_kind_from_errno) {
    for (const auto& [value, code] : {Kind{EACCES, ErrorCode::permission_denied},
                                      Kind{EPERM, ErrorCode::permission_denied},
                                      Kind{ENOENT, ErrorCode::not_found},
                                      Kind{ETIMEDOUT, ErrorCode::timeout},
                                      Kind{ENOSPC, ErrorCode::io}}) {
        EXPECT_EQ(errno_error(value, "cannot write", "x").code(), code);
    }
    EXPECT_EQ(errno_error(ENOSPC, "cannot write", "x").message(), "cannot write: x: No space left on device");
}

} // namespace
} // namespace mailpreflight::base
