#include "base/text.hpp"
#include "config/account_name.hpp"
#include "config/build.hpp"
#include "config/checked_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::config {

namespace {

std::size_t count(std::string_view text, char c) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

/// What is wrong with a user name, or nothing (owa-and-auth.md 6.1, 6.3).
std::string fault_of_username(std::string_view name) {
    const bool control = std::any_of(
        name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
    if (control) {
        return "it holds a control character: in double quotes TOML takes a backslash for an escape; write it in "
               "single "
               "quotes, 'CONTOSO\\migadmin'";
    }
    if (base::trim(name) != name) {
        return "it has blanks around it";
    }
    if (name.size() > 256) {
        return "it is longer than 256 bytes";
    }
    if (name.find(':') != std::string_view::npos) {
        return "it has a colon, which Basic authentication cannot carry";
    }
    if (count(name, '\\') > 1 || name.front() == '\\' || name.back() == '\\') {
        return "expected DOMAIN\\user, user@domain or user";
    }
    if (count(name, '@') > 1 || name.front() == '@' || name.back() == '@') {
        return "expected DOMAIN\\user, user@domain or user";
    }
    return {};
}

/// "dc1.contoso.example", "dc1.contoso.example:1088", "[2001:db8::1]:88"
bool is_kdc(std::string_view text) {
    static const std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
    return !text.empty() && text.size() <= 255 && text.find_first_not_of(allowed) == std::string_view::npos;
}

/// Kerberos is tried only where a realm, a keytab or a ccache asks for it.
void build_kerberos(
    const Node& table, const std::string& path, const BuildContext& context, Account& account, Problems& problems) {
    account.keytab = build_secret(table, "keytab", path, context, problems);
    if (const Node* const ccache = table.find("ccache"); ccache != nullptr && ccache->kind == Node::Kind::table) {
        account.ccache = resolved(context.folder, text_of(*ccache, "file").value_or(""));
    }
    account.realm = text_of(table, "realm").value_or("");
    const bool small =
        std::any_of(account.realm.begin(), account.realm.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (small) {
        problems.error(place_of(table, "realm"),
                       fmt::format("{}.realm: a Kerberos realm is written in capitals: \"CONTOSO.EXAMPLE\"", path));
    }
    for (const PlacedText& kdc : texts_of(table, "kdc")) {
        if (!is_kdc(kdc.text)) {
            problems.error(kdc.position, fmt::format("{}.kdc: expected a host, or host:port", path));
        }
        account.kdcs.push_back(kdc.text);
    }
    if (!account.kdcs.empty() && !account.has_kerberos()) {
        problems.error(place_of(table, "kdc"),
                       fmt::format("{}.kdc: Kerberos is not in use without realm, keytab or ccache", path));
    }
}

/// An account logs in with one thing: two could be tried one after the other.
void check_means(const Node& table, const std::string& path, const Account& account, Problems& problems) {
    const int means = (table.find("password") != nullptr ? 1 : 0) + (table.find("keytab") != nullptr ? 1 : 0) +
                      (table.find("ccache") != nullptr ? 1 : 0) + (table.find("oauth") != nullptr ? 1 : 0);
    if (means == 0) {
        problems.error(table.position,
                       fmt::format("{}: expected password, keytab, ccache or oauth, for example password = {{ file = "
                                   "\"/etc/mailpreflight/{}\" }}",
                                   path,
                                   account.name));
    } else if (means > 1) {
        problems.error(table.position,
                       fmt::format("{}: expected one of password, keytab, ccache and oauth, not several", path));
    }
}

/// One application, one account: requests are counted for each.
void tell_if_shared(const Account& account,
                    const Node& table,
                    const std::string& path,
                    std::map<std::string, std::string>& applications,
                    Problems& problems) {
    if (!account.oauth || account.oauth->client_id.empty()) {
        return;
    }
    const std::string application = base::to_lower(account.oauth->tenant + " " + account.oauth->client_id);
    const auto [owner, is_new] = applications.emplace(application, account.name);
    if (!is_new) {
        problems.error(place_of(*table.find("oauth"), "client_id"),
                       fmt::format("{}.oauth.client_id: [account.{}] is this application already; token requests are "
                                   "counted per account, so write each down once",
                                   path,
                                   owner->second));
    }
}

/// The guard counts per account, the directory per person: each person is written down once.
void check_person(
    const Node& table, const std::string& path, const Account& account, const Config& config, Problems& problems) {
    for (const auto& [name, other] : config.accounts) {
        const Likeness alike = likeness(account, other);
        if (alike == Likeness::none || account.username.empty()) {
            continue;
        }
        const bool by_upn = alike == Likeness::same && !account.upn.empty() &&
                            base::to_lower(account.username) != base::to_lower(other.username) &&
                            base::to_lower(account.username) != base::to_lower(other.upn);
        const char* const key = by_upn ? "upn" : "username";
        if (alike == Likeness::same) {
            problems.error(place_of(table, key),
                           fmt::format("{}.{}: [account.{}] has this name already; the guard against lock-out counts "
                                       "per account, so write each identity down once",
                                       path,
                                       key,
                                       name));
            continue;
        }
        const std::string text = fmt::format(
            "{}.username: this {} the person of [account.{}] ({}); the guard against lock-out counts per account, so "
            "write each person down once, with username and upn. If they are two, give both accounts their upn",
            path,
            alike == Likeness::likely ? "seems to be" : "may be",
            name,
            other.username);
        if (alike == Likeness::likely) {
            problems.error(place_of(table, key), text);
        } else {
            problems.warning(place_of(table, key), text);
        }
    }
}

} // namespace

std::optional<SecretReference> build_secret(const Node& account,
                                            std::string_view key,
                                            const std::string& account_path,
                                            const BuildContext& context,
                                            Problems& problems) {
    const Node* table = account.find(key);
    if (table == nullptr || table->kind != Node::Kind::table) {
        return std::nullopt; // told by the schema
    }
    const std::string path = fmt::format("{}.{}", account_path, key);
    SecretReference reference;
    const auto credential = text_of(*table, "credential");
    const auto file = text_of(*table, "file");
    const bool has_credential = table->find("credential") != nullptr;
    const bool has_file = table->find("file") != nullptr;
    if (has_credential == has_file) {
        problems.error(table->position,
                       fmt::format("{}: expected {{ file = \"/path\" }} or {{ credential = \"NAME\" }}{}",
                                   path,
                                   has_file ? ", not both" : ""));
    } else if (credential && !credential->empty()) {
        reference = {SecretReference::Kind::credential, *credential};
        if (!is_credential_name(*credential)) {
            // Not shown: it looks like somebody wrote the password itself.
            problems.error(
                place_of(*table, "credential"),
                fmt::format("{}.credential: expected the name of a systemd credential (letters, digits, . - _), "
                            "never the text of a password",
                            path));
        }
    } else if (file) {
        reference = {SecretReference::Kind::file, resolved(context.folder, *file)};
    }
    return reference;
}

void build_accounts(const Node& document, const BuildContext& context, Config& config, Problems& problems) {
    std::map<std::string, std::string> applications;
    for (const auto& [name, table] : named_tables(document, "account")) {
        Account account{.name = name};
        account.username = text_of(*table, "username").value_or("");
        account.upn = text_of(*table, "upn").value_or("");
        const std::string path = "account." + name;
        if (!account.username.empty()) {
            if (const std::string fault = fault_of_username(account.username); !fault.empty()) {
                problems.error(place_of(*table, "username"), fmt::format("{}.username: {}", path, fault));
            }
        }
        if (!account.upn.empty()) {
            const std::string fault = fault_of_username(account.upn);
            if (!fault.empty() || count(account.upn, '@') != 1 || count(account.upn, '\\') != 0) {
                problems.error(place_of(*table, "upn"), fmt::format("{}.upn: expected user@domain", path));
            }
        }
        account.password = build_secret(*table, "password", path, context, problems);
        build_kerberos(*table, path, context, account, problems);
        account.oauth = build_oauth(*table, path, context, problems);
        if (table->find("username") == nullptr && table->find("oauth") == nullptr) {
            problems.error(
                table->position,
                fmt::format("[{}] lacks \"username\": `DOMAIN\\user`, `user@domain` or `user`, as the server "
                            "expects it",
                            path));
        }
        tell_if_shared(account, *table, path, applications, problems);
        check_means(*table, path, account, problems);
        check_person(*table, path, account, config, problems);
        account.lockout_threshold = integer_of(*table, "lockout_threshold");
        account.lockout_window = duration_of(*table, "lockout_window").value_or(account.lockout_window);
        account.password_expires = date_of(*table, "password_expires");
        if (account.password_expires && context.now && *account.password_expires < *context.now) {
            problems.warning(place_of(*table, "password_expires"),
                             fmt::format("{}.password_expires: this day has passed", path));
        }
        account.ldap = build_ldap(*table, path, context, problems);
        config.accounts.emplace(name, std::move(account));
    }
    check_readers(document, config, problems);
}

} // namespace mailpreflight::config
