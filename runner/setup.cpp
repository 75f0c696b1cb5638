#include "runner/setup.hpp"

#include "base/text.hpp"
#include "config/account_name.hpp"
#include "config/password_list.hpp"
#include "config/secret_file.hpp"
#include "directory/filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace mailpreflight::runner {

namespace {

/// Of an application, within the lockout window, before it counts as lost.
constexpr int unanswered_token_requests = 8;

std::chrono::milliseconds in_milliseconds(base::Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

net::IpVersion ip_version_of(config::IpVersion version) {
    switch (version) {
    case config::IpVersion::automatic:
        return net::IpVersion::any;
    case config::IpVersion::v4:
        return net::IpVersion::v4;
    case config::IpVersion::v6:
        return net::IpVersion::v6;
    }
    return net::IpVersion::any;
}

net::Target target_of(const config::EndpointUrl& url, const config::Source& source) {
    const config::Tls& tls = source.tls;
    return {url.host,
            url.port,
            {tls.ca_file, tls.server_name, tls.pin_sha256, tls.legacy},
            ip_version_of(source.ip_version)};
}

http::Scheme scheme_of(config::AuthChoice choice) {
    switch (choice) {
    case config::AuthChoice::automatic:
        return http::Scheme::automatic;
    case config::AuthChoice::oauth:
        return http::Scheme::oauth;
    case config::AuthChoice::negotiate:
        return http::Scheme::negotiate;
    case config::AuthChoice::ntlm:
        return http::Scheme::ntlm;
    case config::AuthChoice::basic:
        return http::Scheme::basic;
    }
    return http::Scheme::automatic;
}

std::shared_ptr<http::Kerberos> kerberos_of(const config::Account& account) {
    if (!account.has_kerberos()) {
        return nullptr;
    }
    using From = http::KerberosSettings::From;
    http::KerberosSettings settings;
    settings.from = account.keytab ? From::keytab : account.ccache ? From::ccache : From::password;
    settings.principal = config::principal_of(account);
    settings.ccache_file = account.ccache.value_or("");
    for (const std::string& kdc : account.kdcs) {
        settings.kdcs.push_back(net::kdc_named(kdc));
    }
    return std::make_shared<http::Kerberos>(std::move(settings));
}

http::OAuthSettings oauth_settings_of(const config::OAuth& oauth) {
    using From = http::OAuthSettings::From;
    http::OAuthSettings settings;
    settings.from = oauth.token ? From::file : oauth.certificate ? From::certificate : From::secret;
    settings.token_url = {
        "https", oauth.authority.host, oauth.authority.port, "/" + oauth.tenant + "/oauth2/v2.0/token"};
    settings.client_id = oauth.client_id;
    settings.algorithm = oauth.rs256 ? http::AssertionAlgorithm::rs256 : http::AssertionAlgorithm::ps256;
    settings.ca_file = oauth.ca_file;
    return settings;
}

/// What the guard knows the application by: whatever of it changes makes another presentation of it. Of a token file
/// nothing but its place: its token changes all the time, and to show it is no presentation.
base::Secret presented_by(const config::OAuth& oauth, const base::Secret& secret, std::string_view certificate) {
    std::string text =
        oauth.token ? oauth.token->value
                    : oauth.authority.text() + '\n' + oauth.tenant + '\n' + oauth.client_id + '\n' + oauth.scope + '\n';
    text.append(certificate);
    // A string that grows leaves its content behind.
    std::vector<char> bytes;
    secret.expose_to([&](std::string_view content) {
        bytes.reserve(text.size() + content.size());
        bytes.insert(bytes.end(), text.begin(), text.end());
        bytes.insert(bytes.end(), content.begin(), content.end());
    });
    return base::Secret::take(std::move(bytes));
}

base::Result<http::Identity> oauth_identity(const config::Account& account,
                                            const std::filesystem::path& credentials_directory,
                                            const Fingerprint& fingerprint,
                                            const LoadedAccount* before) {
    const config::OAuth& oauth = *account.oauth;
    http::Identity identity{.account = account.name, .username = account.username};
    base::Secret secret;
    std::string certificate_pem;
    std::optional<http::ClientCertificate> certificate;
    if (oauth.client_secret) {
        auto loaded = config::load_secret(*oauth.client_secret, credentials_directory);
        if (!loaded) {
            return base::failure(loaded.error());
        }
        secret = std::move(*loaded);
    } else if (oauth.certificate) {
        auto key = config::load_pem(*oauth.key, credentials_directory);
        if (!key) {
            return base::failure(key.error());
        }
        const auto pem = config::load_pem(*oauth.certificate, credentials_directory);
        if (!pem) {
            return base::failure(pem.error());
        }
        certificate_pem = pem->expose_to([](std::string_view text) { return std::string(text); });
        auto read = http::ClientCertificate::read(certificate_pem, *key);
        if (!read) {
            return base::failure(read.error().wrap("cannot use the certificate of account", account.name));
        }
        certificate = std::move(*read);
        secret = std::move(*key);
    }
    auto print = fingerprint(account.name, presented_by(oauth, secret, certificate_pem));
    base::wipe(certificate_pem); // it may hold the key, too
    if (!print) {
        return base::failure(print.error());
    }
    identity.fingerprint = std::move(*print);
    const http::OAuthSettings settings = oauth_settings_of(oauth);
    const bool same = before != nullptr && before->identity && before->identity->oauth &&
                      before->identity->fingerprint == identity.fingerprint &&
                      before->identity->oauth->settings() == settings;
    if (same) {
        identity.oauth = before->identity->oauth; // with its tokens, and when it last asked for one
    } else {
        http::ReadToken read_token;
        if (oauth.token) {
            read_token = [reference = *oauth.token, credentials_directory] {
                return config::load_secret(reference, credentials_directory);
            };
        }
        identity.oauth = std::make_shared<http::OAuth>(settings, std::move(certificate), std::move(read_token));
    }
    if (oauth.client_secret) {
        identity.client_secret = std::move(secret);
    }
    return identity;
}

LoadedAccount load_account(const config::Account& account,
                           const std::filesystem::path& credentials_directory,
                           const Fingerprint& fingerprint,
                           const LoadedAccount* before) {
    if (account.oauth) {
        auto application = oauth_identity(account, credentials_directory, fingerprint, before);
        if (!application) {
            return {nullptr, application.error().message()};
        }
        return {std::make_shared<const http::Identity>(std::move(*application)), {}};
    }
    http::Identity identity{.account = account.name, .username = account.username};
    // Of a ccache nothing is fingerprinted: it changes with each ticket, and to show tickets is no presentation.
    base::Result<base::Secret> secret = base::Secret(account.ccache.value_or(""));
    if (account.password) {
        secret = config::load_secret(*account.password, credentials_directory);
    } else if (account.keytab) {
        secret = config::load_keytab(*account.keytab, credentials_directory);
    }
    if (!secret) {
        return {nullptr, secret.error().message()};
    }
    auto print = fingerprint(account.name, *secret);
    if (!print) {
        return {nullptr, print.error().message()};
    }
    identity.fingerprint = std::move(*print);
    if (account.password) {
        identity.password = std::move(*secret);
    } else if (account.keytab) {
        identity.keytab = std::move(*secret);
    }
    identity.kerberos = kerberos_of(account);
    return {std::make_shared<const http::Identity>(std::move(identity)), {}};
}

http::Proxy proxy_of(const config::Source& source, const std::map<std::string, LoadedAccount>& accounts) {
    http::Proxy proxy;
    proxy.host = source.proxy->host;
    proxy.port = source.proxy->port;
    proxy.ip_version = ip_version_of(source.ip_version);
    proxy.user_agent = source.user_agent;
    if (!source.proxy_account.empty()) {
        const LoadedAccount& account = accounts.at(source.proxy_account);
        proxy.has_login = true;
        proxy.identity = account.identity;
        proxy.identity_problem = account.problem;
    }
    return proxy;
}

/// Where the account's state is read, and the secret of whom.
std::shared_ptr<const directory::Settings> directory_of(const config::Account& account,
                                                        const config::Config& config,
                                                        const std::map<std::string, LoadedAccount>& accounts) {
    if (!account.ldap) {
        return nullptr;
    }
    const config::Ldap& ldap = *account.ldap;
    directory::Settings settings;
    settings.server = {ldap.host, ldap.port, {}};
    settings.server.tls.ca_file = ldap.ca_file;
    settings.server.tls.server_name = ldap.server_name;
    settings.start_tls = ldap.start_tls;
    settings.base = ldap.base;
    settings.filter = directory::filter_for(account.username, ldap.base);
    settings.lockout_window = account.lockout_window;
    const LoadedAccount& reader = accounts.at(ldap.account);
    settings.reader_problem = fmt::format("account {}: {}", ldap.account, reader.problem);
    if (reader.identity) {
        settings.reader =
            std::make_shared<const directory::Reader>(directory::Reader{ldap.account,
                                                                        config.accounts.at(ldap.account).username,
                                                                        reader.identity->password.clone(),
                                                                        reader.identity->fingerprint});
    }
    return std::make_shared<const directory::Settings>(std::move(settings));
}

checks::SourceEndpoints
endpoints_of(const config::Source& source, const config::Account& declared, const LoadedAccount& account) {
    checks::SourceEndpoints endpoints;
    endpoints.source = source.name;
    if (declared.password_expires) {
        endpoints.password_expires = *declared.password_expires;
    }
    if (declared.oauth) {
        if (declared.oauth->secret_expires) {
            endpoints.password_expires = *declared.oauth->secret_expires;
        }
        endpoints.token_scope = declared.oauth->scope;
        if (endpoints.token_scope.empty() && source.ews) {
            endpoints.token_scope = http::to_text({"https", source.ews->host, source.ews->port, "/.default"});
        }
    }
    if (source.ews) {
        endpoints.ews = target_of(*source.ews, source);
        endpoints.ews_path = source.ews->path;
    }
    // What the operator wrote is what the migration tool will use: /exchange is tried as /exchange.
    // A form wants a password; /exchange may want none.
    const bool has_form = source.exchange || !account.identity || account.identity->means().password;
    if (const auto& door = source.exchange ? source.exchange : source.owa; door && has_form) {
        endpoints.owa = target_of(*door, source);
        endpoints.owa_path = door->path;
    }
    endpoints.posts_to_tmg = source.owa_front_door == "tmg";
    endpoints.user_agent = source.user_agent;
    if (source.has_own_user_agent()) {
        endpoints.own_user_agent = config::our_user_agent();
    }
    endpoints.scheme = scheme_of(source.auth);
    endpoints.identity = account.identity;
    endpoints.identity_problem = account.problem;
    endpoints.request_timeout = in_milliseconds(source.limits.request_timeout);
    return endpoints;
}

std::vector<std::string> destinations_of(const config::Config& config, const std::string& source) {
    std::set<std::string> destinations;
    for (const core::Batch& batch : config.batches) {
        if (batch.source == source) {
            destinations.insert(batch.destination);
        }
    }
    return {destinations.begin(), destinations.end()};
}

} // namespace

std::map<std::string, LoadedAccount> load_accounts(const config::Config& config,
                                                   const std::filesystem::path& credentials_directory,
                                                   const Fingerprint& fingerprint,
                                                   const std::map<std::string, LoadedAccount>& before) {
    std::map<std::string, LoadedAccount> accounts;
    for (const auto& [name, account] : config.accounts) {
        const auto old = before.find(name);
        accounts.emplace(
            name,
            load_account(account, credentials_directory, fingerprint, old == before.end() ? nullptr : &old->second));
    }
    return accounts;
}

namespace {

checks::OwnLogin own_login(config::IndividualPassword entry, const Fingerprint& fingerprint) {
    checks::OwnLogin login{.account = config::own_login_account(entry.username),
                           .username = std::move(entry.username),
                           .password = std::move(entry.password),
                           .fingerprint = {},
                           .problem = {}};
    auto print = fingerprint(login.account, login.password);
    if (print) {
        login.fingerprint = std::move(*print);
    } else {
        login.problem = print.error().message();
    }
    return login;
}

} // namespace

OwnLoginsOfSources load_own_logins(const config::Config& config, const Fingerprint& fingerprint) {
    std::map<std::string, std::shared_ptr<checks::OwnLogins>> loaded;
    std::vector<std::pair<std::string, config::PasswordList>> rest; // a file may serve several batches
    for (const core::Batch& batch : config.batches) {
        const auto own = config.own_logins.find(batch.name);
        if (own == config.own_logins.end()) {
            continue;
        }
        auto& logins = loaded.try_emplace(batch.source, std::make_shared<checks::OwnLogins>()).first->second;
        auto list = config::load_password_list(own->second.file);
        for (const core::ListedMailbox& mailbox : batch.list.mailboxes) {
            if (!list) {
                logins->emplace(mailbox.address, checks::OwnLogin{.problem = list.error().message()});
            } else if (auto row = list->passwords.extract(mailbox.address); !row.empty()) {
                logins->insert_or_assign(mailbox.address, own_login(std::move(row.mapped()), fingerprint));
            }
        }
        if (list) {
            rest.emplace_back(batch.source, std::move(*list));
        }
    }
    for (auto& [source, list] : rest) { // of a list that is in force although a newer one was read
        for (auto& [address, entry] : list.passwords) {
            if (!loaded.at(source)->contains(address)) {
                loaded.at(source)->emplace(address, own_login(std::move(entry), fingerprint));
            }
        }
    }
    return {loaded.begin(), loaded.end()};
}

std::map<std::string, SourceSetup> source_setups(const config::Config& config,
                                                 const std::map<std::string, LoadedAccount>& accounts,
                                                 const OwnLoginsOfSources& own_logins) {
    std::map<std::string, SourceSetup> setups;
    for (const auto& [name, source] : config.sources) {
        SourceSetup setup;
        setup.endpoints = endpoints_of(source, config.accounts.at(source.account), accounts.at(source.account));
        setup.endpoints.destinations = destinations_of(config, name);
        if (const auto own = own_logins.find(name); own != own_logins.end()) {
            setup.endpoints.own_logins = own->second;
        }
        if (source.proxy) {
            setup.endpoints.proxy = proxy_of(source, accounts);
        }
        setup.endpoints.directory = directory_of(config.accounts.at(source.account), config, accounts);
        for (const core::Batch& batch : config.batches) {
            if (batch.source == name && batch.window) {
                auto& last = setup.endpoints.last_window_end;
                last = std::max(last.value_or(batch.window->end), batch.window->end);
            }
        }
        setup.lanes = source.limits.lanes;
        setup.requests_per_second = source.limits.requests_per_second;
        if (!source.limits.quiet.empty()) {
            setup.is_quiet = [limits = source.limits](base::SystemTime now) { return limits.is_quiet(now); };
        }
        setups.emplace(name, std::move(setup));
    }
    return setups;
}

std::map<std::string, core::GuardPolicy> guard_policies(const config::Config& config) {
    std::map<std::string, core::GuardPolicy> policies;
    core::GuardPolicy individual;
    individual.login_interval = config.schedule.login_interval;
    for (const auto& [name, account] : config.accounts) {
        core::GuardPolicy policy;
        if (account.oauth) {
            // Nobody locks an application out; what is lost on the way to a token endpoint waits no hour for the next.
            policy.lockout_threshold = unanswered_token_requests + 2;
        }
        policy.lockout_threshold = account.lockout_threshold.value_or(policy.lockout_threshold);
        policy.lockout_window = account.lockout_window;
        policy.login_interval = config.schedule.login_interval;
        individual.lockout_threshold = std::min(individual.lockout_threshold, policy.lockout_threshold);
        individual.lockout_window = std::max(individual.lockout_window, policy.lockout_window);
        policies.emplace(name, policy);
    }
    policies.emplace("", individual);
    return policies;
}

std::map<std::string, std::vector<std::string>> names_of_accounts(const config::Config& config) {
    std::map<std::string, std::vector<std::string>> names;
    for (const auto& [name, account] : config.accounts) {
        names.emplace(name, config::name_forms(account));
    }
    for (const auto& [batch, logins] : config.own_logins) {
        for (const auto& [address, username] : logins.usernames) {
            names.emplace(config::own_login_account(username), std::vector{base::to_lower(username)});
        }
    }
    return names;
}

core::SourceNames names_of(const config::Config& config, const std::string& source) {
    const config::Source& wanted = config.sources.at(source);
    core::SourceNames names;
    names.account = config.accounts.at(wanted.account).username;
    if (names.account.empty()) {
        names.account = wanted.account; // an application has no user name
    }
    names.account_name = wanted.account;
    names.upn = config.accounts.at(wanted.account).upn;
    names.host = wanted.ews ? wanted.ews->host : wanted.owa ? wanted.owa->host : "";
    return names;
}

} // namespace mailpreflight::runner
