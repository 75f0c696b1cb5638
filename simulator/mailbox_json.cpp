#include "simulator/state_parts_json.hpp"

namespace mailpreflight::simulator {

namespace {

Json text(const std::string& value) {
    return Json::string(value);
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

} // namespace

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

} // namespace mailpreflight::simulator
