// A configuration: no text crashes the reader, and what has an error is never put in force.
#include "config/config.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto list = [](const std::string&) -> base::Result<std::string> {
        return std::string("EmailAddress\nanna@contoso.example\n");
    };
    const base::SystemTime now{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)};
    const config::LoadResult loaded = config::parse(fuzz::text_of(data, size), "/fuzz.toml", list, now);
    bool error = false;
    for (const config::Problem& problem : loaded.problems) {
        error = error || problem.severity == config::Problem::Severity::error;
        fuzz::must(!problem.text.empty(), "a problem says what it is");
    }
    fuzz::must(loaded.config.has_value() != error, "a configuration is in force without errors, and only then");
    if (loaded.config) {
        static_cast<void>(loaded.config->plan());
    }
    return 0;
}
