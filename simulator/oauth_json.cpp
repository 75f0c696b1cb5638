#include "simulator/state_parts_json.hpp"

namespace mailpreflight::simulator {

namespace {

Application read_application(const Json& json) {
    JsonObject object(json, "application");
    Application application;
    object.read("client_id", application.client_id);
    object.read("secrets", application.secrets);
    object.read("expired_secrets", application.expired_secrets);
    object.read("certificates", application.certificates);
    object.read("roles", application.roles);
    object.read("enabled", application.enabled);
    object.finish();
    if (application.client_id.empty()) {
        throw std::runtime_error("application needs client_id");
    }
    return application;
}

TokenAnswer read_answer(const Json& json) {
    JsonObject object(json, "oauth.next");
    TokenAnswer answer;
    object.read("status", answer.status);
    object.read("error", answer.error);
    object.read("code", answer.code);
    object.read("retry_after", answer.retry_after);
    object.read("body", answer.body);
    object.read("delay_ms", answer.delay_ms);
    object.finish();
    return answer;
}

} // namespace

Json oauth_to_json(const OAuthState& oauth, Passwords passwords) {
    Json applications = Json::array();
    for (const Application& one : oauth.applications) {
        Json json = Json::object(true);
        json["client_id"] = Json::string(one.client_id);
        json["certificates"] = to_json(one.certificates);
        json["roles"] = to_json(one.roles);
        json["enabled"] = Json::boolean(one.enabled);
        if (passwords == Passwords::shown) {
            json["secrets"] = to_json(one.secrets);
            json["expired_secrets"] = to_json(one.expired_secrets);
        }
        applications[applications.size()] = json;
    }
    Json json = Json::object(true);
    json["tenant"] = Json::string(oauth.tenant);
    json["domains"] = to_json(oauth.domains);
    json["resource"] = Json::string(oauth.resource);
    json["expires_in"] = Json::string(oauth.expires_in);
    json["token_lifetime_seconds"] = Json::number(oauth.token_lifetime.count());
    json["applications"] = applications;
    return json;
}

void read_oauth(OAuthState& oauth, const Json& json) {
    JsonObject object(json, "oauth");
    object.read("tenant", oauth.tenant);
    object.read("domains", oauth.domains);
    object.read("resource", oauth.resource);
    object.read("expires_in", oauth.expires_in);
    object.read("token_lifetime_seconds", oauth.token_lifetime);
    if (object.find("applications") != nullptr) {
        oauth.applications.clear();
        object.each("applications", [&](const Json& entry) { oauth.applications.push_back(read_application(entry)); });
    }
    if (object.find("next") != nullptr) {
        oauth.next.clear();
        object.each("next", [&](const Json& entry) { oauth.next.push_back(read_answer(entry)); });
    }
    object.finish();
}

void change_oauth(OAuthState& oauth, std::string_view text_of_oauth) {
    OAuthState next = oauth;
    read_oauth(next, parse_json(text_of_oauth));
    oauth = std::move(next);
}

} // namespace mailpreflight::simulator
