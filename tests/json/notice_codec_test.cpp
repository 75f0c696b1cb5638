#include "json/notice_codec.hpp"

#include "json/value.hpp"
#include "tests/json/notice_generators.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>

namespace mailpreflight::json {
namespace {

using namespace std::chrono_literals;

constexpr base::SystemTime noon = base::SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 5)) + 12h;

/// Every member has a value of its own.
core::Notice full_notice() {
    return {.id = "I17.3.ops",
            .receiver = "ops",
            .group = "I17",
            .notice_class = core::NoticeClass::rights,
            .status = core::NoticeStatus::resolved,
            .severity = core::Severity::critical,
            .reason = "it is over",
            .at = noon,
            .source = "contoso",
            .cause = core::Cause::impersonation_denied,
            .direction = core::Direction::gained,
            .since = noon - 2h,
            .ended = noon - 1h,
            .title = "a title",
            .text = "a text\n",
            .remedy = "a remedy",
            .subjects = 412,
            .subjects_before = 400,
            .batches = {{"wave1", core::Window{noon, noon + 6h, "America/Chicago"}, core::Verdict::no_go, 3, 50},
                        {"wave2", std::nullopt, core::Verdict::go, 0, 7}},
            .samples = {{"a@b.example", core::Check::mailbox_impersonation, noon - 3h},
                        {"contoso", core::Check::source_dns, std::nullopt}},
            .mailboxes = {"a@b.example", "c@b.example"}};
}

core::ReceiverMemory full_memory() {
    return {.last = 7,
            .incidents = {{17, {noon, 412, true}}, {18, {noon + 1s, 1, false}}},
            .verdicts = {{"wave1", {core::Verdict::no_go, core::Verdict::go, noon - 1min, false}},
                         {"wave2", {core::Verdict::unknown, std::nullopt, noon, true}}},
            .lately = {noon - 50min, noon},
            .told_of_held = noon - 2min,
            .digest = noon - 5h,
            .maintenance = {{"contoso", noon - 3h}}};
}

/// What comes back after text and all.
template <typename T>
base::Result<T> through_text(const T& value) {
    const auto parsed = parse(write(to_json(value)));
    if (!parsed) {
        return base::failure(parsed.error());
    }
    return from_json<T>(*parsed);
}

template <typename T>
std::string problem_of(std::string_view text) {
    const auto value = from_json<T>(*parse(text));
    return value ? "none" : value.error().message();
}

/// What is said of the text when `from` in it is `to`.
template <typename T>
std::string problem_with(const T& value, const std::string& from, const std::string& to) {
    std::string text = write(to_json(value));
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
        return "there is no " + from + " in " + text;
    }
    return problem_of<T>(text.replace(at, from.size(), to));
}

TEST(NoticeCodec, writes_all_of_a_notice) {
    EXPECT_EQ(write(to_json(full_notice())),
              R"({"id":"I17.3.ops","receiver":"ops","group":"I17","class":"rights","status":"resolved",)"
              R"("severity":"critical","reason":"it is over","at":"2026-12-05T12:00:00.000000Z","source":"contoso",)"
              R"("cause":"impersonation_denied","direction":"gained","since":"2026-12-05T10:00:00.000000Z",)"
              R"("ended":"2026-12-05T11:00:00.000000Z","title":"a title","text":"a text\n","remedy":"a remedy",)"
              R"("subjects":412,"subjects_before":400,)"
              R"("batches":[{"name":"wave1","verdict":"no_go","affected":3,"listed":50,)"
              R"("window_start":"2026-12-05T12:00:00.000000Z","window_end":"2026-12-05T18:00:00.000000Z",)"
              R"("zone":"America/Chicago"},{"name":"wave2","verdict":"go","affected":0,"listed":7}],)"
              R"("samples":[{"subject":"a@b.example","check":"mailbox.impersonation",)"
              R"("last_good":"2026-12-05T09:00:00.000000Z"},{"subject":"contoso","check":"source.dns"}],)"
              R"("mailboxes":["a@b.example","c@b.example"]})");
}

TEST(NoticeCodec, reads_what_it_wrote_with_every_member_set_and_with_none) {
    for (const core::Notice& notice : {full_notice(), core::Notice{}}) {
        const auto back = through_text(notice);
        ASSERT_TRUE(back) << back.error().message();
        EXPECT_EQ(*back, notice);
    }
}

TEST(NoticeCodec, names_the_member_that_is_missing) {
    for (const std::string name : {"id",
                                   "receiver",
                                   "group",
                                   "class",
                                   "status",
                                   "severity",
                                   "reason",
                                   "at",
                                   "title",
                                   "text",
                                   "subjects",
                                   "subjects_before"}) {
        EXPECT_EQ(problem_with(full_notice(), "\"" + name + "\":", "\"other\":"), "member " + name + " is missing");
    }
    const core::Notice notice = full_notice();
    EXPECT_EQ(problem_with(notice, R"("listed":50)", R"("x":1)"), "member batches[0].listed is missing");
    EXPECT_EQ(problem_with(notice, R"("name":"wave2")", R"("x":1)"), "member batches[1].name is missing");
    EXPECT_EQ(problem_with(notice, R"("zone":)", R"("x":)"), "member batches[0].zone is missing");
    EXPECT_EQ(problem_with(notice, R"("window_end":)", R"("x":)"), "member batches[0].window_end is missing");
    EXPECT_EQ(problem_with(notice, R"("check":"source.dns")", R"("x":1)"), "member samples[1].check is missing");
}

TEST(NoticeCodec, names_the_member_that_is_wrong) {
    const core::Notice notice = full_notice();
    EXPECT_EQ(problem_with(notice, R"("class":"rights")", R"("class":"odd")"),
              "member class is not a known class of notice: \"odd\"");
    EXPECT_EQ(problem_with(notice, R"("status":"resolved")", R"("status":"odd")"),
              "member status is not a known status of a notice: \"odd\"");
    EXPECT_EQ(problem_with(notice, R"("severity":"critical")", R"("severity":"odd")"),
              "member severity is not a known severity: \"odd\"");
    EXPECT_EQ(problem_with(notice, R"("cause":"impersonation_denied")", R"("cause":"odd")"),
              "member cause is not a known cause: \"odd\"");
    EXPECT_EQ(problem_with(notice, R"("verdict":"go")", R"("verdict":"odd")"),
              "member batches[1].verdict is not a known verdict: \"odd\"");
    EXPECT_EQ(problem_with(notice, R"("subjects":412)", R"("subjects":-1)"),
              "member subjects is not a whole number from 0");
    EXPECT_EQ(problem_with(notice, R"("c@b.example"])", "7]"), "member mailboxes[1] is not a string");
}

TEST(ReceiverMemoryCodec, writes_all_that_was_told) {
    EXPECT_EQ(
        write(to_json(full_memory())),
        R"({"last":7,"incidents":[{"number":17,"at":"2026-12-05T12:00:00.000000Z","subjects":412,"acknowledged":true},)"
        R"({"number":18,"at":"2026-12-05T12:00:01.000000Z","subjects":1,"acknowledged":false}],)"
        R"("verdicts":[{"batch":"wave1","verdict":"no_go","next":"go","since":"2026-12-05T11:59:00.000000Z",)"
        R"("done":false},{"batch":"wave2","verdict":"unknown","since":"2026-12-05T12:00:00.000000Z","done":true}],)"
        R"("lately":[{"at":"2026-12-05T11:10:00.000000Z"},{"at":"2026-12-05T12:00:00.000000Z"}],)"
        R"("told_of_held":"2026-12-05T11:58:00.000000Z","digest":"2026-12-05T07:00:00.000000Z",)"
        R"("maintenance":[{"source":"contoso","began":"2026-12-05T09:00:00.000000Z"}]})");
}

TEST(ReceiverMemoryCodec, reads_what_it_wrote_with_every_member_set_and_with_none) {
    for (const core::ReceiverMemory& memory : {full_memory(), core::ReceiverMemory{}}) {
        const auto back = through_text(memory);
        ASSERT_TRUE(back) << back.error().message();
        EXPECT_EQ(*back, memory);
    }
}

TEST(ReceiverMemoryCodec, names_the_member_that_is_missing_or_wrong) {
    const core::ReceiverMemory memory = full_memory();
    EXPECT_EQ(problem_of<core::ReceiverMemory>("{}"), "member last is missing");
    EXPECT_EQ(problem_with(memory, R"("number":18)", R"("x":1)"), "member incidents[1].number is missing");
    EXPECT_EQ(problem_with(memory, R"("acknowledged":true)", R"("acknowledged":"yes")"),
              "member incidents[0].acknowledged is not true or false");
    EXPECT_EQ(problem_with(memory, R"("next":"go")", R"("next":"went")"),
              "member verdicts[0].next is not a known verdict: \"went\"");
    EXPECT_EQ(problem_with(memory, R"("batch":"wave2")", R"("x":1)"), "member verdicts[1].batch is missing");
    EXPECT_EQ(problem_with(memory, R"("lately":[{"at")", R"("lately":[{"x")"), "member lately[0].at is missing");
    EXPECT_EQ(problem_with(memory, R"("source":"contoso")", R"("x":1)"), "member maintenance[0].source is missing");
    EXPECT_EQ(problem_with(memory, R"("began":"2026)", R"("began":"next)"),
              "member maintenance[0].began is not an RFC 3339 time such as 2026-12-05T22:00:00Z");
}

RC_GTEST_PROP(NoticeCodecProperty, reads_what_it_wrote_of_any_notice, ()) {
    const core::Notice notice = *generators::notice();
    const auto back = through_text(notice);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == notice);
}

RC_GTEST_PROP(NoticeCodecProperty, reads_what_it_wrote_of_any_memory, ()) {
    const core::ReceiverMemory memory = *generators::receiver_memory();
    const auto back = through_text(memory);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == memory);
}

} // namespace
} // namespace mailpreflight::json
