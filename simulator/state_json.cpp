#include "simulator/state_json.hpp"

#include "simulator/server_json.hpp"
#include "simulator/state_parts_json.hpp"

#include <utility>

namespace mailpreflight::simulator {

std::string state_to_json(const State& state, Passwords passwords, TimePoint now) {
    std::vector<Json> list;
    list.reserve(state.organisation.size());
    state.organisation.for_each([&](const Mailbox& mailbox) { list.push_back(mailbox_to_json(mailbox)); });
    Json faults = Json::array();
    for (const FaultRule& rule : state.faults.rules()) {
        faults[faults.size()] = fault_to_json(rule);
    }
    Json json = Json::object(true);
    json["server"] = server_to_json(state.server);
    json["directory"] = directory_to_json(state.directory, passwords, now);
    json["mailboxes"] = Json::array(std::move(list));
    json["rights"] = rights_to_json(state.organisation);
    json["faults"] = faults;
    json["oauth"] = oauth_to_json(state.oauth, passwords);
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
    if (const Json* oauth = object.find("oauth")) {
        read_oauth(next.oauth, *oauth);
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

} // namespace mailpreflight::simulator
