#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/endpoint.hpp"
#include "config/problem.hpp"
#include "config/quiet_time.hpp"
#include "config/secret_file.hpp"
#include "core/plan.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::config {

enum class SourceType { exchange, imap, pop3 };

std::string_view name_of(SourceType type);

enum class AuthChoice { automatic, ntlm, basic };

std::string_view name_of(AuthChoice choice);

/// [account.NAME]: one identity in the directory.
struct Account {
    std::string name;
    std::string username;
    std::string upn; ///< empty: not given
    SecretReference password;
    std::optional<int> lockout_threshold;
    base::Duration lockout_window = std::chrono::minutes(60);
    std::optional<std::chrono::sys_days> password_expires;

    bool operator==(const Account&) const = default;
};

/// [source.NAME.tls]
struct Tls {
    std::string ca_file;                 ///< absolute; empty: the system's
    std::vector<std::string> pin_sha256; ///< 64 lower-case hex digits each
    std::string server_name;             ///< empty: the URL's host

    bool operator==(const Tls&) const = default;
};

/// [source.NAME.limits]
struct Limits {
    int lanes = 2;
    double requests_per_second = 5.0;
    base::Duration request_timeout = std::chrono::seconds(120);
    std::vector<QuietTime> quiet;

    /// True when one of the quiet times holds.
    [[nodiscard]] bool is_quiet(base::SystemTime time) const;

    bool operator==(const Limits&) const = default;
};

/// [source.NAME]
struct Source {
    std::string name;
    SourceType type = SourceType::exchange;
    std::string url; ///< as written
    std::optional<EndpointUrl> ews;
    std::optional<EndpointUrl> owa;
    std::optional<EndpointUrl> exchange;
    std::string account;
    std::vector<std::string> hosts; ///< lower case, beside the URL's own
    AuthChoice auth = AuthChoice::automatic;
    std::string user_agent;                 ///< never empty after loading
    std::vector<std::string> must_not_open; ///< addresses, lower case
    Tls tls;
    Limits limits;

    /// True when the source's credential may go to this host: the URL's own, or one of `hosts`.
    [[nodiscard]] bool may_visit(std::string_view host) const;

    bool operator==(const Source&) const = default;
};

/// [api]
struct Api {
    std::string control_socket = "/run/mailpreflight/control.sock";
    std::string view_socket = "/run/mailpreflight/view.sock";

    bool operator==(const Api&) const = default;
};

/// [daemon]
struct Daemon {
    std::string state_directory = "/var/lib/mailpreflight";
    int total_lanes = 64;

    bool operator==(const Daemon&) const = default;
};

/// [store]
struct Store {
    base::Duration retention = std::chrono::hours(24 * 90);

    bool operator==(const Store&) const = default;
};

/// What the operator wrote, checked. Immutable once loaded.
struct Config {
    std::map<std::string, Account> accounts;
    std::map<std::string, Source> sources;
    std::vector<core::Batch> batches;              ///< in the order of the file
    std::map<std::string, std::string> list_files; ///< batch → absolute path of its list
    core::Schedule schedule;
    Api api;
    Daemon daemon;
    Store store;

    /// All that core needs of it.
    [[nodiscard]] core::Plan plan() const;

    bool operator==(const Config&) const = default;
};

/// A configuration when nothing in it is an error, and everything that is wrong or doubtful.
struct LoadResult {
    std::optional<Config> config;
    std::vector<Problem> problems;
};

using ListReader = std::function<base::Result<std::string>(const std::string& path)>;

/// Reads the file and the lists that it names. Paths are relative to the file's folder. `now` decides which windows
/// have passed.
LoadResult load(const std::filesystem::path& file, base::SystemTime now);
LoadResult load(const std::filesystem::path& file);

/// The same without any I/O of its own; without `now`, no window counts as passed.
LoadResult parse(std::string_view text,
                 std::string file_name,
                 const ListReader& read_list,
                 std::optional<base::SystemTime> now = std::nullopt);

} // namespace mailpreflight::config
