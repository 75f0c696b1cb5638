#include "json/track_codec.hpp"

#include "json/writer.hpp"

#include <utility>

namespace mailpreflight::json {

Value to_json(const core::Candidate& candidate) {
    return Writer().add("first", to_json(*candidate.first)).add("last", to_json(*candidate.last)).take();
}

Value to_json(const core::Answer& answer) {
    return Writer()
        .add("at", answer.at)
        .add("good", answer.good)
        .add("cause", core::code_of(answer.cause))
        .add_unless_empty("front_end", answer.front_end)
        .add_unless_empty("back_end", answer.back_end)
        .take();
}

Value to_json(const core::Transition& transition) {
    Writer writer;
    writer.add("check", core::name_of(transition.key.check)).add("subject", to_json(transition.key.subject));
    if (transition.before) {
        writer.add("before", to_json(*transition.before));
    }
    return writer.add("after", to_json(transition.after))
        .add("first_seen", transition.first_seen)
        .add("last_good", transition.last_good)
        .take();
}

void decode(Reader& reader, core::KeptLook& look) {
    core::Observation read;
    decode(reader, read);
    look = std::move(read);
}

void decode(Reader& reader, core::Candidate& candidate) {
    reader.required("first", candidate.first);
    reader.required("last", candidate.last);
}

void decode(Reader& reader, core::Answer& answer) {
    reader.required("at", answer.at);
    reader.required("good", answer.good);
    reader.required("cause", answer.cause);
    reader.optional("front_end", answer.front_end);
    reader.optional("back_end", answer.back_end);
}

void decode(Reader& reader, core::Transition& transition) {
    decode(reader, transition.key);
    reader.optional("before", transition.before);
    reader.required("after", transition.after);
    reader.required("first_seen", transition.first_seen);
    reader.optional("last_good", transition.last_good);
}

} // namespace mailpreflight::json
