#include "core/notice_words.hpp"

#include "core/batch_state.hpp"
#include "core/ending.hpp"
#include "core/remedy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::core {

namespace {

std::string subjects_words(const Incident& incident, std::size_t count) {
    const bool of_mailboxes = !incident.subjects.empty() && is_about_mailbox(incident.subjects.begin()->check);
    const std::string_view one = of_mailboxes ? "mailbox" : "subject";
    return fmt::format("{} {}", count, count == 1 ? one : of_mailboxes ? "mailboxes" : "subjects");
}

/// Of what is over, how far it went: what was left of it in the end says little of an outage.
std::string extent_words(const Notice& notice, const Incident& incident) {
    return subjects_words(incident, notice.subjects) + (notice.subjects > incident.subjects.size() ? " at most" : "");
}

std::string window_words(const Batch& batch, const NoticeMatter& matter, base::SystemTime now) {
    if (!batch.window) {
        return "no window is set";
    }
    const std::string start = matter.local_time ? matter.local_time(batch.window->start, batch.window->zone)
                                                : base::to_rfc3339(batch.window->start);
    if (batch.window->start > now) {
        return fmt::format("its window opens in {}, {}", words_for(batch.window->start - now), start);
    }
    return batch.window->end > now ? fmt::format("its window is open since {}", start)
                                   : fmt::format("its window opened {}", start);
}

Verdict verdict_of(const NoticeMatter& matter, const Batch& batch) {
    const auto readiness = matter.readiness.find(batch.name);
    return readiness == matter.readiness.end() ? Verdict::unknown : readiness->second.verdict;
}

std::string batch_line(const Batch& batch, const NoticeMatter& matter, base::SystemTime now) {
    const auto readiness = matter.readiness.find(batch.name);
    return fmt::format("Batch {} is {}; {}.\n",
                       batch.name,
                       readiness == matter.readiness.end() ? "UNKNOWN" : words_for(readiness->second),
                       window_words(batch, matter, now));
}

RemedyNames remedy_names(const Incident& incident, const NoticeMatter& matter) {
    RemedyNames names;
    names.source = incident.source;
    if (const auto found = matter.names.find(incident.source); found != matter.names.end()) {
        names.account = found->second.account;
        names.host = found->second.host;
        names.account_name = found->second.account_name;
    }
    const auto mailbox = std::find_if(incident.subjects.begin(), incident.subjects.end(), [](const TrackKey& key) {
        return is_about_mailbox(key.check);
    });
    if (mailbox != incident.subjects.end()) {
        names.address = mailbox->subject.name;
    }
    return names;
}

void list_subjects(Notice& notice, const Incident& incident, const Tracks& tracks) {
    std::set<std::string> mailboxes;
    for (const TrackKey& key : incident.subjects) {
        if (notice.samples.size() < most_samples) {
            const Track* const track = find_track(tracks, key);
            notice.samples.push_back({key.subject.name, key.check, track == nullptr ? std::nullopt : track->last_good});
        }
        if (is_about_mailbox(key.check) && mailboxes.size() < most_attached) {
            mailboxes.insert(key.subject.name);
        }
    }
    notice.mailboxes.assign(mailboxes.begin(), mailboxes.end());
}

void list_batches(Notice& notice,
                  const Incident& incident,
                  const std::vector<const Batch*>& batches,
                  const NoticeMatter& matter) {
    for (const Batch* const batch : batches) {
        NoticeBatch row{batch->name, batch->window, verdict_of(matter, *batch), 0, batch->list.mailboxes.size()};
        std::set<std::string> hit;
        for (const TrackKey& key : incident.subjects) {
            if (is_about_mailbox(key.check)) {
                hit.insert(key.subject.name);
            }
        }
        row.affected = static_cast<std::size_t>(std::count_if(
            batch->list.mailboxes.begin(), batch->list.mailboxes.end(), [&](const ListedMailbox& mailbox) {
                return hit.contains(mailbox.address);
            }));
        notice.batches.push_back(std::move(row));
    }
}

std::string what_happened(const Notice& notice, const Incident& incident) {
    const std::string what =
        fmt::format("{} {} on {}", code_of(incident.cause), name_of(incident.direction), incident.source);
    const std::string who = extent_words(notice, incident);
    if (notice.status == NoticeStatus::resolved) {
        return fmt::format("Resolved: {}, {}", what, who);
    }
    if (notice.status == NoticeStatus::acknowledged) {
        return fmt::format("Acknowledged: {}, {}", what, who);
    }
    return fmt::format("{}, {}", what, who);
}

} // namespace

std::vector<const Batch*> batches_of(const Incident& incident, const Plan& plan, base::SystemTime now) {
    std::set<std::string> hit;
    bool of_source = false;
    for (const TrackKey& key : incident.subjects) {
        if (is_about_mailbox(key.check)) {
            hit.insert(key.subject.name);
        } else {
            of_source = true;
        }
    }
    std::vector<const Batch*> batches;
    for (const Batch& batch : plan.batches) {
        if (batch.source != incident.source || state_of(plan.schedule, batch, now) == BatchState::done) {
            continue;
        }
        const bool touched =
            of_source || std::any_of(batch.list.mailboxes.begin(),
                                     batch.list.mailboxes.end(),
                                     [&](const auto& mailbox) { return hit.contains(mailbox.address); });
        if (touched) {
            batches.push_back(&batch);
        }
    }
    return batches;
}

Severity severity_of(const Incident& incident, const Plan& plan, base::SystemTime now) {
    if (is_about_rights(incident.cause)) {
        return Severity::critical;
    }
    const std::set<Subject> critical = critical_subjects(plan, now);
    if (std::any_of(incident.subjects.begin(), incident.subjects.end(), [&](const TrackKey& key) {
            return is_critical(key.subject, plan, critical);
        })) {
        return Severity::critical;
    }
    return incident.direction == Direction::lost && state_of(incident.cause) != State::warn ? Severity::error
                                                                                            : Severity::warning;
}

Severity severity_of(Verdict verdict, const Plan& plan, const Batch& batch, base::SystemTime now) {
    const bool near = batch.window && batch.window->start - now <= std::max(plan.schedule.freeze, base::Duration(0));
    switch (verdict) {
    case Verdict::go:
        return Severity::info;
    case Verdict::no_go:
        return near ? Severity::critical : Severity::error;
    case Verdict::unknown:
        return near ? Severity::error : Severity::warning;
    }
    return Severity::warning;
}

std::string line_for(const Incident& incident) {
    return fmt::format("{} {} {} on {}, {}",
                       id_of(incident),
                       code_of(incident.cause),
                       name_of(incident.direction),
                       incident.source,
                       subjects_words(incident, incident.subjects.size()));
}

void describe(Notice& notice, const Incident& incident, const NoticeMatter& matter, base::SystemTime now) {
    notice.source = incident.source;
    notice.cause = incident.cause;
    notice.direction = incident.direction;
    notice.since = incident.opened_at;
    notice.ended = incident.resolved_at;
    notice.subjects = notice.status == NoticeStatus::resolved ? std::max(incident.peak, incident.subjects.size())
                                                              : incident.subjects.size();
    const std::vector<const Batch*> batches = batches_of(incident, matter.plan, now);
    list_batches(notice, incident, batches, matter);
    list_subjects(notice, incident, matter.tracks);
    notice.title = what_happened(notice, incident);
    notice.text = fmt::format("{} {}\n", id_of(incident), info(incident.cause).sentence);
    notice.text += fmt::format("Source {}, {} since {}; {}.\n",
                               incident.source,
                               extent_words(notice, incident),
                               base::to_rfc3339(incident.opened_at),
                               notice.reason);
    for (const Batch* const batch : batches) {
        notice.text += batch_line(*batch, matter, now);
    }
    if (notice.status == NoticeStatus::acknowledged) {
        notice.text += fmt::format("Acknowledged by {}: {}\n", incident.acknowledged_by, incident.comment);
    }
    if (notice.status == NoticeStatus::firing) {
        notice.remedy = remedy_for(incident.cause, remedy_names(incident, matter));
        notice.text += fmt::format("Who can mend it: {}. More: mailpreflight explain {}\n",
                                   name_of(info(incident.cause).mender),
                                   id_of(incident));
    }
}

void describe(
    Notice& notice, const Batch& batch, const Readiness& readiness, const NoticeMatter& matter, base::SystemTime now) {
    notice.source = batch.source;
    notice.title = fmt::format("Batch {} is {}", batch.name, words_for(readiness));
    notice.subjects = readiness.failed + readiness.unknown;
    notice.batches.push_back({batch.name, batch.window, readiness.verdict, notice.subjects, readiness.mailboxes});
    notice.text = batch_line(batch, matter, now);
    notice.text += fmt::format("{} of {} mailboxes passed, {} failed, {} unknown.\n",
                               readiness.passed,
                               readiness.mailboxes,
                               readiness.failed,
                               readiness.unknown);
    const auto add = [&](std::string_view heading, const std::vector<Finding>& findings) {
        for (std::size_t i = 0; i < std::min<std::size_t>(findings.size(), most_samples); ++i) {
            const Finding& finding = findings[i];
            notice.text += fmt::format("{} {}{}: {}\n",
                                       heading,
                                       subjects_of(finding.check, finding.cause, finding.count),
                                       finding.why.empty() ? "" : " (" + finding.why + ")",
                                       info(finding.cause).sentence);
        }
    };
    add("Blocks", readiness.blockers);
    add("Keeps UNKNOWN", readiness.unknowns);
    if (!readiness.blockers.empty()) {
        notice.remedy = readiness.blockers.front().remedy;
    }
    notice.text += fmt::format("More: mailpreflight report {}\n", batch.name);
}

void describe_digest(Notice& notice,
                     const std::vector<const Batch*>& batches,
                     const std::vector<const Incident*>& incidents,
                     const NoticeMatter& matter,
                     base::SystemTime now) {
    std::size_t go = 0;
    for (const Batch* const batch : batches) {
        const Verdict verdict = verdict_of(matter, *batch);
        go += verdict == Verdict::go ? 1U : 0U;
        notice.batches.push_back({batch->name, batch->window, verdict, 0, batch->list.mailboxes.size()});
        notice.text += batch_line(*batch, matter, now);
    }
    notice.title = fmt::format("{} of {} batches are GO, {} incidents are open", go, batches.size(), incidents.size());
    for (const Incident* const incident : incidents) {
        notice.text += fmt::format("{}{}\n",
                                   line_for(*incident),
                                   incident->state == IncidentState::acknowledged
                                       ? fmt::format(", acknowledged by {}", incident->acknowledged_by)
                                       : "");
    }
    notice.subjects = incidents.size();
}

} // namespace mailpreflight::core
