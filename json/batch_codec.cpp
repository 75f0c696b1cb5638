#include "json/batch_codec.hpp"

#include "json/readiness_codec.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <limits>

namespace mailpreflight::json {

namespace {

std::uint64_t microseconds(base::Duration duration) {
    return static_cast<std::uint64_t>(std::max(duration, base::Duration(0)).count());
}

void read_duration(Reader& reader, std::string_view name, base::Duration& duration) {
    std::uint64_t count = 0;
    reader.optional(name, count);
    if (count > static_cast<std::uint64_t>(std::numeric_limits<base::Duration::rep>::max())) {
        reader.refuse("has an impossible duration");
        return;
    }
    duration = base::Duration(static_cast<base::Duration::rep>(count));
}

} // namespace

Value to_json(const core::Exception& exception) {
    return Writer()
        .add("address", exception.address)
        .add("at", exception.at)
        .add("until", exception.until)
        .add("by", exception.by)
        .add("reason", exception.reason)
        .add("withdrawn_at", exception.withdrawn_at)
        .add_unless_empty("withdrawn_by", exception.withdrawn_by)
        .take();
}

Value to_json(const core::PendingList& pending) {
    return Writer()
        .add("digest", pending.digest)
        .add("read_at", pending.read_at)
        .add("rows", pending.rows)
        .add("dropped", pending.dropped)
        .add("added", pending.added)
        .add("dropped_examples", pending.dropped_examples)
        .take();
}

Value to_json(const core::BatchRecord& record) {
    Writer writer;
    writer.add("exceptions", array_of(record.exceptions))
        .add("done_at", record.done_at)
        .add_unless_empty("done_by", record.done_by)
        .add("reported", record.reported)
        .add_unless_empty("verdict", record.verdict ? core::code_of(*record.verdict) : "")
        .add("forgotten_at", record.forgotten_at)
        .add_unless_empty("forgotten_by", record.forgotten_by)
        .add_unless_empty("good_digest", record.good_digest)
        .add_unless_empty("pace", record.pace)
        .add("paced_since", record.paced_since)
        .add("age_before", microseconds(record.age_before))
        .add("age", microseconds(record.age));
    if (record.pending) {
        writer.add("pending", to_json(*record.pending));
    }
    return writer.take();
}

void decode(Reader& reader, core::Exception& exception) {
    reader.required("address", exception.address);
    reader.required("at", exception.at);
    reader.required("until", exception.until);
    reader.required("by", exception.by);
    reader.required("reason", exception.reason);
    reader.optional("withdrawn_at", exception.withdrawn_at);
    reader.optional("withdrawn_by", exception.withdrawn_by);
}

void decode(Reader& reader, core::PendingList& pending) {
    reader.required("digest", pending.digest);
    reader.required("read_at", pending.read_at);
    reader.required("rows", pending.rows);
    reader.required("dropped", pending.dropped);
    reader.required("added", pending.added);
    reader.optional("dropped_examples", pending.dropped_examples);
}

void decode(Reader& reader, core::BatchRecord& record) {
    reader.required("exceptions", record.exceptions);
    reader.optional("done_at", record.done_at);
    reader.optional("done_by", record.done_by);
    reader.optional("reported", record.reported);
    reader.optional("verdict", record.verdict);
    reader.optional("forgotten_at", record.forgotten_at);
    reader.optional("forgotten_by", record.forgotten_by);
    reader.optional("good_digest", record.good_digest);
    reader.optional("pending", record.pending);
    reader.optional("pace", record.pace);
    reader.optional("paced_since", record.paced_since);
    read_duration(reader, "age_before", record.age_before);
    read_duration(reader, "age", record.age);
}

} // namespace mailpreflight::json
