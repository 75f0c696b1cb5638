#include "json/track_codec.hpp"

#include "json/writer.hpp"

namespace mailpreflight::json {

Value to_json(const core::Candidate& candidate) {
    return Writer().add("first", to_json(candidate.first)).add("last", to_json(candidate.last)).take();
}

Value to_json(const core::Track& track) {
    Writer writer;
    if (track.latest) {
        writer.add("latest", to_json(*track.latest));
    }
    if (track.definite) {
        writer.add("definite", to_json(*track.definite));
    }
    if (track.confirmed) {
        writer.add("confirmed", to_json(*track.confirmed));
    }
    writer.add("confirmed_since", track.confirmed_since).add("last_good", track.last_good);
    if (track.candidate) {
        writer.add("candidate", to_json(*track.candidate));
    }
    return writer.take();
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

void decode(Reader& reader, core::Candidate& candidate) {
    reader.required("first", candidate.first);
    reader.required("last", candidate.last);
}

void decode(Reader& reader, core::Track& track) {
    reader.optional("latest", track.latest);
    reader.optional("definite", track.definite);
    reader.optional("confirmed", track.confirmed);
    reader.optional("confirmed_since", track.confirmed_since);
    reader.optional("last_good", track.last_good);
    reader.optional("candidate", track.candidate);
}

void decode(Reader& reader, core::Transition& transition) {
    decode(reader, transition.key);
    reader.optional("before", transition.before);
    reader.required("after", transition.after);
    reader.required("first_seen", transition.first_seen);
    reader.optional("last_good", transition.last_good);
}

} // namespace mailpreflight::json
