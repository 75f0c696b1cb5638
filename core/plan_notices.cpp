#include "core/plan_notices.hpp"

#include "core/batch_state.hpp"
#include "core/notice_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mailpreflight::core {

namespace {

constexpr base::Duration an_hour = std::chrono::hours(1);
// Less an hour: it is shorter when the clocks change.
constexpr base::Duration a_week = std::chrono::hours(24 * 7 - 1);
constexpr base::Duration near_window = std::chrono::hours(24);

NoticeClass class_of(const Incident& incident) {
    if (is_about_rights(incident.cause)) {
        return NoticeClass::rights;
    }
    return incident.cause == Cause::blind ? NoticeClass::blind : NoticeClass::incident;
}

bool is_near(const std::vector<const Batch*>& batches, base::SystemTime now) {
    return std::any_of(batches.begin(), batches.end(), [&](const Batch* batch) {
        return batch->window && batch->window->start - now <= near_window;
    });
}

/// What several receivers ask of an incident, found out once: of a large one it costs.
class Views {
public:
    Views(const Plan& plan, base::SystemTime now) :
        plan_(plan),
        now_(now) {}

    struct View {
        std::vector<const Batch*> batches;
        Severity severity = Severity::info;
    };
    const View& of(const Incident& incident) {
        const auto [entry, is_new] = views_.try_emplace(incident.number);
        if (is_new) {
            entry->second = {batches_of(incident, plan_, now_), severity_of(incident, plan_, now_)};
        }
        return entry->second;
    }

private:
    const Plan& plan_;
    const base::SystemTime now_;
    std::map<std::uint64_t, View> views_;
};

/// Plans for one receiver.
class Planner {
public:
    Planner(const NoticeMatter& matter,
            Views& views,
            const NoticePolicy& policy,
            ReceiverMemory memory,
            base::SystemTime now) :
        matter_(matter),
        views_(views),
        policy_(policy),
        memory_(std::move(memory)),
        now_(now) {
        std::erase_if(memory_.lately, [&](base::SystemTime then) { return then <= now - an_hour || then > now; });
    }

    void plan() {
        note_maintenance();
        for (const Incident& incident : matter_.incidents) {
            plan_incident(incident);
        }
        forget_incidents();
        for (const Batch& batch : matter_.plan.batches) {
            plan_verdict(batch);
        }
        std::erase_if(memory_.verdicts, [&](const auto& entry) { return !matter_.readiness.contains(entry.first); });
        end_maintenance();
        plan_digest();
        tell_of_held();
    }

    std::vector<Notice> notices;

    ReceiverMemory take_memory() {
        return std::move(memory_);
    }

private:
    [[nodiscard]] bool wants_source(const std::string& source) const {
        return policy_.sources.empty() || policy_.sources.contains(source);
    }
    [[nodiscard]] bool wants_batch(const std::string& batch) const {
        return policy_.batches.empty() || policy_.batches.contains(batch);
    }
    [[nodiscard]] bool wants(NoticeClass notice_class, Severity severity) const {
        return (policy_.classes.empty() || policy_.classes.contains(notice_class)) && severity >= policy_.at_least;
    }
    [[nodiscard]] bool wants_any_of(const std::vector<const Batch*>& batches) const {
        return policy_.batches.empty() || std::any_of(batches.begin(), batches.end(), [&](const Batch* batch) {
                   return wants_batch(batch->name);
               });
    }
    [[nodiscard]] bool is_held_by_maintenance(const std::string& source) const {
        return memory_.maintenance.contains(source);
    }

    void note_maintenance() {
        for (const SourcePlan& source : matter_.plan.sources) {
            if (matter_.in_maintenance && matter_.in_maintenance(source.name, now_)) {
                memory_.maintenance.try_emplace(source.name, now_);
            }
        }
    }

    Notice
    begin(std::string group, NoticeClass notice_class, NoticeStatus status, Severity severity, std::string reason) {
        Notice notice;
        notice.id = fmt::format("{}.{}.{}", group, ++memory_.last, policy_.receiver);
        notice.receiver = policy_.receiver;
        notice.group = std::move(group);
        notice.notice_class = notice_class;
        notice.status = status;
        notice.severity = severity;
        notice.reason = std::move(reason);
        notice.at = now_;
        return notice;
    }

    /// What the cap holds back stays due.
    bool may_go(NoticeClass notice_class) {
        if (policy_.most_an_hour == 0 || is_machine(policy_.kind) || notice_class == NoticeClass::rights) {
            return true;
        }
        if (memory_.lately.size() >= policy_.most_an_hour) {
            ++held_;
            return false;
        }
        memory_.lately.push_back(now_);
        return true;
    }

    /// Why the incident is to be told now; empty: it is not.
    [[nodiscard]] std::string reason_for(const Incident& incident, const ToldIncident* told) const {
        const bool rights = is_about_rights(incident.cause);
        if (told == nullptr) {
            return rights || now_ - incident.opened_at >= pace_for(incident).wait ? "opened" : "";
        }
        if (told->acknowledged) {
            return "the acknowledgement no longer covers it";
        }
        const base::Duration since = now_ - told->at;
        const bool grew = incident.subjects.size() > told->subjects;
        const base::Duration repeat = std::min(policy_.pace.repeat, policy_.urgent.repeat);
        const base::Duration soonest = std::min({repeat,
                                                 rights ? policy_.rights_repeat : repeat,
                                                 grew ? policy_.urgent.interval : repeat,
                                                 grew ? policy_.pace.interval : repeat});
        if (since >= base::Duration::zero() && since < soonest) {
            return ""; // whichever pace holds
        }
        const NoticePace& pace = pace_for(incident);
        if (grew && since >= pace.interval) {
            return fmt::format("{} more than was told", incident.subjects.size() - told->subjects);
        }
        // A clock that was set back says it again rather than never.
        if (since >= (rights ? std::min(policy_.rights_repeat, pace.repeat) : pace.repeat) ||
            since < base::Duration::zero()) {
            return "nobody has acknowledged it";
        }
        return "";
    }

    [[nodiscard]] const NoticePace& pace_for(const Incident& incident) const {
        return is_near(views_.of(incident).batches, now_) ? policy_.urgent : policy_.pace;
    }

    void tell_incident(const Incident& incident, NoticeStatus status, std::string reason) {
        const auto told = memory_.incidents.find(incident.number);
        Notice notice =
            begin(id_of(incident), class_of(incident), status, views_.of(incident).severity, std::move(reason));
        notice.subjects_before = told == memory_.incidents.end() ? 0 : told->second.subjects;
        describe(notice, incident, matter_, now_);
        for (const NoticeBatch& batch : notice.batches) { // said here: no notice of its own
            if (wants_batch(batch.name)) {
                ToldVerdict& verdict = memory_.verdicts[batch.name];
                verdict.verdict = batch.verdict;
                verdict.next.reset();
            }
        }
        notices.push_back(std::move(notice));
    }

    void plan_incident(const Incident& incident) {
        const auto entry = memory_.incidents.find(incident.number);
        const ToldIncident* const told = entry == memory_.incidents.end() ? nullptr : &entry->second;
        if (is_held_by_maintenance(incident.source) || (incident.state == IncidentState::resolved && told == nullptr)) {
            return;
        }
        if (told == nullptr && (is_explained(incident) || !is_wanted(incident))) {
            return;
        }
        switch (incident.state) {
        case IncidentState::resolved:
            if (!policy_.resolved) {
                memory_.incidents.erase(entry);
            } else if (may_go(class_of(incident))) {
                tell_incident(incident, NoticeStatus::resolved, "it is over");
                memory_.incidents.erase(incident.number);
            }
            return;
        case IncidentState::acknowledged:
            if (told != nullptr && !told->acknowledged) {
                if (is_machine(policy_.kind)) {
                    tell_incident(incident, NoticeStatus::acknowledged, "somebody has acknowledged it");
                }
                entry->second.acknowledged = true;
                entry->second.subjects = incident.subjects.size();
            }
            return;
        case IncidentState::open: {
            std::string reason = reason_for(incident, told);
            if (!reason.empty() && may_go(class_of(incident))) {
                tell_incident(incident, NoticeStatus::firing, std::move(reason));
                memory_.incidents[incident.number] = {now_, incident.subjects.size(), false};
            }
            return;
        }
        }
    }

    /// Blindness that follows from an incident of the source itself is told by that.
    [[nodiscard]] bool is_explained(const Incident& incident) const {
        return incident.cause == Cause::blind &&
               std::any_of(matter_.incidents.begin(), matter_.incidents.end(), [&](const Incident& other) {
                   return other.source == incident.source && other.state != IncidentState::resolved &&
                          other.cause != Cause::blind && other.direction == Direction::lost &&
                          std::any_of(other.subjects.begin(), other.subjects.end(), [](const TrackKey& key) {
                              return !is_about_mailbox(key.check);
                          });
               });
    }

    [[nodiscard]] bool is_wanted(const Incident& incident) const {
        return wants_source(incident.source) && wants(class_of(incident), views_.of(incident).severity) &&
               wants_any_of(views_.of(incident).batches);
    }

    void forget_incidents() {
        std::erase_if(memory_.incidents,
                      [&](const auto& entry) { return find_incident(matter_.incidents, entry.first) == nullptr; });
    }

    void plan_verdict(const Batch& batch) {
        const auto found = matter_.readiness.find(batch.name);
        if (found == matter_.readiness.end() || !wants_source(batch.source) || !wants_batch(batch.name) ||
            is_held_by_maintenance(batch.source)) {
            return;
        }
        const Readiness& readiness = found->second;
        const auto [entry, is_new] = memory_.verdicts.try_emplace(batch.name);
        ToldVerdict& told = entry->second;
        const bool done = state_of(matter_.plan.schedule, batch, now_) == BatchState::done;
        if (is_new && done) {
            told.done = true; // it was over before there was anybody to tell
        }
        if (done || told.done) {
            tell_end(batch, readiness, told, done);
            return;
        }
        if (readiness.verdict == told.verdict) {
            told.next.reset();
            return;
        }
        if (told.next != readiness.verdict) {
            told.next = readiness.verdict;
            told.since = now_;
        }
        const bool near = batch.window && batch.window->start - now_ <= near_window;
        const base::Duration held = now_ - told.since;
        if (held >= base::Duration::zero() && held < (near ? policy_.urgent : policy_.pace).wait) {
            return;
        }
        const Severity severity = severity_of(readiness.verdict, matter_.plan, batch, now_);
        if (wants(NoticeClass::verdict, severity)) {
            if (!may_go(NoticeClass::verdict)) {
                return;
            }
            tell_verdict(batch, readiness, severity, fmt::format("it was {}", name_of(told.verdict)));
        }
        told.verdict = readiness.verdict;
        told.next.reset();
    }

    void tell_verdict(const Batch& batch, const Readiness& readiness, Severity severity, std::string reason) {
        Notice notice =
            begin("verdict." + batch.name, NoticeClass::verdict, NoticeStatus::told, severity, std::move(reason));
        describe(notice, batch, readiness, matter_, now_);
        notices.push_back(std::move(notice));
    }

    void tell_end(const Batch& batch, const Readiness& readiness, ToldVerdict& told, bool done) {
        if (done == told.done) {
            return;
        }
        if (done && wants(NoticeClass::verdict, Severity::info)) {
            if (!may_go(NoticeClass::verdict)) {
                return;
            }
            tell_verdict(batch, readiness, Severity::info, "the batch is done");
            notices.back().title = fmt::format("Batch {} is done", batch.name);
            notices.back().text = last_report(readiness, batch) + "\n";
            notices.back().remedy.clear();
        }
        told = {};
        told.done = done;
    }

    /// People hear in one summary what a maintenance window held back; machines as they would have heard it.
    void end_maintenance() {
        for (auto it = memory_.maintenance.begin(); it != memory_.maintenance.end();) {
            const auto& [source, began] = *it;
            if (matter_.in_maintenance && matter_.in_maintenance(source, now_)) {
                ++it;
                continue;
            }
            if (!is_machine(policy_.kind)) {
                sum_up(source, began);
            }
            it = memory_.maintenance.erase(it);
        }
    }

    void sum_up(const std::string& source, base::SystemTime began) {
        std::string lines;
        Severity worst = Severity::info;
        std::size_t changes = 0;
        const auto add = [&](std::string_view what, const Incident& incident) {
            lines += fmt::format("{}: {}\n", what, line_for(incident));
            ++changes;
        };
        for (const Incident& incident : matter_.incidents) {
            const auto told = memory_.incidents.find(incident.number);
            if (incident.source != source) {
                continue;
            }
            if (told == memory_.incidents.end()) {
                if (incident.state == IncidentState::open && !is_explained(incident) && is_wanted(incident)) {
                    add("Opened", incident);
                    worst = std::max(worst, views_.of(incident).severity);
                    memory_.incidents[incident.number] = {now_, incident.subjects.size(), false};
                }
            } else if (incident.state == IncidentState::resolved) {
                add("Resolved", incident);
                memory_.incidents.erase(told);
            } else if (incident.state == IncidentState::open && incident.subjects.size() > told->second.subjects) {
                add("Grew", incident);
                worst = std::max(worst, views_.of(incident).severity);
                told->second = {now_, incident.subjects.size(), false};
            }
        }
        std::vector<NoticeBatch> batches;
        for (const Batch& batch : matter_.plan.batches) {
            const auto readiness = matter_.readiness.find(batch.name);
            const auto told = memory_.verdicts.find(batch.name);
            if (batch.source != source || readiness == matter_.readiness.end() || told == memory_.verdicts.end() ||
                told->second.done || told->second.verdict == readiness->second.verdict) {
                continue;
            }
            lines += fmt::format(
                "Batch {} was {}, is {}\n", batch.name, name_of(told->second.verdict), words_for(readiness->second));
            ++changes;
            worst = std::max(worst, severity_of(readiness->second.verdict, matter_.plan, batch, now_));
            batches.push_back({batch.name, batch.window, readiness->second.verdict, 0, batch.list.mailboxes.size()});
            told->second.verdict = readiness->second.verdict;
            told->second.next.reset();
        }
        if (changes == 0 || !wants_source(source) || !wants(NoticeClass::summary, worst)) {
            return;
        }
        Notice notice = begin(
            "maintenance." + source, NoticeClass::summary, NoticeStatus::told, worst, "the maintenance window is over");
        notice.source = source;
        notice.since = began;
        notice.subjects = changes;
        notice.title = fmt::format("After the maintenance of {}: {} changes", source, changes);
        notice.text = std::move(lines);
        notice.batches = std::move(batches);
        notices.push_back(std::move(notice));
    }

    [[nodiscard]] bool has_window_ahead() const {
        return std::any_of(matter_.plan.batches.begin(), matter_.plan.batches.end(), [&](const Batch& batch) {
            return wants_source(batch.source) && wants_batch(batch.name) && batch.window && batch.window->end > now_;
        });
    }

    void plan_digest() {
        if (!policy_.last_digest) {
            return;
        }
        const base::SystemTime due = policy_.last_digest(now_);
        if (!memory_.digest || due < *memory_.digest) { // a first start, or a clock that was set back
            memory_.digest = due;
        }
        if (due == *memory_.digest || (!has_window_ahead() && due - *memory_.digest < a_week) ||
            !wants(NoticeClass::digest, Severity::info)) {
            return;
        }
        memory_.digest = due;
        std::vector<const Batch*> batches;
        for (const Batch& batch : matter_.plan.batches) {
            if (wants_source(batch.source) && wants_batch(batch.name) &&
                state_of(matter_.plan.schedule, batch, now_) != BatchState::done) {
                batches.push_back(&batch);
            }
        }
        std::vector<const Incident*> incidents;
        for (const Incident& incident : matter_.incidents) {
            if (incident.state != IncidentState::resolved && is_wanted(incident)) {
                incidents.push_back(&incident);
            }
        }
        Notice notice =
            begin("digest", NoticeClass::digest, NoticeStatus::told, Severity::info, "it is the digest's time");
        describe_digest(notice, batches, incidents, matter_, now_);
        notices.push_back(std::move(notice));
    }

    void tell_of_held() {
        const bool told_lately =
            memory_.told_of_held && *memory_.told_of_held > now_ - an_hour && *memory_.told_of_held <= now_;
        if (held_ == 0 || told_lately) {
            return;
        }
        memory_.told_of_held = now_;
        Notice notice = begin("held",
                              NoticeClass::held,
                              NoticeStatus::told,
                              Severity::warning,
                              fmt::format("{} notices went within an hour", policy_.most_an_hour));
        notice.subjects = held_;
        notice.title = fmt::format("{} more notices are held", held_);
        notice.text = fmt::format("{} more are held back by the cap of {} an hour; they go as it allows. "
                                  "Now: mailpreflight incidents\n",
                                  held_,
                                  policy_.most_an_hour);
        notices.push_back(std::move(notice));
    }

    const NoticeMatter& matter_;
    Views& views_;
    const NoticePolicy& policy_;
    ReceiverMemory memory_;
    const base::SystemTime now_;
    std::size_t held_ = 0;
};

} // namespace

bool is_machine(ReceiverKind kind) {
    switch (kind) {
    case ReceiverKind::alertmanager:
    case ReceiverKind::pagerduty:
    case ReceiverKind::journal:
        return true;
    case ReceiverKind::webhook:
    case ReceiverKind::command:
    case ReceiverKind::email:
    case ReceiverKind::slack:
    case ReceiverKind::teams:
    case ReceiverKind::heartbeat:
        return false;
    }
    return false;
}

bool is_about_rights(Cause cause) {
    return cause == Cause::impersonation_denied || cause == Cause::impersonation_right_missing ||
           cause == Cause::access_denied || cause == Cause::explicit_logon_denied || cause == Cause::right_gained ||
           cause == Cause::rights_still_work;
}

PlannedNotices plan_notices(const NoticeMatter& matter,
                            NoticeMemory memory,
                            const std::vector<NoticePolicy>& policies,
                            base::SystemTime now) {
    PlannedNotices planned;
    Views views(matter.plan, now);
    for (const NoticePolicy& policy : policies) {
        if (policy.kind == ReceiverKind::heartbeat) {
            continue; // a sign of life is no notice
        }
        Planner planner(matter, views, policy, std::move(memory[policy.receiver]), now);
        planner.plan();
        std::move(planner.notices.begin(), planner.notices.end(), std::back_inserter(planned.notices));
        planned.memory[policy.receiver] = planner.take_memory();
    }
    for (const auto& [receiver, old] : memory) {
        if (old.last > 0) { // should a receiver that is gone come back, no id is given twice
            planned.memory.try_emplace(receiver, ReceiverMemory{.last = old.last});
        }
    }
    return planned;
}

Notice trial_notice(const std::string& receiver, std::uint64_t number, const std::string& who, base::SystemTime now) {
    Notice notice;
    notice.id = fmt::format("trial.{}.{}", number, receiver);
    notice.receiver = receiver;
    notice.group = fmt::format("trial.{}", number);
    notice.notice_class = NoticeClass::trial;
    notice.severity = Severity::info;
    notice.reason = fmt::format("{} asked for it", who);
    notice.at = now;
    notice.title = "TRIAL: mailpreflight can reach you";
    notice.text =
        fmt::format("This is a trial that {} asked for. Nothing is wrong, and there is nothing to do.\n", who);
    return notice;
}

} // namespace mailpreflight::core
