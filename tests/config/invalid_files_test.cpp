#include "tests/config/support.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::config {

namespace {

class InvalidFile : public testing::TestWithParam<std::filesystem::path> {};

std::vector<std::filesystem::path> invalid_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(test::root / "tests/data/config")) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("invalid-") && entry.path().extension() == ".toml") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

TEST_P(InvalidFile, is_refused_with_exactly_these_messages) {
    const std::filesystem::path golden = std::filesystem::path(GetParam()).replace_extension(".txt");
    const LoadResult result = parse(test::content_of(GetParam()), GetParam().filename().string(), test::one_mailbox);
    const std::string told = test::told(result.problems);

    EXPECT_FALSE(result.config);
    EXPECT_EQ(told.find("PLANTED"), std::string::npos) << told;
    if (test::accepting()) {
        test::write(golden, told);
        GTEST_SKIP() << "wrote " << golden;
    }
    EXPECT_EQ(told, test::content_of(golden));
}

INSTANTIATE_TEST_SUITE_P(Config, InvalidFile, testing::ValuesIn(invalid_files()), [](const auto& file) {
    std::string name = file.param.stem().string();
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

} // namespace

} // namespace mailpreflight::config
