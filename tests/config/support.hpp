#pragma once

#include "config/config.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace mailpreflight::config::test {

inline const std::filesystem::path root = MAILPREFLIGHT_SOURCE_DIR;

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write(const std::filesystem::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

inline bool accepting() {
    return std::getenv("MAILPREFLIGHT_ACCEPT") != nullptr;
}

inline std::string told(const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems) {
        text += problem.to_text() + "\n";
    }
    return text;
}

inline base::Result<std::string> one_mailbox(const std::string& path) {
    return std::filesystem::path(path).stem().string() + "@contoso.example\n";
}

/// An account and a source, to which a test adds what it is about.
inline const std::string minimal = R"(
[account.migadmin]
username = 'CONTOSO\migadmin'
password = { file = "secret" }

[source.contoso]
type = "exchange"
url = "https://mail.contoso.example/owa"
account = "migadmin"
)";

/// A folder of its own that is gone at the end.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "mailpreflight-config-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

} // namespace mailpreflight::config::test
