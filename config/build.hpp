#pragma once

#include "config/config.hpp"
#include "config/password_list.hpp"
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
    /// Empty: individual passwords are not looked at.
    std::function<base::Result<PasswordList>(const std::string& path)> read_passwords = {};
};

// Each turns tables that were checked against the schema into values and tells what the schema cannot see. They go on
// after an error, so that all problems are told at once.
void build_accounts(const Node& document, const BuildContext& context, Config& config, Problems& problems);
/// [account.NAME.ldap]; nothing where the account has none, or a wrong one.
std::optional<Ldap>
build_ldap(const Node& account, const std::string& account_path, const BuildContext& context, Problems& problems);
/// Who reads in the directory must be somebody else: an account that is locked cannot tell so, and each reading by
/// itself would be one more presentation of its secret.
void check_readers(const Node& document, const Config& config, Problems& problems);
void build_sources(const Node& document, const BuildContext& context, Config& config, Problems& problems);
void build_batches(const Node& document, const BuildContext& context, Config& config, Problems& problems);
void build_schedule(const Node& document, Config& config, Problems& problems);
/// After the batches.
void build_receivers(const Node& document, const BuildContext& context, Config& config, Problems& problems);
void build_daemon(const Node& document, const BuildContext& context, Config& config, Problems& problems);

/// What concerns several tables: one address in two batches, rates too slow for their interval.
void check_across(const Node& document, const BuildContext& context, Config& config, Problems& problems);

/// Where a secret of `table` is kept: { file = .. } or { credential = .. }. Nothing where it has no such key.
std::optional<SecretReference> build_secret(
    const Node& table, std::string_view key, const std::string& path, const BuildContext& context, Problems& problems);

/// [account.NAME.oauth], if there is one. `path` is the account's.
std::optional<OAuth>
build_oauth(const Node& account, const std::string& path, const BuildContext& context, Problems& problems);

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
