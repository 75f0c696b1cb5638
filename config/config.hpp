#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/endpoint.hpp"
#include "config/loopback.hpp"
#include "config/problem.hpp"
#include "config/quiet_time.hpp"
#include "config/receiver.hpp"
#include "config/secret_file.hpp"
#include "core/exchange_online.hpp"
#include "core/plan.hpp"
#include "core/tls_weakness.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::config {

enum class SourceType { exchange, imap, pop3 };

std::string_view name_of(SourceType type);

enum class AuthChoice { automatic, oauth, negotiate, ntlm, basic };

std::string_view name_of(AuthChoice choice);

/// Which addresses of a name are used.
enum class IpVersion { automatic, v4, v6 };

/// Where an HTTP proxy listens.
struct ProxyAddress {
    std::string host; ///< name or address literal, lower case, without brackets
    unsigned short port = 3128;

    bool operator==(const ProxyAddress&) const = default;
};

/// "mailpreflight/VERSION"
std::string_view our_user_agent();

/// [account.NAME.ldap]: a directory server that another account reads this one's state from.
struct Ldap {
    std::string host; ///< name or address literal, lower case, without brackets
    unsigned short port = 636;
    bool start_tls = false; ///< written as ldap://: TLS is asked for, and demanded, before anything else
    std::string base;       ///< distinguished name
    std::string account;    ///< name of the [account.NAME] that reads
    std::string ca_file;    ///< absolute; empty: the system's
    std::string server_name;

    bool operator==(const Ldap&) const = default;
};

/// [account.NAME.oauth]: an application that opens mailboxes by its own permission, or a token that somebody else gets.
struct OAuth {
    core::Cloud cloud = core::Cloud::worldwide;
    EndpointUrl authority; ///< where tokens come from, without a path
    std::string tenant;
    std::string client_id;
    std::optional<SecretReference> client_secret;
    std::optional<SecretReference> certificate;
    std::optional<SecretReference> key;
    std::optional<SecretReference> token; ///< a file with one access token, read at each login
    bool rs256 = false;                   ///< how the key signs; else PS256
    std::string scope;                    ///< empty: that of the source's host
    std::string ca_file;                  ///< of the token endpoint; absolute; empty: the system's
    std::optional<std::chrono::sys_days> secret_expires;

    bool operator==(const OAuth&) const = default;
};

/// [account.NAME]: one identity in the directory.
struct Account {
    std::string name;
    std::string username;
    std::string upn; ///< empty: not given
    std::optional<SecretReference> password;
    std::optional<SecretReference> keytab;
    std::optional<std::string> ccache; ///< absolute path
    std::string realm;                 ///< upper case; empty: not given
    std::optional<OAuth> oauth;
    std::vector<std::string> kdcs; ///< "dc1.contoso.example", "dc1.contoso.example:1088"
    std::optional<int> lockout_threshold;
    base::Duration lockout_window = std::chrono::minutes(60);
    std::optional<std::chrono::sys_days> password_expires;
    std::optional<Ldap> ldap;

    /// Kerberos is tried only where something says so.
    [[nodiscard]] bool has_kerberos() const {
        return !realm.empty() || keytab || ccache;
    }

    bool operator==(const Account&) const = default;
};

/// [source.NAME.tls]
struct Tls {
    std::string ca_file;                 ///< absolute; empty: the system's
    std::vector<std::string> pin_sha256; ///< 64 lower-case hex digits each
    std::string server_name;             ///< empty: the URL's host
    std::set<core::TlsWeakness> legacy;

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
    std::string owa_front_door; ///< "tmg": its own form may be posted to; else empty
    std::string account;
    std::vector<std::string> hosts; ///< lower case, beside the URL's own
    AuthChoice auth = AuthChoice::automatic;
    std::string user_agent; ///< never empty after loading
    IpVersion ip_version = IpVersion::automatic;
    std::optional<ProxyAddress> proxy;
    std::string proxy_account;              ///< who logs in at the proxy; empty: nobody
    std::vector<std::string> must_not_open; ///< addresses, lower case
    std::vector<Maintenance> maintenance;   ///< when its notices are held
    Tls tls;
    Limits limits;

    [[nodiscard]] bool in_maintenance(base::SystemTime time) const;
    /// True when the source's credential may go to this host: the URL's own, or one of `hosts`.
    [[nodiscard]] bool may_visit(std::string_view host) const;
    /// Is the migration tool's User-Agent configured?
    [[nodiscard]] bool has_own_user_agent() const {
        return user_agent != our_user_agent();
    }

    /// By the host of its EWS.
    [[nodiscard]] bool is_exchange_online() const;

    bool operator==(const Source&) const = default;
};

/// [api]
struct Api {
    std::string control_socket = "/run/mailpreflight/control.sock";
    std::string view_socket = "/run/mailpreflight/view.sock";
    std::optional<LoopbackAddress> metrics_listen = {};

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

/// How the mailboxes of a batch log in by themselves: `passwords` of [batch.NAME], read but for the passwords.
struct OwnLogins {
    std::string file;                             ///< absolute path
    std::map<std::string, std::string> usernames; ///< by address, of every row

    bool operator==(const OwnLogins&) const = default;
};

/// What the operator wrote, checked. Immutable once loaded.
struct Config {
    std::map<std::string, Account> accounts;
    std::map<std::string, Source> sources;
    std::vector<core::Batch> batches;              ///< in the order of the file
    std::map<std::string, std::string> list_files; ///< batch → absolute path of its list
    std::map<std::string, OwnLogins> own_logins;   ///< by batch
    core::Schedule schedule;
    std::map<std::string, Receiver> receivers;
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

/// Reads the file, the lists and the individual passwords that it names, of which nothing is kept. Paths are relative
/// to the file's folder. `now` decides which windows have passed.
LoadResult load(const std::filesystem::path& file, base::SystemTime now);
LoadResult load(const std::filesystem::path& file);

/// The same without any I/O of its own and without a look at individual passwords; without `now`, no window counts as
/// passed.
LoadResult parse(std::string_view text,
                 std::string file_name,
                 const ListReader& read_list,
                 std::optional<base::SystemTime> now = std::nullopt);

} // namespace mailpreflight::config
