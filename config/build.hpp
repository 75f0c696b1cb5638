#pragma once

#include "config/config.hpp"
#include "config/problem.hpp"
#include "config/toml_document.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::config {

/// A list file, and whether anybody on the host may read it.
struct ListFile {
    std::string content;
    bool readable_by_others = false;
};

/// What building needs beside the document.
struct BuildContext {
    std::filesystem::path folder; ///< that relative paths begin at
    std::function<base::Result<ListFile>(const std::string& path)> read_list;
    std::optional<base::SystemTime> now;
};

// Each turns tables that were checked against the schema into values and tells what the schema cannot see. They go on
// after an error, so that all problems are told at once.
void build_accounts(const Node& document, const BuildContext& context, Config& config, Problems& problems);
void build_sources(const Node& document, const BuildContext& context, Config& config, Problems& problems);
void build_batches(const Node& document, const BuildContext& context, Config& config, Problems& problems);
void build_schedule(const Node& document, Config& config, Problems& problems);
void build_daemon(const Node& document, const BuildContext& context, Config& config);

/// What concerns several tables: one address in two batches, rates too slow for their interval.
void check_across(const Node& document, const BuildContext& context, Config& config, Problems& problems);

/// An absolute path, or one relative to the configuration's folder; empty stays empty.
std::string resolved(const std::filesystem::path& folder, const std::string& path);

/// A table of a family ([source.NAME]) whose name is good.
struct NamedTable {
    std::string name;
    const Node* table = nullptr;
};
/// In the order of the file.
std::vector<NamedTable> named_tables(const Node& document, std::string_view family);

} // namespace mailpreflight::config
