#include "base/text.hpp"
#include "config/build.hpp"
#include "config/schema_check.hpp"

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

SecretReference
build_password(const Node& account, const std::string& path, const BuildContext& context, Problems& problems) {
    SecretReference reference;
    const Node* table = account.find("password");
    if (table == nullptr || table->kind != Node::Kind::table) {
        return reference; // told by the schema
    }
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

} // namespace

void build_accounts(const Node& document, const BuildContext& context, Config& config, Problems& problems) {
    std::map<std::string, std::string> owners; // every form of a name in lower case → account
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
        for (const auto& [key, form] : {std::pair("username", account.username), std::pair("upn", account.upn)}) {
            const auto [owner, is_new] = owners.emplace(base::to_lower(form), name);
            if (!form.empty() && !is_new && owner->second != name) {
                problems.error(
                    place_of(*table, key),
                    fmt::format("{}.{}: [account.{}] has this name already; the guard against lock-out counts per "
                                "account, so write each identity down once",
                                path,
                                key,
                                owner->second));
            }
        }
        account.password = build_password(*table, path + ".password", context, problems);
        account.lockout_threshold = integer_of(*table, "lockout_threshold");
        account.lockout_window = duration_of(*table, "lockout_window").value_or(account.lockout_window);
        account.password_expires = date_of(*table, "password_expires");
        if (account.password_expires && context.now && *account.password_expires < *context.now) {
            problems.warning(place_of(*table, "password_expires"),
                             fmt::format("{}.password_expires: this day has passed", path));
        }
        config.accounts.emplace(name, std::move(account));
    }
}

} // namespace mailpreflight::config
