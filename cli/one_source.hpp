#pragma once

#include "cli/session.hpp"
#include "config/config.hpp"
#include "runner/probe.hpp"

#include <filesystem>
#include <string>

namespace mailpreflight::cli {

/// What `probe` and `doctor` work with: they look at one source without a service.
struct OneSource {
    config::Config config;
    std::string name;
    runner::ProbeLedger ledger;
    std::filesystem::path credentials;

    [[nodiscard]] const config::Source& source() const {
        return config.sources.at(name);
    }
};

/// Reads the configuration; nothing, and every problem told, when it has errors or no such source.
std::optional<OneSource> load_one_source(Session& session, const std::string& file, const std::string& name);

} // namespace mailpreflight::cli
