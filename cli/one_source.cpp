#include "cli/one_source.hpp"

#include "cli/text.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace mailpreflight::cli {

namespace {

std::filesystem::path user_state_folder() {
    if (const char* const state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0') {
        return std::filesystem::path(state) / "mailpreflight";
    }
    const char* const home = std::getenv("HOME");
    return home == nullptr ? std::filesystem::path() : std::filesystem::path(home) / ".local/state/mailpreflight";
}

} // namespace

std::optional<OneSource> load_one_source(Session& session, const std::string& file, const std::string& name) {
    config::LoadResult loaded = config::load(file);
    if (!loaded.config) {
        for (const config::Problem& problem : loaded.problems) {
            session.complain(safe(problem.to_text()) + "\n");
        }
        return std::nullopt;
    }
    if (!loaded.config->sources.contains(name)) {
        session.complain(fmt::format("mailpreflight: {} has no [source.{}]\n", safe(file), safe(name)));
        return std::nullopt;
    }
    runner::ProbeLedger ledger = runner::ledger_for_probe(*loaded.config, user_state_folder());
    if (!ledger.shared_with_daemon && !session.options().json) {
        session.note(fmt::format("no service on this host: the guard's ledger is {}\n", ledger.directory.string()));
    }
    const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
    return OneSource{std::move(*loaded.config), name, std::move(ledger), credentials == nullptr ? "" : credentials};
}

} // namespace mailpreflight::cli
