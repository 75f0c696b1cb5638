#include "json/readiness_codec.hpp"

#include "json/writer.hpp"

namespace mailpreflight::json {

namespace {

std::optional<core::Verdict> verdict_coded(std::string_view code) {
    for (const auto verdict : {core::Verdict::go, core::Verdict::no_go, core::Verdict::unknown}) {
        if (core::code_of(verdict) == code) {
            return verdict;
        }
    }
    return std::nullopt;
}

} // namespace

Value to_json(const core::Factor& factor) {
    return Writer()
        .add("name", factor.name)
        .add("value", factor.value)
        .add("failed", factor.failed)
        .add("members", factor.members)
        .take();
}

Value to_json(const core::Finding& finding) {
    Writer writer;
    writer.add("check", core::name_of(finding.check))
        .add("cause", core::code_of(finding.cause))
        .add_unless_empty("why", finding.why)
        .add("count", finding.count)
        .add("examples", finding.examples)
        .add_unless_empty("remedy", finding.remedy)
        .add("ends_at", finding.ends_at)
        .add_unless_empty("extent", finding.extent);
    if (finding.in_common) {
        writer.add("in_common", to_json(*finding.in_common));
    }
    return writer.take();
}

Value to_json(const core::Readiness& readiness) {
    return Writer()
        .add("batch", readiness.batch)
        .add("source", readiness.source)
        .add("verdict", core::code_of(readiness.verdict))
        .add("judged_at", readiness.judged_at)
        .add("blockers", array_of(readiness.blockers))
        .add("warnings", array_of(readiness.warnings))
        .add("unknowns", array_of(readiness.unknowns))
        .add("mailboxes", readiness.mailboxes)
        .add("passed", readiness.passed)
        .add("failed", readiness.failed)
        .add("unknown", readiness.unknown)
        .add("excepted", readiness.excepted)
        .add("moved", readiness.moved)
        .add("oldest", readiness.oldest)
        .add("not_tested", readiness.not_tested)
        .take();
}

void decode(Reader& reader, core::Verdict& verdict) {
    reader.word(verdict, verdict_coded, "verdict");
}

void decode(Reader& reader, core::Factor& factor) {
    reader.required("name", factor.name);
    reader.required("value", factor.value);
    reader.required("failed", factor.failed);
    reader.required("members", factor.members);
}

void decode(Reader& reader, core::Finding& finding) {
    reader.required("check", finding.check);
    reader.required("cause", finding.cause);
    reader.optional("why", finding.why);
    reader.required("count", finding.count);
    reader.optional("examples", finding.examples);
    reader.optional("remedy", finding.remedy);
    reader.optional("ends_at", finding.ends_at);
    reader.optional("extent", finding.extent);
    reader.optional("in_common", finding.in_common);
}

void decode(Reader& reader, core::Readiness& readiness) {
    reader.required("batch", readiness.batch);
    reader.required("source", readiness.source);
    reader.required("verdict", readiness.verdict);
    reader.required("judged_at", readiness.judged_at);
    reader.required("blockers", readiness.blockers);
    reader.required("warnings", readiness.warnings);
    reader.required("unknowns", readiness.unknowns);
    reader.required("mailboxes", readiness.mailboxes);
    reader.required("passed", readiness.passed);
    reader.required("failed", readiness.failed);
    reader.required("unknown", readiness.unknown);
    reader.optional("excepted", readiness.excepted);
    reader.optional("moved", readiness.moved);
    reader.optional("oldest", readiness.oldest);
    reader.optional("not_tested", readiness.not_tested);
}

} // namespace mailpreflight::json
