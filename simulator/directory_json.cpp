#include "simulator/state_parts_json.hpp"

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
    json["password_expires"] = Json::string(account.password_expires);
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
    object.read("password_expires", account.password_expires);
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

} // namespace

Json directory_to_json(const Directory& directory, Passwords passwords, TimePoint now) {
    Json accounts = Json::array();
    for (const Account& account : directory.accounts()) {
        accounts[accounts.size()] = account_to_json(directory, account, passwords, now);
    }
    Json lockout = Json::object(true);
    lockout["threshold"] = Json::number(directory.policy.threshold);
    lockout["window_seconds"] = Json::number(directory.policy.window.count());
    lockout["duration_seconds"] = Json::number(directory.policy.duration.count());
    Json json = Json::object(true);
    json["default_domain"] = text(directory.default_domain);
    json["lockout"] = lockout;
    json["accounts"] = accounts;
    return json;
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
    object.read("password_expires", account.password_expires);
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

} // namespace mailpreflight::simulator
