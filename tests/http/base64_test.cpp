#include "http/base64.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::http {
namespace {

TEST(Base64, agrees_with_rfc_4648_both_ways) {
    for (const auto& [bytes, text] : std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                                                      {"f", "Zg=="},
                                                                                      {"fo", "Zm8="},
                                                                                      {"foo", "Zm9v"},
                                                                                      {"foob", "Zm9vYg=="},
                                                                                      {"\xff\xfe\xfd", "//79"}}) {
        EXPECT_EQ(to_base64(bytes), text);
        EXPECT_EQ(from_base64(text), bytes);
    }
}

TEST(Base64, refuses_anything_else) {
    for (const char* text : {"Z", "Zg=", "Zg", "Z===", "====", "Zm9v!", "Zm 9", "Zg==Zg==", "Z=g=", "Zm9v\n"}) {
        EXPECT_FALSE(from_base64(text)) << text;
    }
}

} // namespace
} // namespace mailpreflight::http
