#include "base/file.hpp"
#include "config/build.hpp"
#include "config/config.hpp"
#include "config/mailbox_list.hpp"
#include "config/schema_check.hpp"
#include "config/toml_document.hpp"

#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace mailpreflight::config {

namespace {

constexpr std::uintmax_t longest_file = 4ULL * 1024 * 1024;

LoadResult build(std::string_view text, std::string file_name, const BuildContext& context) {
    Problems problems(std::move(file_name));
    const Node document = read_toml(text, problems);
    LoadResult result;
    if (!problems.has_error()) {
        check_against_schema(document, problems);
        Config config;
        build_schedule(document, config, problems);
        build_daemon(document, context, config, problems);
        build_accounts(document, context, config, problems);
        build_sources(document, context, config, problems);
        build_batches(document, context, config, problems);
        build_receivers(document, context, config, problems);
        check_across(document, context, config, problems);
        if (!problems.has_error()) {
            result.config = std::move(config);
        }
    }
    result.problems = problems.take();
    return result;
}

base::Result<ListFile> read_list_file(const std::string& path) {
    auto content = base::read_file(path, longest_list);
    if (!content) {
        return base::failure(content.error());
    }
    struct stat info {};
    const bool open_to_all = ::stat(path.c_str(), &info) == 0 && (info.st_mode & S_IROTH) != 0;
    return ListFile{*std::move(content), open_to_all};
}

} // namespace

LoadResult load(const std::filesystem::path& file, base::SystemTime now) {
    const auto text = base::read_file(file, longest_file);
    if (!text) {
        return {.problems = {{.file = file.string(), .text = text.error().message()}}};
    }
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(file, error);
    return build(*text,
                 file.string(),
                 {.folder = (error ? file : absolute).parent_path(),
                  .read_list = read_list_file,
                  .now = now,
                  .read_passwords = [](const std::string& path) { return load_password_list(path); }});
}

LoadResult load(const std::filesystem::path& file) {
    return load(file, base::RealClock().now());
}

LoadResult
parse(std::string_view text, std::string file_name, const ListReader& read_list, std::optional<base::SystemTime> now) {
    const auto read = [&](const std::string& path) -> base::Result<ListFile> {
        auto content = read_list(path);
        if (!content) {
            return base::failure(content.error());
        }
        return ListFile{*std::move(content), false};
    };
    const std::filesystem::path folder = std::filesystem::path(file_name).parent_path();
    return build(text, std::move(file_name), {.folder = folder, .read_list = read, .now = now});
}

} // namespace mailpreflight::config
