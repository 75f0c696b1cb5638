#include "base/text.hpp"
#include "config/address.hpp"
#include "config/build.hpp"
#include "config/checked_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::config {

namespace {

constexpr int lanes_without_warning = 4;
constexpr double requests_without_warning = 50;

std::vector<std::string> names_of(const std::map<std::string, Account>& accounts) {
    std::vector<std::string> names;
    for (const auto& [name, account] : accounts) {
        names.push_back(name);
    }
    return names;
}

/// Of an address literal; a name has none.
std::optional<IpVersion> literal_version(const std::string& host) {
    if (host.find(':') != std::string::npos) {
        return IpVersion::v6;
    }
    const bool digits = host.find_first_not_of("0123456789.") == std::string::npos;
    return digits ? std::optional(IpVersion::v4) : std::nullopt;
}

class SourceBuilder {
public:
    SourceBuilder(std::string name, const Node& table, const BuildContext& context, Problems& problems) :
        table_(table),
        context_(context),
        problems_(problems),
        path_("source." + name) {
        source_.name = std::move(name);
    }

    Source build(const std::map<std::string, Account>& accounts) {
        source_.url = text_of(table_, "url").value_or("");
        read_hosts();
        read_doors();
        read_account(accounts);
        read_auth();
        read_user_agent();
        read_proxy(accounts);
        read_ip_version();
        read_must_not_open();
        read_maintenance();
        if (const Node* tls = table_.find("tls"); tls != nullptr && tls->kind == Node::Kind::table) {
            read_tls(*tls);
        }
        if (const Node* limits = table_.find("limits"); limits != nullptr && limits->kind == Node::Kind::table) {
            read_limits(*limits);
        }
        return std::move(source_);
    }

private:
    void tell(Position at, std::string_view key, std::string_view text) {
        problems_.error(at, fmt::format("{}.{}: {}", path_, key, text));
    }

    void read_hosts() {
        for (const PlacedText& item : texts_of(table_, "hosts")) {
            auto host = parse_host(item.text);
            if (host) {
                source_.hosts.push_back(*std::move(host));
            } else {
                tell(item.position,
                     "hosts",
                     host.error().message() + "; expected host names alone, without https:// and path");
            }
        }
    }

    /// The door that a key names; nothing when it is absent or wrong.
    std::optional<EndpointUrl> read_url(std::string_view key) {
        const auto text = text_of(table_, key);
        if (!text || text->empty()) {
            return std::nullopt;
        }
        auto url = parse_endpoint(*text);
        if (!url) {
            tell(place_of(table_, key), key, url.error().message());
            return std::nullopt;
        }
        return *std::move(url);
    }

    void read_doors() {
        const auto written = read_url("url");
        if (!written) {
            return;
        }
        const bool is_overridden = table_.find("ews_url") != nullptr && table_.find("owa_url") != nullptr;
        const auto doors = derive_endpoints(*written);
        if (doors) {
            source_.ews = doors->ews;
            source_.owa = doors->owa;
            source_.exchange = doors->exchange;
        } else if (!is_overridden) {
            tell(place_of(table_, "url"), "url", doors.error().message());
        }
        override_door("ews_url", written->host, source_.ews);
        override_door("owa_url", written->host, source_.owa);
        if (table_.find("owa_url") != nullptr) {
            source_.exchange.reset();
        }
        source_.owa_front_door = text_of(table_, "owa_front_door").value_or("");
        if (!source_.ews && !source_.owa && doors) {
            tell(place_of(table_, "owa_url"), "owa_url", "with neither EWS nor OWA nothing is left to check");
        }
    }

    void override_door(std::string_view key, const std::string& own_host, std::optional<EndpointUrl>& door) {
        if (text_of(table_, key) == "none") {
            door.reset();
            return;
        }
        const auto url = read_url(key);
        if (!url) {
            return;
        }
        const auto& hosts = source_.hosts;
        if (url->host != own_host && std::find(hosts.begin(), hosts.end(), url->host) == hosts.end()) {
            tell(place_of(table_, key),
                 key,
                 fmt::format(
                     "{} is neither the host of url nor in hosts: the credential goes nowhere else; if it may go "
                     "there, add hosts = [\"{}\"]",
                     url->host,
                     url->host));
            return;
        }
        door = url;
    }

    void read_account(const std::map<std::string, Account>& accounts) {
        source_.account = text_of(table_, "account").value_or("");
        if (source_.account.empty() || accounts.contains(source_.account)) {
            return;
        }
        tell_no_account(place_of(table_, "account"), "account", source_.account, accounts);
    }

    void tell_no_account(Position at,
                         std::string_view key,
                         const std::string& name,
                         const std::map<std::string, Account>& accounts) {
        const std::string near = base::nearest(name, names_of(accounts));
        tell(at,
             key,
             fmt::format("there is no [account.{}]{}",
                         base::to_valid_utf8(base::shorten(name, 64)),
                         near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
    }

    void read_auth() {
        const std::string auth = text_of(table_, "auth").value_or("auto");
        if (auth == "oauth") {
            source_.auth = AuthChoice::oauth;
        } else if (auth == "ntlm") {
            source_.auth = AuthChoice::ntlm;
        } else if (auth == "negotiate") {
            source_.auth = AuthChoice::negotiate;
        } else if (auth == "basic") {
            source_.auth = AuthChoice::basic;
        }
    }

    void read_user_agent() {
        const std::string agent = text_of(table_, "user_agent").value_or("");
        const bool plain = std::all_of(agent.begin(), agent.end(), [](char c) { return c >= ' ' && c < '\x7F'; });
        if (!plain || agent.size() > 512 || base::trim(agent) != agent) {
            tell(place_of(table_, "user_agent"),
                 "user_agent",
                 "expected at most 512 printable ASCII characters without blanks around them");
        }
        source_.user_agent = agent.empty() ? our_user_agent() : agent;
    }

    /// After the doors: an address literal has one version only.
    void read_ip_version() {
        const std::string version = text_of(table_, "ip_version").value_or("auto");
        source_.ip_version = version == "4" ? IpVersion::v4 : version == "6" ? IpVersion::v6 : IpVersion::automatic;
        if (source_.ip_version == IpVersion::automatic) {
            return;
        }
        std::vector<std::string> hosts;
        if (source_.proxy) {
            hosts.push_back(source_.proxy->host); // the source's own are dialed by the proxy
        } else {
            for (const auto& door : {source_.ews, source_.owa}) {
                if (door) {
                    hosts.push_back(door->host);
                }
            }
        }
        for (const std::string& host : hosts) {
            const auto literal = literal_version(host);
            if (literal && *literal != source_.ip_version) {
                tell(place_of(table_, "ip_version"),
                     "ip_version",
                     fmt::format("{} is an IPv{} address: leave ip_version out, or write a name",
                                 host,
                                 *literal == IpVersion::v6 ? 6 : 4));
                return;
            }
        }
    }

    void read_proxy(const std::map<std::string, Account>& accounts) {
        if (const auto text = text_of(table_, "proxy"); text && !text->empty()) {
            auto proxy = parse_proxy(*text);
            if (proxy) {
                source_.proxy = ProxyAddress{proxy->host, proxy->port};
            } else {
                tell(place_of(table_, "proxy"), "proxy", proxy.error().message());
            }
        }
        source_.proxy_account = text_of(table_, "proxy_account").value_or("");
        if (source_.proxy_account.empty()) {
            return;
        }
        const Position at = place_of(table_, "proxy_account");
        const auto account = accounts.find(source_.proxy_account);
        if (account == accounts.end()) {
            tell_no_account(at, "proxy_account", source_.proxy_account, accounts);
        } else if (!account->second.password) {
            tell(at, "proxy_account", "Basic, which is all that a proxy is logged in to with, needs a password");
        }
        if (table_.find("proxy") == nullptr) {
            tell(at, "proxy_account", "there is no proxy to log in to: add proxy = \"http://HOST:PORT\"");
        }
    }

    void read_maintenance() {
        for (const PlacedText& item : texts_of(table_, "maintenance")) {
            auto maintenance = parse_maintenance(item.text);
            if (maintenance) {
                source_.maintenance.push_back(*std::move(maintenance));
            } else {
                tell(item.position, "maintenance", maintenance.error().message());
            }
        }
    }

    void read_must_not_open() {
        for (const PlacedText& item : texts_of(table_, "must_not_open")) {
            auto address = parse_address(item.text);
            if (address) {
                source_.must_not_open.push_back(*std::move(address));
            } else {
                tell(item.position, "must_not_open", address.error().message());
            }
        }
    }

    void read_tls(const Node& tls) {
        source_.tls.ca_file = resolved(context_.folder, text_of(tls, "ca_file").value_or(""));
        if (const std::string name = text_of(tls, "server_name").value_or(""); !name.empty()) {
            auto host = parse_host(name);
            if (host) {
                source_.tls.server_name = *std::move(host);
            } else {
                tell(place_of(tls, "server_name"), "tls.server_name", host.error().message());
            }
        }
        for (const PlacedText& item : texts_of(tls, "legacy")) {
            if (const auto weakness = core::tls_weakness_named(item.text)) { // the schema refuses other words
                source_.tls.legacy.insert(*weakness);
            }
        }
        for (const PlacedText& item : texts_of(tls, "pin_sha256")) {
            std::string pin = base::to_lower(item.text);
            std::erase(pin, ':');
            const bool hex = pin.find_first_not_of("0123456789abcdef") == std::string::npos;
            if (hex && pin.size() == 64) {
                source_.tls.pin_sha256.push_back(std::move(pin));
            } else {
                tell(item.position,
                     "tls.pin_sha256",
                     "expected 64 hex digits, colons allowed, as `openssl x509 -noout -fingerprint -sha256` prints "
                     "them");
            }
        }
    }

    void read_limits(const Node& table) {
        Limits& limits = source_.limits;
        limits.lanes = integer_of(table, "lanes").value_or(limits.lanes);
        limits.requests_per_second = number_of(table, "requests_per_second").value_or(limits.requests_per_second);
        limits.request_timeout = duration_of(table, "request_timeout").value_or(limits.request_timeout);
        for (const PlacedText& item : texts_of(table, "quiet")) {
            auto quiet = parse_quiet_time(item.text);
            if (quiet) {
                limits.quiet.push_back(*std::move(quiet));
            } else {
                tell(item.position, "limits.quiet", quiet.error().message());
            }
        }
        if (limits.requests_per_second > requests_without_warning) {
            problems_.warning(place_of(table, "requests_per_second"),
                              fmt::format("{}.limits.requests_per_second: {:g} requests a second are a load that the "
                                          "source's administrator should know of",
                                          path_,
                                          limits.requests_per_second));
        }
        if (limits.lanes > lanes_without_warning) {
            problems_.warning(
                place_of(table, "lanes"),
                fmt::format("{}.limits.lanes: {} connections at a time are more than Exchange's throttling "
                            "policies commonly bear; 2 to {} are usual",
                            path_,
                            limits.lanes,
                            lanes_without_warning));
        }
    }

    const Node& table_;
    const BuildContext& context_;
    Problems& problems_;
    std::string path_;
    Source source_;
};

} // namespace

void build_sources(const Node& document, const BuildContext& context, Config& config, Problems& problems) {
    for (const auto& [name, table] : named_tables(document, "source")) {
        config.sources.emplace(name, SourceBuilder(name, *table, context, problems).build(config.accounts));
    }
    if (document.find("source") == nullptr) {
        problems.warning({}, "there is no [source.NAME]: nothing will be checked");
    }
}

} // namespace mailpreflight::config
