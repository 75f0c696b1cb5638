#include "simulator/state_parts_json.hpp"

namespace mailpreflight::simulator {

namespace {

Json text(const std::string& value) {
    return Json::string(value);
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

} // namespace

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

void change_rights(Organisation& organisation, std::string_view text_of_rights) {
    Organisation next = organisation;
    read_rights(next, parse_json(text_of_rights));
    organisation = std::move(next);
}

} // namespace mailpreflight::simulator
