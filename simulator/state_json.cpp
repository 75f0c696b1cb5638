#include "simulator/state_json.hpp"

#include "simulator/json_reader.hpp"
#include "simulator/server_json.hpp"
#include "simulator/text.hpp"

#include <utility>

namespace mailpreflight::simulator {

namespace {

Json text(const std::string& value) {
    return Json::string(value);
}

Json account_to_json(const Directory& directory, const Account& account, Passwords passwords, TimePoint now) {
    Json json = Json::object(true);
    json["domain"] = text(account.domain);
    json["sam"] = text(account.sam);
    json["upn"] = text(account.upn);
    json["mailbox"] = text(account.mailbox);
    json["enabled"] = Json::boolean(account.enabled);
    json["locked"] = Json::boolean(directory.is_locked(account, now));
    json["expired"] = Json::boolean(account.password_expired);
    json["must_change"] = Json::boolean(account.must_change_password);
    json["account_expired"] = Json::boolean(account.account_expired);
    if (passwords == Passwords::shown) {
        json["password"] = text(account.password);
        json["previous_passwords"] = to_json(account.previous_passwords);
    }
    return json;
}

Account account_from_json(const Json& json, const Directory& before, Directory& directory, TimePoint now) {
    JsonObject object(json, "account");
    Account account;
    object.read("domain", account.domain);
    object.read("sam", account.sam);
    object.read("upn", account.upn);
    object.read("mailbox", account.mailbox);
    object.read("enabled", account.enabled);
    object.read("expired", account.password_expired);
    object.read("must_change", account.must_change_password);
    object.read("account_expired", account.account_expired);
    if (const Account* old = before.find(account.logon_name())) {
        account.password = old->password;
        account.previous_passwords = old->previous_passwords;
    }
    object.read("password", account.password);
    object.read("previous_passwords", account.previous_passwords);
    if (object.read_bool("locked").value_or(false)) {
        directory.lock(account, now);
    }
    object.finish();
    if (account.domain.empty() || account.sam.empty()) {
        throw std::runtime_error("account needs domain and sam");
    }
    return account;
}

Json facts_to_json(const FolderFacts& facts) {
    Json json = Json::object(true);
    json["folder"] = text(facts.key);
    if (facts.items) {
        json["items"] = Json::number(*facts.items);
    }
    if (facts.unread) {
        json["unread"] = Json::number(*facts.unread);
    }
    if (facts.bytes) {
        json["bytes"] = Json::number(*facts.bytes);
    }
    if (facts.absent) {
        json["absent"] = Json::boolean(true);
    }
    return json;
}

FolderFacts facts_from_json(const Json& json) {
    JsonObject object(json, "folder");
    FolderFacts facts;
    object.read("folder", facts.key);
    object.read("absent", facts.absent);
    const auto number = [&](const std::string& key, auto& target) {
        std::int64_t value = 0;
        if (object.find(key) != nullptr) {
            object.read(key, value);
            target = static_cast<typename std::remove_reference_t<decltype(target)>::value_type>(value);
        }
    };
    number("items", facts.items);
    number("unread", facts.unread);
    number("bytes", facts.bytes);
    object.finish();
    return facts;
}

Json mailbox_to_json(const Mailbox& mailbox) {
    Json json = Json::object(true);
    json["address"] = text(mailbox.address);
    json["aliases"] = to_json(mailbox.aliases);
    json["display_name"] = text(mailbox.display_name);
    json["database"] = text(mailbox.database);
    json["state"] = text(std::string(name_of(mailbox.state)));
    json["hidden"] = Json::boolean(mailbox.hidden);
    json["never_opened"] = Json::boolean(mailbox.never_opened);
    json["upn"] = text(mailbox.upn);
    json["sid"] = text(mailbox.sid);
    json["guid"] = text(mailbox.guid);
    Json folders = Json::array();
    for (const FolderFacts& facts : mailbox.folder_facts) {
        folders[folders.size()] = facts_to_json(facts);
    }
    json["folders"] = folders;
    return json;
}

/** Applies what the object names. Returns whether it asks for a new GUID. */
bool read_mailbox(const Json& json, Mailbox& mailbox) {
    JsonObject object(json, "mailbox");
    object.read("address", mailbox.address);
    object.read("aliases", mailbox.aliases);
    object.read("display_name", mailbox.display_name);
    object.read("database", mailbox.database);
    object.read("hidden", mailbox.hidden);
    object.read("never_opened", mailbox.never_opened);
    object.read("upn", mailbox.upn);
    object.read("sid", mailbox.sid);
    object.read("guid", mailbox.guid);
    std::string state;
    object.read("state", state);
    if (!state.empty()) {
        const auto known = mailbox_state(state);
        if (!known) {
            throw std::runtime_error("mailbox.state is none of ok, disabled, moved, missing, in_transit, store_down: " +
                                     state);
        }
        mailbox.state = *known;
    }
    if (object.find("folders") != nullptr) {
        mailbox.folder_facts.clear();
        object.each("folders", [&](const Json& entry) { mailbox.folder_facts.push_back(facts_from_json(entry)); });
    }
    const bool recreate = object.read_bool("recreate").value_or(false);
    object.finish();
    if (mailbox.address.find('@') == std::string::npos) {
        throw std::runtime_error("mailbox.address must be an address");
    }
    return recreate;
}

Json rights_to_json(const Organisation& organisation) {
    Json impersonation = Json::array();
    for (const ImpersonationGrant& grant : organisation.impersonation) {
        Json json = Json::object(true);
        json["assignee"] = text(grant.assignee);
        json["all"] = Json::boolean(grant.all);
        json["databases"] = to_json(grant.databases);
        json["addresses"] = to_json(grant.addresses);
        json["domains"] = to_json(grant.domains);
        json["excluded_databases"] = to_json(grant.excluded_databases);
        json["excluded_addresses"] = to_json(grant.excluded_addresses);
        impersonation[impersonation.size()] = json;
    }
    Json full_access = Json::array();
    for (const FullAccessGrant& grant : organisation.full_access) {
        Json json = Json::object(true);
        json["account"] = text(grant.account);
        json["all"] = Json::boolean(grant.all);
        json["mailboxes"] = to_json(grant.mailboxes);
        json["databases"] = to_json(grant.databases);
        full_access[full_access.size()] = json;
    }
    Json folders = Json::array();
    for (const FolderGrant& grant : organisation.read_only_folders) {
        Json json = Json::object(true);
        json["account"] = text(grant.account);
        json["mailbox"] = text(grant.mailbox);
        json["folders"] = to_json(grant.folders);
        folders[folders.size()] = json;
    }
    Json json = Json::object(true);
    json["impersonation"] = impersonation;
    json["full_access"] = full_access;
    json["read_only_folders"] = folders;
    return json;
}

ImpersonationGrant impersonation_from_json(const Json& json) {
    JsonObject object(json, "impersonation");
    ImpersonationGrant grant;
    object.read("assignee", grant.assignee);
    object.read("databases", grant.databases);
    object.read("addresses", grant.addresses);
    object.read("domains", grant.domains);
    object.read("excluded_databases", grant.excluded_databases);
    object.read("excluded_addresses", grant.excluded_addresses);
    // Without "all", a scope means that scope, and no scope means everybody.
    grant.all = grant.databases.empty() && grant.addresses.empty() && grant.domains.empty();
    object.read("all", grant.all);
    object.finish();
    return grant;
}

void read_rights(Organisation& organisation, const Json& json) {
    JsonObject object(json, "rights");
    if (object.find("impersonation") != nullptr) {
        organisation.impersonation.clear();
        object.each("impersonation",
                    [&](const Json& entry) { organisation.impersonation.push_back(impersonation_from_json(entry)); });
    }
    if (object.find("full_access") != nullptr) {
        organisation.full_access.clear();
        object.each("full_access", [&](const Json& entry) {
            JsonObject given(entry, "full_access");
            FullAccessGrant grant;
            given.read("account", grant.account);
            given.read("all", grant.all);
            given.read("mailboxes", grant.mailboxes);
            given.read("databases", grant.databases);
            given.finish();
            organisation.full_access.push_back(std::move(grant));
        });
    }
    if (object.find("read_only_folders") != nullptr) {
        organisation.read_only_folders.clear();
        object.each("read_only_folders", [&](const Json& entry) {
            JsonObject given(entry, "read_only_folders");
            FolderGrant grant;
            given.read("account", grant.account);
            given.read("mailbox", grant.mailbox);
            given.read("folders", grant.folders);
            given.finish();
            organisation.read_only_folders.push_back(std::move(grant));
        });
    }
    object.finish();
}

void read_directory(Directory& directory, const Json& json, TimePoint now) {
    JsonObject object(json, "directory");
    object.read("default_domain", directory.default_domain);
    if (const Json* lockout = object.find("lockout")) {
        JsonObject given(*lockout, "lockout");
        given.read("threshold", directory.policy.threshold);
        given.read("window_seconds", directory.policy.window);
        given.read("duration_seconds", directory.policy.duration);
        given.finish();
    }
    if (object.find("accounts") != nullptr) {
        const Directory before = directory;
        directory.clear();
        object.each("accounts",
                    [&](const Json& entry) { directory.add(account_from_json(entry, before, directory, now)); });
    }
    object.finish();
}

Json fault_to_json(const FaultRule& rule) {
    Json json = Json::object(true);
    json["kind"] = text(std::string(name_of(rule.kind)));
    json["path"] = text(rule.path);
    json["mailbox"] = text(rule.mailbox);
    if (rule.remaining) {
        json["count"] = Json::number(*rule.remaining);
    }
    json["skip"] = Json::number(rule.skip);
    json["value"] = Json::number(rule.value);
    json["retry_after"] = Json::number(rule.retry_after);
    json["code"] = text(rule.code);
    json["text"] = text(rule.text);
    json["location"] = text(rule.location);
    json["as_message"] = Json::boolean(rule.as_message);
    json["before_auth"] = Json::boolean(rule.before_auth);
    return json;
}

FaultRule read_fault(const Json& json) {
    JsonObject object(json, "fault");
    std::string kind;
    object.read("kind", kind);
    const auto known = fault_kind(kind);
    if (!known) {
        throw std::runtime_error("fault.kind is unknown: " + kind);
    }
    FaultRule rule{.kind = *known};
    object.read("path", rule.path);
    object.read("mailbox", rule.mailbox);
    std::int64_t number = 0;
    if (object.find("count") != nullptr) {
        object.read("count", number);
        rule.remaining = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number));
    }
    number = 0;
    object.read("skip", number);
    rule.skip = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number));
    object.read("value", rule.value);
    object.read("retry_after", rule.retry_after);
    object.read("code", rule.code);
    object.read("text", rule.text);
    object.read("location", rule.location);
    object.read("as_message", rule.as_message);
    object.read("before_auth", rule.before_auth);
    object.finish();
    if (rule.kind == FaultKind::error_code && rule.code.empty()) {
        throw std::runtime_error("fault.code is needed for error_code");
    }
    return rule;
}

} // namespace

std::string state_to_json(const State& state, Passwords passwords, TimePoint now) {
    Json accounts = Json::array();
    for (const Account& account : state.directory.accounts()) {
        accounts[accounts.size()] = account_to_json(state.directory, account, passwords, now);
    }
    Json lockout = Json::object(true);
    lockout["threshold"] = Json::number(state.directory.policy.threshold);
    lockout["window_seconds"] = Json::number(state.directory.policy.window.count());
    lockout["duration_seconds"] = Json::number(state.directory.policy.duration.count());
    Json directory = Json::object(true);
    directory["default_domain"] = text(state.directory.default_domain);
    directory["lockout"] = lockout;
    directory["accounts"] = accounts;
    std::vector<Json> list;
    list.reserve(state.organisation.size());
    state.organisation.for_each([&](const Mailbox& mailbox) { list.push_back(mailbox_to_json(mailbox)); });
    Json faults = Json::array();
    for (const FaultRule& rule : state.faults.rules()) {
        faults[faults.size()] = fault_to_json(rule);
    }
    Json json = Json::object(true);
    json["server"] = server_to_json(state.server);
    json["directory"] = directory;
    json["mailboxes"] = Json::array(std::move(list));
    json["rights"] = rights_to_json(state.organisation);
    json["faults"] = faults;
    return json.serialize();
}

void state_from_json(State& state, std::string_view text_of_state, TimePoint now) {
    const Json json = parse_json(text_of_state);
    State next = state;
    JsonObject object(json, "state");
    if (const Json* server = object.find("server")) {
        read_server(next.server, *server);
    }
    if (const Json* directory = object.find("directory")) {
        read_directory(next.directory, *directory, now);
    }
    if (object.find("mailboxes") != nullptr) {
        next.organisation.clear();
        object.each("mailboxes", [&](const Json& entry) {
            Mailbox mailbox;
            read_mailbox(entry, mailbox);
            next.organisation.add(std::move(mailbox));
        });
    }
    if (const Json* rights = object.find("rights")) {
        read_rights(next.organisation, *rights);
    }
    if (object.find("faults") != nullptr) {
        next.faults.clear();
        object.each("faults", [&](const Json& entry) { next.faults.add(read_fault(entry)); });
    }
    object.finish();
    state = std::move(next);
}

void change_server(ServerSettings& server, std::string_view text_of_server) {
    ServerSettings next = server;
    read_server(next, parse_json(text_of_server));
    server = std::move(next);
}

void change_account(Directory& directory, Account& account, std::string_view text_of_account, TimePoint now) {
    const Json json = parse_json(text_of_account);
    JsonObject object(json, "account");
    std::string password = account.password;
    object.read("password", password);
    const bool changed = password != account.password;
    if (changed) {
        directory.change_password(account, std::move(password));
    }
    object.read("upn", account.upn);
    object.read("mailbox", account.mailbox);
    object.read("enabled", account.enabled);
    object.read("expired", account.password_expired);
    object.read("must_change", account.must_change_password);
    object.read("account_expired", account.account_expired);
    if (const auto locked = object.read_bool("locked")) {
        if (*locked) {
            directory.lock(account, now);
        } else {
            directory.unlock(account);
        }
    }
    object.finish();
}

void change_mailbox(Organisation& organisation, const std::string& address, std::string_view text_of_mailbox) {
    const Json json = parse_json(text_of_mailbox);
    const Mailbox* known = organisation.find_any(address);
    Mailbox mailbox = known != nullptr ? *known : Mailbox{.address = address};
    const std::string primary = mailbox.address;
    const bool recreate = read_mailbox(json, mailbox);
    mailbox.address = primary;
    organisation.add(std::move(mailbox));
    if (recreate) {
        organisation.recreate(primary);
    }
}

void change_rights(Organisation& organisation, std::string_view text_of_rights) {
    Organisation next = organisation;
    read_rights(next, parse_json(text_of_rights));
    organisation = std::move(next);
}

FaultRule fault_from_json(std::string_view text_of_fault) {
    return read_fault(parse_json(text_of_fault));
}

} // namespace mailpreflight::simulator
