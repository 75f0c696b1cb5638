#include "simulator/state_parts_json.hpp"

#include <algorithm>

namespace mailpreflight::simulator {

namespace {

Json text(const std::string& value) {
    return Json::string(value);
}

} // namespace

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

FaultRule fault_from_json(std::string_view text_of_fault) {
    return read_fault(parse_json(text_of_fault));
}

} // namespace mailpreflight::simulator
