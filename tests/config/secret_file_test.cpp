#include "config/secret_file.hpp"

#include "tests/config/support.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace mailpreflight::config {

namespace {

using namespace std::string_view_literals;

class SecretFile : public testing::Test {
protected:
    /// "= TEXT", or the error without the path.
    std::string loaded(std::string_view content, mode_t mode = 0600) {
        const std::filesystem::path path = folder_ / "secret";
        test::write(path, content);
        ::chmod(path.c_str(), mode);
        return shown(load_secret({SecretReference::Kind::file, path.string()}, {}));
    }

    static std::string shown(const base::Result<base::Secret>& secret) {
        if (secret) {
            return "= " + secret->expose_to([](std::string_view text) { return std::string(text); });
        }
        const std::string message = secret.error().message();
        EXPECT_EQ(message.find("PLANTED"), std::string::npos) << message;
        return message.substr(message.rfind("/secret: ") == std::string::npos ? 0 : message.rfind("/secret: ") + 9);
    }

    test::TemporaryFolder folder_;
};

TEST_F(SecretFile, loses_exactly_one_final_newline) {
    EXPECT_EQ(loaded("Summer 2026"), "= Summer 2026");
    EXPECT_EQ(loaded("Summer\n"), "= Summer");
    EXPECT_EQ(loaded("Summer\r\n"), "= Summer");
    EXPECT_EQ(loaded(" Summer \n"), "=  Summer ");
    EXPECT_EQ(loaded("Sömmer€"), "= Sömmer€");
}

TEST_F(SecretFile, is_refused_when_it_cannot_be_a_password) {
    EXPECT_EQ(loaded(""), "it is empty");
    EXPECT_EQ(loaded("\n"), "it is empty");
    EXPECT_EQ(loaded("PLANTED\n\n"), "it has more than one line");
    EXPECT_EQ(loaded("PLANTED\0x"sv), "it holds a NUL byte: not a text file, or saved as UTF-16");
    EXPECT_EQ(loaded("PLANTED\x01"), "it holds a control character");
    EXPECT_EQ(loaded("\xEF\xBB\xBFPLANTED"), "it begins with a byte order mark: save it as plain UTF-8 text");
    EXPECT_EQ(loaded("PLANTED\xE9"), "it is not UTF-8: save it again in that encoding");
    EXPECT_EQ(loaded(std::string(65536, 'x')), "= " + std::string(65536, 'x'));
    EXPECT_EQ(loaded(std::string(65537, 'x')), "it is larger than 64 KiB");
}

TEST_F(SecretFile, is_refused_when_others_may_reach_it) {
    EXPECT_EQ(loaded("PLANTED", 0644), "mode 0644 opens it to others: chmod 0600 (or 0640 with the daemon's group)");
    EXPECT_EQ(loaded("PLANTED", 0602), "mode 0602 opens it to others: chmod 0600 (or 0640 with the daemon's group)");
    EXPECT_EQ(loaded("PLANTED", 0660),
              "mode 0660 lets its group write it: chmod 0600 (or 0640 with the daemon's group)");
    EXPECT_EQ(loaded("Summer", 0640), "= Summer");
    EXPECT_EQ(loaded("Summer", 0400), "= Summer");
}

TEST_F(SecretFile, may_be_read_by_a_group_of_ours_only) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root to give a file away";
    }
    const std::filesystem::path path = folder_ / "given-away";
    test::write(path, "PLANTED");
    ::chmod(path.c_str(), 0640);
    ASSERT_EQ(::chown(path.c_str(), 0, 54321), 0);
    EXPECT_THAT(shown(load_secret({SecretReference::Kind::file, path.string()}, {})),
                testing::HasSubstr("none of ours"));
    ASSERT_EQ(::chown(path.c_str(), 54321, 0), 0);
    EXPECT_THAT(shown(load_secret({SecretReference::Kind::file, path.string()}, {})),
                testing::HasSubstr("another user"));
}

TEST_F(SecretFile, is_judged_behind_a_link_and_must_be_a_file) {
    const std::filesystem::path target = folder_ / "target";
    const std::filesystem::path link = folder_ / "link";
    test::write(target, "PLANTED");
    ::chmod(target.c_str(), 0604);
    std::filesystem::create_symlink(target, link);
    EXPECT_THAT(shown(load_secret({SecretReference::Kind::file, link.string()}, {})),
                testing::HasSubstr("opens it to others"));
    ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
    EXPECT_THAT(shown(load_secret({SecretReference::Kind::file, (folder_ / "fifo").string()}, {})),
                testing::HasSubstr("not a regular file"));
    const auto missing = load_secret({SecretReference::Kind::file, (folder_ / "missing").string()}, {});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code(), base::ErrorCode::not_found);
}

TEST_F(SecretFile, is_found_by_its_credential_name) {
    test::write(folder_ / "contoso-admin", "Summer\n");
    ::chmod((folder_ / "contoso-admin").c_str(), 0400);
    EXPECT_EQ(shown(load_secret({SecretReference::Kind::credential, "contoso-admin"}, folder_ / "")), "= Summer");
    EXPECT_FALSE(load_secret({SecretReference::Kind::credential, "../contoso-admin"}, folder_ / ""));
    EXPECT_THAT(load_secret({SecretReference::Kind::credential, "contoso-admin"}, {}).error().message(),
                testing::HasSubstr("LoadCredential="));
}

} // namespace

} // namespace mailpreflight::config
