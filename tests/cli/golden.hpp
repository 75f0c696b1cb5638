#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace mailpreflight::cli {

/// Compares with tests/cli/golden/NAME; with MAILPREFLIGHT_ACCEPT=1 writes it and skips, so that an update never passes
/// for a check.
inline void expect_golden(const std::string& name, const std::string& text) {
    const std::string path = "tests/cli/golden/" + name;
    if (std::getenv("MAILPREFLIGHT_ACCEPT") != nullptr) {
        std::ofstream(path, std::ios::binary) << text;
        GTEST_SKIP() << path << " was rewritten";
    }
    std::ifstream file(path, std::ios::binary);
    ASSERT_TRUE(file) << path << " is missing; MAILPREFLIGHT_ACCEPT=1 writes it";
    std::ostringstream content;
    content << file.rdbuf();
    EXPECT_EQ(text, content.str()) << path;
}

} // namespace mailpreflight::cli
