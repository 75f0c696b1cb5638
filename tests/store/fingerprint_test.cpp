#include "store/fingerprint.hpp"

#include "base/file.hpp"
#include "tests/store/examples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mailpreflight::store {
namespace {

using testing::HasSubstr;

class FingerprintOfASecret : public testing::Test {
protected:
    std::string fingerprint(std::string_view account, std::string_view secret) {
        return value_of(Fingerprinter::open(directory_.path())).of(account, base::Secret(secret));
    }

    TemporaryDirectory directory_;
    std::filesystem::path key_ = directory_.path() / "fingerprint.key";
};

TEST_F(FingerprintOfASecret, is_the_same_after_a_restart_and_differs_by_account_and_secret) {
    const std::string first = fingerprint("migadmin", "hunter2");

    EXPECT_EQ(first, fingerprint("migadmin", "hunter2"));
    EXPECT_NE(first, fingerprint("migadmin", "hunter3"));
    EXPECT_NE(first, fingerprint("migadmi", "nhunter2"));
    EXPECT_NE(fingerprint("a", ""), fingerprint("b", ""));
    EXPECT_THAT(first, testing::MatchesRegex("[0-9a-f]{32}"));
}

TEST_F(FingerprintOfASecret, is_hmac_sha256_of_account_nul_and_secret) {
    std::ofstream(key_) << "0123456789abcdef0123456789abcdef";
    ASSERT_EQ(::chmod(key_.c_str(), 0600), 0);
    const std::string message("migadmin\0hunter2", 16);
    unsigned char digest[32];
    ::HMAC(::EVP_sha256(),
           "0123456789abcdef0123456789abcdef",
           32,
           reinterpret_cast<const unsigned char*>(message.data()),
           message.size(),
           digest,
           nullptr);
    std::string expected;
    for (int i = 0; i < 16; ++i) {
        expected += fmt::format("{:02x}", digest[i]);
    }

    EXPECT_EQ(fingerprint("migadmin", "hunter2"), expected);
}

TEST_F(FingerprintOfASecret, differs_from_machine_to_machine) {
    const TemporaryDirectory other;

    EXPECT_NE(fingerprint("migadmin", "hunter2"),
              value_of(Fingerprinter::open(other.path())).of("migadmin", base::Secret("hunter2")));
}

TEST_F(FingerprintOfASecret, has_a_key_of_32_bytes_that_its_owner_alone_may_read) {
    fingerprint("a", "b");

    struct stat info {};
    ASSERT_EQ(::stat(key_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0600U);
    EXPECT_EQ(info.st_size, 32);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(FingerprintOfASecret, is_refused_with_a_key_that_others_may_read) {
    for (const unsigned mode : {0644U, 0640U, 0602U}) {
        fingerprint("a", "b");
        ASSERT_EQ(::chmod(key_.c_str(), mode), 0);

        const auto opened = Fingerprinter::open(directory_.path());

        EXPECT_THAT(problem_of(opened),
                    HasSubstr(fmt::format("others may read the fingerprint key (mode {:04o})", mode)));
        EXPECT_EQ(opened.error().code(), base::ErrorCode::permission_denied);
        ASSERT_EQ(::chmod(key_.c_str(), 0600), 0);
    }
}

TEST_F(FingerprintOfASecret, is_refused_with_half_a_key_or_a_link) {
    std::ofstream(key_) << "short";
    ASSERT_EQ(::chmod(key_.c_str(), 0600), 0);
    EXPECT_THAT(problem_of(Fingerprinter::open(directory_.path())), HasSubstr("is not a file of 32 bytes"));

    std::filesystem::remove(key_);
    std::filesystem::create_symlink("/dev/zero", key_);
    EXPECT_THAT(problem_of(Fingerprinter::open(directory_.path())), HasSubstr("cannot read the fingerprint key"));
}

TEST_F(FingerprintOfASecret, is_the_same_in_all_programs_that_start_at_once) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    constexpr int programs = 8;
    for (int i = 0; i < programs; ++i) {
        if (::fork() == 0) {
            const auto opened = Fingerprinter::open(directory_.path());
            const std::string text = opened ? opened->of("a", base::Secret("b")) : std::string(32, '!');
            ::_exit(::write(ends[1], text.data(), text.size()) == 32 ? 0 : 1);
        }
    }
    for (int i = 0; i < programs; ++i) {
        ::wait(nullptr);
    }
    char seen[32 * programs];
    ASSERT_EQ(::read(ends[0], seen, sizeof seen), static_cast<ssize_t>(sizeof seen));
    ::close(ends[0]);
    ::close(ends[1]);

    const std::string expected = fingerprint("a", "b");
    for (int i = 0; i < programs; ++i) {
        EXPECT_EQ(std::string(seen + 32 * i, 32), expected);
    }
}

} // namespace
} // namespace mailpreflight::store
