#include "json/check_codec.hpp"

#include "json/writer.hpp"

namespace mailpreflight::json {

namespace {

std::optional<core::Priority> priority_named(std::string_view name) {
    for (const auto priority : {core::Priority::on_demand,
                                core::Priority::source,
                                core::Priority::second_look,
                                core::Priority::canary,
                                core::Priority::sweep}) {
        if (core::name_of(priority) == name) {
            return priority;
        }
    }
    return std::nullopt;
}

} // namespace

Value to_json(const core::CheckRequest& request) {
    return Writer()
        .add("check", core::name_of(request.key.check))
        .add("subject", to_json(request.key.subject))
        .add("priority", core::name_of(request.priority))
        .add("connection_after", request.connection_after)
        .add_unless_empty("run", request.run)
        .take();
}

Value to_json(const core::CauseInfo& info) {
    return Writer()
        .add("cause", info.code)
        .add("state", core::name_of(info.state))
        .add("certainty", info.certainty == core::Certainty::definitive ? "definitive" : "needs_second_look")
        .add("mender", core::name_of(info.mender))
        .add("sentence", info.sentence)
        .add("remedy", info.remedy)
        .take();
}

void decode(Reader& reader, core::Priority& priority) {
    reader.word(priority, priority_named, "priority");
}

void decode(Reader& reader, core::CheckRequest& request) {
    decode(reader, request.key);
    reader.required("priority", request.priority);
    reader.optional("connection_after", request.connection_after);
    reader.optional("run", request.run);
}

} // namespace mailpreflight::json
