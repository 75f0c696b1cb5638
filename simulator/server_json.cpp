#include "simulator/server_json.hpp"

#include "simulator/front_door.hpp"
#include "simulator/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailpreflight::simulator {

namespace {

constexpr std::array<std::pair<ExtendedProtection, std::string_view>, 3> protections = {{
    {ExtendedProtection::off, "off"},
    {ExtendedProtection::allow, "allow"},
    {ExtendedProtection::require, "require"},
}};

constexpr std::array<std::pair<CertificateChoice, std::string_view>, 4> certificates = {{
    {CertificateChoice::good, "good"},
    {CertificateChoice::expired, "expired"},
    {CertificateChoice::self_signed, "self_signed"},
    {CertificateChoice::wrong_name, "wrong_name"},
}};

constexpr std::array<std::string_view, 3> logon_formats = {"FullDomain", "PrincipalName", "UserName"};
constexpr std::array<std::string_view, 3> logon_pages = {"form", "script", "frame"};

template <std::size_t Count>
void read_word(JsonObject& object,
               const std::string& key,
               const std::array<std::string_view, Count>& words,
               std::string& target) {
    std::string given = target;
    object.read(key, given);
    if (given != target && !given.empty() && std::ranges::find(words, given) == words.end()) {
        throw std::runtime_error("server." + key + " is unknown: " + given);
    }
    target = given;
}

template <typename Table, typename Value>
Json named(const Table& table, Value value) {
    for (const auto& [entry, name] : table) {
        if (entry == value) {
            return Json::string(std::string(name));
        }
    }
    return Json::null();
}

template <typename Table, typename Value>
void read_named(JsonObject& object, const std::string& key, const Table& table, Value& target) {
    std::string given;
    object.read(key, given);
    if (given.empty()) {
        return;
    }
    std::string names;
    for (const auto& [entry, name] : table) {
        if (name == given) {
            target = entry;
            return;
        }
        names += (names.empty() ? "" : ", ") + std::string(name);
    }
    throw std::runtime_error("server." + key + " is none of " + names + ": " + given);
}

Json number(std::int64_t value) {
    return Json::number(value);
}

} // namespace

Json server_to_json(const ServerSettings& server) {
    Json back_ends = Json::object(true);
    for (const auto& [database, name] : server.back_ends) {
        back_ends[database] = Json::string(name);
    }
    Json json = Json::object(true);
    json["version"] = Json::string(server.version.name);
    json["front_ends"] = to_json(server.front_ends);
    json["back_ends"] = back_ends;
    json["back_end"] = Json::string(server.back_end);
    json["dns_suffix"] = Json::string(server.dns_suffix);
    json["certificate"] = named(certificates, server.certificate);
    json["extended_protection"] = named(protections, server.extended_protection);
    json["offers"] = to_json(server.offers);
    json["basic_realm"] = Json::string(server.basic_realm);
    json["lockout_body"] = Json::boolean(server.lockout_body);
    json["ews_enabled"] = Json::boolean(server.ews_enabled);
    json["blocked_user_agents"] = to_json(server.blocked_user_agents);
    json["allowed_user_agents"] = to_json(server.allowed_user_agents);
    json["disabled_blocks_impersonation"] = Json::boolean(server.disabled_blocks_impersonation);
    json["accept_alias_as_primary"] = Json::boolean(server.accept_alias_as_primary);
    json["resolve_needs_mailbox"] = Json::boolean(server.resolve_needs_mailbox);
    json["max_mailboxes_per_request"] = number(server.max_mailboxes_per_request);
    json["max_concurrency"] = number(server.max_concurrency);
    json["forms"] = Json::boolean(server.forms);
    json["owa_offers"] = to_json(server.owa_offers);
    json["explicit_logon_enabled"] = Json::boolean(server.explicit_logon_enabled);
    json["change_expired_password"] = Json::boolean(server.change_expired_password);
    json["shell_before_access"] = Json::boolean(server.shell_before_access);
    json["sessiondata_needs_canary"] = Json::boolean(server.sessiondata_needs_canary);
    json["logon_format"] = Json::string(server.logon_format);
    json["logon_page"] = Json::string(server.logon_page);
    json["logon_status"] = number(server.logon_status);
    json["form_reason"] = number(server.form_reason);
    json["form_ignored"] = Json::boolean(server.form_ignored);
    json["form_unchecked"] = Json::boolean(server.form_unchecked);
    json["form_in_ansi"] = Json::boolean(server.form_in_ansi);
    json["session_lost"] = Json::boolean(server.session_lost);
    json["cafe_error"] = Json::string(server.cafe_error);
    json["cross_site_host"] = Json::string(server.cross_site_host);
    json["webdav"] = Json::boolean(server.webdav);
    json["exchange_forms"] = Json::boolean(server.exchange_forms);
    json["front_door"] = Json::string(server.front_door);
    json["front_door_paths"] = to_json(server.front_door_paths);
    json["target_owa_url"] = Json::string(server.target_owa_url);
    json["cookie_lifetime_seconds"] = number(server.cookie_lifetime.count());
    json["idle_timeout_seconds"] = number(server.idle_timeout.count());
    return json;
}

void read_server(ServerSettings& server, const Json& json) {
    JsonObject object(json, "server");
    std::string version;
    object.read("version", version);
    if (!version.empty()) {
        const auto known = find_version_profile(version);
        if (!known) {
            throw std::runtime_error(
                "server.version is none of 2003, 2007sp1, 2010sp2, 2013, 2016, 2019, se, online: " + version);
        }
        server.version = *known;
    }
    object.read("front_ends", server.front_ends);
    if (server.front_ends.empty()) {
        throw std::runtime_error("server.front_ends must name at least one");
    }
    if (const Json* back_ends = object.find("back_ends")) {
        if (!back_ends->is_object()) {
            throw std::runtime_error("server.back_ends must be an object");
        }
        server.back_ends.clear();
        for (const auto& [database, name] : back_ends->as_object()) {
            if (!name.is_string()) {
                throw std::runtime_error("server.back_ends." + database + " must be a string");
            }
            server.back_ends[database] = name.as_string();
        }
    }
    object.read("back_end", server.back_end);
    object.read("dns_suffix", server.dns_suffix);
    read_named(object, "certificate", certificates, server.certificate);
    read_named(object, "extended_protection", protections, server.extended_protection);
    object.read("offers", server.offers);
    object.read("basic_realm", server.basic_realm);
    object.read("lockout_body", server.lockout_body);
    object.read("ews_enabled", server.ews_enabled);
    object.read("blocked_user_agents", server.blocked_user_agents);
    object.read("allowed_user_agents", server.allowed_user_agents);
    object.read("disabled_blocks_impersonation", server.disabled_blocks_impersonation);
    object.read("accept_alias_as_primary", server.accept_alias_as_primary);
    object.read("resolve_needs_mailbox", server.resolve_needs_mailbox);
    object.read("max_mailboxes_per_request", server.max_mailboxes_per_request);
    object.read("max_concurrency", server.max_concurrency);
    object.read("forms", server.forms);
    object.read("owa_offers", server.owa_offers);
    object.read("explicit_logon_enabled", server.explicit_logon_enabled);
    object.read("change_expired_password", server.change_expired_password);
    object.read("shell_before_access", server.shell_before_access);
    object.read("sessiondata_needs_canary", server.sessiondata_needs_canary);
    read_word(object, "logon_format", logon_formats, server.logon_format);
    read_word(object, "logon_page", logon_pages, server.logon_page);
    object.read("logon_status", server.logon_status);
    object.read("form_reason", server.form_reason);
    object.read("form_ignored", server.form_ignored);
    object.read("form_unchecked", server.form_unchecked);
    object.read("form_in_ansi", server.form_in_ansi);
    object.read("session_lost", server.session_lost);
    object.read("cafe_error", server.cafe_error);
    object.read("cross_site_host", server.cross_site_host);
    object.read("webdav", server.webdav);
    object.read("exchange_forms", server.exchange_forms);
    read_word(object, "front_door", front_door_names, server.front_door);
    object.read("front_door_paths", server.front_door_paths);
    object.read("target_owa_url", server.target_owa_url);
    object.read("cookie_lifetime_seconds", server.cookie_lifetime);
    object.read("idle_timeout_seconds", server.idle_timeout);
    object.finish();
}

} // namespace mailpreflight::simulator
