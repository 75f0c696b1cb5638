#include "json/notice_codec.hpp"

#include "json/drift_codec.hpp"
#include "json/readiness_codec.hpp"
#include "json/time.hpp"
#include "json/writer.hpp"

#include <utility>

namespace mailpreflight::json {

namespace {

Value to_json(const core::NoticeBatch& batch) {
    Writer writer;
    writer.add("name", batch.name)
        .add("verdict", core::code_of(batch.verdict))
        .add("affected", batch.affected)
        .add("listed", batch.listed);
    if (batch.window) {
        writer.add("window_start", batch.window->start)
            .add("window_end", batch.window->end)
            .add("zone", batch.window->zone);
    }
    return writer.take();
}

Value to_json(const core::NoticeSample& sample) {
    return Writer()
        .add("subject", sample.subject)
        .add("check", core::name_of(sample.check))
        .add("last_good", sample.last_good)
        .take();
}

Value to_json(const std::vector<base::SystemTime>& times) {
    std::vector<Value> elements;
    for (const base::SystemTime time : times) {
        elements.push_back(Writer().add("at", time).take());
    }
    return Value::array(std::move(elements));
}

void read_batch(Reader& reader, core::NoticeBatch& batch) {
    reader.required("name", batch.name);
    reader.required("verdict", batch.verdict);
    reader.required("affected", batch.affected);
    reader.required("listed", batch.listed);
    std::optional<base::SystemTime> start;
    reader.optional("window_start", start);
    if (start) {
        batch.window.emplace().start = *start;
        reader.required("window_end", batch.window->end);
        reader.required("zone", batch.window->zone);
    }
}

} // namespace

void decode(Reader& reader, core::NoticeClass& notice_class) {
    reader.word(notice_class, core::notice_class_named, "class of notice");
}

void decode(Reader& reader, core::NoticeStatus& status) {
    reader.word(status, core::notice_status_named, "status of a notice");
}

void decode(Reader& reader, core::Severity& severity) {
    reader.word(severity, core::severity_named, "severity");
}

Value to_json(const core::Notice& notice) {
    Writer writer;
    writer.add("id", notice.id)
        .add("receiver", notice.receiver)
        .add("group", notice.group)
        .add("class", core::name_of(notice.notice_class))
        .add("status", core::name_of(notice.status))
        .add("severity", core::name_of(notice.severity))
        .add("reason", notice.reason)
        .add("at", notice.at)
        .add_unless_empty("source", notice.source);
    if (notice.cause) {
        writer.add("cause", core::code_of(*notice.cause)).add("direction", core::name_of(notice.direction));
    }
    writer.add("since", notice.since)
        .add("ended", notice.ended)
        .add("title", notice.title)
        .add("text", notice.text)
        .add_unless_empty("remedy", notice.remedy)
        .add("subjects", notice.subjects)
        .add("subjects_before", notice.subjects_before);
    std::vector<Value> batches;
    for (const core::NoticeBatch& batch : notice.batches) {
        batches.push_back(to_json(batch));
    }
    std::vector<Value> samples;
    for (const core::NoticeSample& sample : notice.samples) {
        samples.push_back(to_json(sample));
    }
    return writer.add("batches", Value::array(std::move(batches)))
        .add("samples", Value::array(std::move(samples)))
        .add("mailboxes", notice.mailboxes)
        .take();
}

void decode(Reader& reader, core::Notice& notice) {
    reader.required("id", notice.id);
    reader.required("receiver", notice.receiver);
    reader.required("group", notice.group);
    reader.required("class", notice.notice_class);
    reader.required("status", notice.status);
    reader.required("severity", notice.severity);
    reader.required("reason", notice.reason);
    reader.required("at", notice.at);
    reader.optional("source", notice.source);
    reader.optional("cause", notice.cause);
    reader.optional("direction", notice.direction);
    reader.optional("since", notice.since);
    reader.optional("ended", notice.ended);
    reader.required("title", notice.title);
    reader.required("text", notice.text);
    reader.optional("remedy", notice.remedy);
    reader.required("subjects", notice.subjects);
    reader.required("subjects_before", notice.subjects_before);
    reader.each("batches", [&](Reader& element) { read_batch(element, notice.batches.emplace_back()); });
    reader.each("samples", [&](Reader& element) {
        core::NoticeSample& sample = notice.samples.emplace_back();
        element.required("subject", sample.subject);
        element.required("check", sample.check);
        element.optional("last_good", sample.last_good);
    });
    reader.optional("mailboxes", notice.mailboxes);
}

Value to_json(const core::ReceiverMemory& memory) {
    std::vector<Value> incidents;
    for (const auto& [number, told] : memory.incidents) {
        incidents.push_back(Writer()
                                .add("number", number)
                                .add("at", told.at)
                                .add("subjects", told.subjects)
                                .add("acknowledged", told.acknowledged)
                                .take());
    }
    std::vector<Value> verdicts;
    for (const auto& [batch, told] : memory.verdicts) {
        verdicts.push_back(Writer()
                               .add("batch", batch)
                               .add("verdict", core::code_of(told.verdict))
                               .add_unless_empty("next", told.next ? core::code_of(*told.next) : "")
                               .add("since", told.since)
                               .add("done", told.done)
                               .take());
    }
    std::vector<Value> maintenance;
    for (const auto& [source, began] : memory.maintenance) {
        maintenance.push_back(Writer().add("source", source).add("began", began).take());
    }
    return Writer()
        .add("last", memory.last)
        .add("incidents", Value::array(std::move(incidents)))
        .add("verdicts", Value::array(std::move(verdicts)))
        .add("lately", to_json(memory.lately))
        .add("told_of_held", memory.told_of_held)
        .add("digest", memory.digest)
        .add("maintenance", Value::array(std::move(maintenance)))
        .take();
}

void decode(Reader& reader, core::ReceiverMemory& memory) {
    reader.required("last", memory.last);
    reader.each("incidents", [&](Reader& element) {
        std::uint64_t number = 0;
        element.required("number", number);
        core::ToldIncident& told = memory.incidents[number];
        element.required("at", told.at);
        element.required("subjects", told.subjects);
        element.required("acknowledged", told.acknowledged);
    });
    reader.each("verdicts", [&](Reader& element) {
        std::string batch;
        element.required("batch", batch);
        core::ToldVerdict& told = memory.verdicts[batch];
        element.required("verdict", told.verdict);
        element.optional("next", told.next);
        element.required("since", told.since);
        element.required("done", told.done);
    });
    reader.each("lately", [&](Reader& element) { element.required("at", memory.lately.emplace_back()); });
    reader.optional("told_of_held", memory.told_of_held);
    reader.optional("digest", memory.digest);
    reader.each("maintenance", [&](Reader& element) {
        std::string source;
        element.required("source", source);
        element.required("began", memory.maintenance[source]);
    });
}

} // namespace mailpreflight::json
