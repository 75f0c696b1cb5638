#include "base/text.hpp"
#include "config/build.hpp"
#include "config/checked_table.hpp"
#include "config/endpoint.hpp"

#include <fmt/format.h>

namespace mailpreflight::config {

namespace {

/// "ldaps://dc1.contoso.example", "ldap://dc1.contoso.example:1389"; the error never quotes the text.
base::Result<Ldap> parse_ldap_url(std::string_view text) {
    const auto wrong = [](std::string_view why) {
        return base::failure(base::ErrorCode::parse,
                             fmt::format("{}; expected \"ldaps://HOST\", or \"ldap://HOST\" for StartTLS", why));
    };
    Ldap ldap;
    ldap.start_tls = base::starts_with_ignoring_case(text, "ldap://");
    if (!ldap.start_tls && !base::starts_with_ignoring_case(text, "ldaps://")) {
        return wrong("this is no LDAP URL");
    }
    // The rest is judged as that of a web address: neither user nor query, a host, a port.
    auto url = parse_endpoint("https://" + std::string(text.substr(text.find("//") + 2)));
    if (!url) {
        return wrong(url.error().message());
    }
    if (url->path != "/") {
        return wrong("a path has no meaning here: the place to search is base");
    }
    const std::string_view authority = text.substr(text.find("//") + 2);
    const std::size_t bracket = authority.rfind(']');
    const bool has_port =
        authority.find(':', bracket == std::string_view::npos ? 0 : bracket) != std::string_view::npos;
    ldap.host = std::move(url->host);
    ldap.port = has_port ? url->port : ldap.start_tls ? 389 : 636;
    return ldap;
}

} // namespace

std::optional<Ldap>
build_ldap(const Node& account, const std::string& account_path, const BuildContext& context, Problems& problems) {
    const Node* const table = account.find("ldap");
    if (table == nullptr || table->kind != Node::Kind::table) {
        return std::nullopt; // told by the schema
    }
    const std::string path = account_path + ".ldap";
    const auto written = text_of(*table, "url");
    if (!written || written->empty()) {
        return std::nullopt;
    }
    auto ldap = parse_ldap_url(*written);
    if (!ldap) {
        problems.error(place_of(*table, "url"), fmt::format("{}.url: {}", path, ldap.error().message()));
        return std::nullopt;
    }
    ldap->base = text_of(*table, "base").value_or("");
    if (!ldap->base.empty() && ldap->base.find('=') == std::string::npos) {
        problems.error(place_of(*table, "base"),
                       fmt::format("{}.base: expected a distinguished name, such as \"DC=contoso,DC=example\"", path));
    }
    ldap->account = text_of(*table, "account").value_or("");
    ldap->ca_file = resolved(context.folder, text_of(*table, "ca_file").value_or(""));
    if (const std::string name = text_of(*table, "server_name").value_or(""); !name.empty()) {
        auto host = parse_host(name);
        if (host) {
            ldap->server_name = *std::move(host);
        } else {
            problems.error(place_of(*table, "server_name"),
                           fmt::format("{}.server_name: {}", path, host.error().message()));
        }
    }
    return *std::move(ldap);
}

void check_readers(const Node& document, const Config& config, Problems& problems) {
    for (const auto& [name, table] : named_tables(document, "account")) {
        const auto found = config.accounts.find(name);
        if (found == config.accounts.end() || !found->second.ldap || found->second.ldap->account.empty()) {
            continue;
        }
        const std::string& reader = found->second.ldap->account;
        const Position place = place_of(*table->find("ldap"), "account");
        const std::string path = fmt::format("account.{}.ldap.account", name);
        const auto other = config.accounts.find(reader);
        if (reader == name) {
            problems.error(place,
                           fmt::format("{}: expected another account: this one, when it is locked or its password has "
                                       "expired, could not tell so",
                                       path));
        } else if (other == config.accounts.end()) {
            problems.error(place,
                           fmt::format("{}: there is no [account.{}]; write the account that reads in the directory "
                                       "down as one of its own, with username and password",
                                       path,
                                       base::to_valid_utf8(base::shorten(reader, 64))));
        } else if (!other->second.password) {
            problems.error(
                place,
                fmt::format("{}: [account.{}] has no password, and the directory is read with one", path, reader));
        }
    }
}

} // namespace mailpreflight::config
