#pragma once

// rapidcheck generators of notices and of what is remembered of them.
#include "core/notice.hpp"
#include "core/notice_memory.hpp"
#include "tests/json/basic_generators.hpp"

#include <rapidcheck.h>

#include <cstdint>
#include <map>
#include <string>

namespace mailpreflight::generators {

inline rc::Gen<core::Verdict> verdict() {
    return rc::gen::element(core::Verdict::go, core::Verdict::no_go, core::Verdict::unknown);
}

inline rc::Gen<std::size_t> count() {
    return rc::gen::inRange<std::size_t>(0, 150'000);
}

inline rc::Gen<core::NoticeBatch> notice_batch() {
    return rc::gen::exec([] {
        core::NoticeBatch batch;
        batch.name = *name();
        if (*rc::gen::arbitrary<bool>()) {
            batch.window = core::Window{*time(), *time(), *name()};
        }
        batch.verdict = *verdict();
        batch.affected = *count();
        batch.listed = *count();
        return batch;
    });
}

inline rc::Gen<core::NoticeSample> notice_sample() {
    return rc::gen::exec([] { return core::NoticeSample{*text(), *check(), *maybe(time())}; });
}

/// A direction is said with a cause alone.
inline rc::Gen<core::Notice> notice() {
    return rc::gen::exec([] {
        core::Notice notice;
        notice.id = *text();
        notice.receiver = *name();
        notice.group = *text();
        notice.notice_class = static_cast<core::NoticeClass>(*rc::gen::inRange(0, 8));
        notice.status = static_cast<core::NoticeStatus>(*rc::gen::inRange(0, 4));
        notice.severity = static_cast<core::Severity>(*rc::gen::inRange(0, 4));
        notice.reason = *text();
        notice.at = *time();
        notice.source = *rc::gen::element<std::string>("", "contoso");
        notice.cause = *maybe(cause());
        if (notice.cause) {
            notice.direction = *direction();
        }
        notice.since = *maybe(time());
        notice.ended = *maybe(time());
        notice.title = *text();
        notice.text = *text();
        notice.remedy = *text();
        notice.subjects = *count();
        notice.subjects_before = *count();
        notice.batches = *few(notice_batch());
        notice.samples = *few(notice_sample());
        notice.mailboxes = *few(text());
        return notice;
    });
}

inline rc::Gen<core::ToldIncident> told_incident() {
    return rc::gen::exec([] { return core::ToldIncident{*time(), *count(), *rc::gen::arbitrary<bool>()}; });
}

inline rc::Gen<core::ToldVerdict> told_verdict() {
    return rc::gen::exec([] {
        return core::ToldVerdict{*verdict(), *maybe(verdict()), *time(), *rc::gen::arbitrary<bool>()};
    });
}

inline rc::Gen<core::ReceiverMemory> receiver_memory() {
    return rc::gen::exec([] {
        core::ReceiverMemory memory;
        memory.last = *rc::gen::inRange<std::uint64_t>(0, 1'000'000);
        memory.incidents = *few_entries<std::map<std::uint64_t, core::ToldIncident>>(
            rc::gen::inRange<std::uint64_t>(0, 1'000'000), told_incident());
        memory.verdicts = *few_entries<std::map<std::string, core::ToldVerdict>>(name(), told_verdict());
        memory.lately = *few(time());
        memory.told_of_held = *maybe(time());
        memory.digest = *maybe(time());
        memory.maintenance = *few_entries<std::map<std::string, base::SystemTime>>(name(), time());
        return memory;
    });
}

} // namespace mailpreflight::generators
