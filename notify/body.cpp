#include "notify/body.hpp"

#include "json/writer.hpp"
#include "notify/words.hpp"

namespace mailpreflight::notify {

namespace {

using json::Value;
using json::Writer;

Value window_of(const core::Window& window, base::SystemTime told) {
    const auto left = std::chrono::floor<std::chrono::seconds>(window.start - told).count();
    Writer writer;
    writer.add("start", window.start)
        .add("end", window.end)
        .add("zone", window.zone)
        .add("seconds_until", Value::number(std::int64_t{left}));
    return writer.take();
}

Value batch_of(const core::NoticeBatch& batch, base::SystemTime told) {
    Writer writer;
    writer.add("name", batch.name)
        .add("verdict", core::code_of(batch.verdict))
        .add("affected", batch.affected)
        .add("listed", batch.listed);
    if (batch.window) {
        writer.add("window", window_of(*batch.window, told));
    }
    return writer.take();
}

Value sample_of(const core::NoticeSample& sample) {
    Writer writer;
    writer.add("subject", sample.subject).add("check", core::name_of(sample.check)).add("last_good", sample.last_good);
    return writer.take();
}

} // namespace

std::string dedup_key(const core::Notice& notice, const Origin& origin) {
    return origin.installation + "/" + notice.group;
}

json::Value body(const core::Notice& notice, const Origin& origin, std::string_view link) {
    Writer from;
    from.add("host", origin.host).add("installation", origin.installation).add("version", origin.version);
    Writer counts;
    counts.add("subjects", notice.subjects).add("subjects_before", notice.subjects_before);
    std::vector<Value> batches;
    for (const core::NoticeBatch& batch : notice.batches) {
        batches.push_back(batch_of(batch, notice.at));
    }
    std::vector<Value> samples;
    for (const core::NoticeSample& sample : notice.samples) {
        samples.push_back(sample_of(sample));
    }
    Writer writer;
    writer.add("version", body_version)
        .add("id", notice.id)
        .add("receiver", notice.receiver)
        .add("group", notice.group)
        .add("dedup_key", dedup_key(notice, origin))
        .add("class", core::name_of(notice.notice_class))
        .add("status", core::name_of(notice.status))
        .add("severity", core::name_of(notice.severity))
        .add("reason", notice.reason)
        .add("at", notice.at)
        .add("since", notice.since)
        .add("ended", notice.ended)
        .add("title", notice.title)
        .add("text", notice.text)
        .add_unless_empty("remedy", notice.remedy)
        .add_unless_empty("source", notice.source);
    if (notice.cause) {
        writer.add("cause", core::code_of(*notice.cause)).add("direction", core::name_of(notice.direction));
    }
    writer.add("counts", counts.take())
        .add("batches", Value::array(std::move(batches)))
        .add("samples", Value::array(std::move(samples)))
        .add("truncated", std::uint64_t{beyond_samples(notice)});
    if (!link.empty()) {
        Writer links;
        links.add("board", link);
        writer.add("links", links.take());
    }
    writer.add("from", from.take());
    return writer.take();
}

} // namespace mailpreflight::notify
