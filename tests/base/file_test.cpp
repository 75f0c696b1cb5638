#include "base/file.hpp"

#include "base/unique_fd.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>

namespace mailpreflight::base {
namespace {

namespace fs = std::filesystem;

class File : public testing::Test {
protected:
    File() {
        std::string pattern = (fs::temp_directory_path() / "mailpreflight-file-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
    }
    ~File() override {
        fs::remove_all(directory_);
    }

    [[nodiscard]] fs::path path() const {
        return directory_ / "state";
    }

    [[nodiscard]] std::size_t entries() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
    }

    fs::path directory_;
};

TEST_F(File, reads_back_what_was_written_and_leaves_nothing_beside_it) {
    const std::string content("a\0b\n", 4);
    ASSERT_TRUE(write_file_atomically(path(), "an older and longer content"));
    ASSERT_TRUE(write_file_atomically(path(), content));
    EXPECT_EQ(read_file(path(), 4), Result<std::string>(content));
    EXPECT_EQ(entries(), 1U);
}

TEST_F(File, is_written_with_the_mode_that_was_asked_for_whatever_lay_there) {
    std::filesystem::permissions(directory_, fs::perms::owner_all);
    const mode_t old_mask = ::umask(0);
    { const UniqueFd leftover(::open((path().string() + ".new").c_str(), O_CREAT | O_WRONLY, 0666)); }
    const Status written = write_file_atomically(path(), "secret");
    ::umask(old_mask);
    ASSERT_TRUE(written);
    EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    ASSERT_TRUE(write_file_atomically(path(), "shared", 0644));
    EXPECT_EQ(fs::status(path()).permissions(),
              fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read);
}

TEST_F(File, is_never_a_mixture_of_two_writers) {
    const std::string a(200'000, 'a');
    const std::string b(200'000, 'b');
    const auto write_often = [&](const std::string& content) {
        for (int i = 0; i < 20; ++i) {
            EXPECT_TRUE(write_file_atomically(path(), content));
        }
    };
    {
        const std::jthread one(write_often, a);
        const std::jthread other(write_often, b);
    }
    const auto content = read_file(path(), 1'000'000);
    ASSERT_TRUE(content);
    EXPECT_TRUE(*content == a || *content == b);
    EXPECT_EQ(entries(), 1U);
}

TEST_F(File, that_cannot_replace_its_target_leaves_nothing_behind) {
    fs::create_directory(path());
    fs::create_directory(path() / "inside");
    EXPECT_FALSE(write_file_atomically(path(), "text"));
    EXPECT_EQ(entries(), 1U);
}

TEST_F(File, is_refused_above_the_limit_and_when_it_is_no_regular_file) {
    ASSERT_TRUE(write_file_atomically(path(), "12345"));
    EXPECT_EQ(read_file(path(), 4).error(),
              Error(ErrorCode::limit_exceeded, "file is larger than 4 bytes", path().string()));
    EXPECT_EQ(read_file(directory_, 100).error(),
              Error(ErrorCode::invalid_argument, "not a regular file", directory_.string()));
    ASSERT_EQ(::mkfifo((directory_ / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(read_file(directory_ / "fifo", 100).error().code(), ErrorCode::invalid_argument)
        << "and it did not block";
}

TEST_F(File, that_does_not_exist_is_not_found) {
    const Error error = read_file(path(), 1).error();
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_EQ(error.message(), "cannot open: " + path().string() + ": No such file or directory");
    EXPECT_EQ(write_file_atomically(path() / "below", "x").error().code(), ErrorCode::not_found);
}

TEST_F(File, descriptor_is_closed_once_and_moves) {
    UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int number = first.get();
    UniqueFd second(std::move(first));
    EXPECT_FALSE(first.valid()); // NOLINT(bugprone-use-after-move): that is the point
    EXPECT_EQ(second.get(), number);
    second.reset();
    EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

} // namespace
} // namespace mailpreflight::base
