#include "base/text.hpp"
#include "core/addresses.hpp"
#include "core/due.hpp"
#include "core/next_look.hpp"
#include "core/remedy.hpp"
#include "daemon/named.hpp"
#include "daemon/views.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::daemon {

namespace {

constexpr std::size_t most_subjects = 3;

/// For a sentence: to the second.
std::string moment(base::SystemTime time) {
    return base::to_rfc3339(time).substr(0, 19) + "Z";
}

core::RemedyNames remedy_names(const State& state, const core::TrackKey& key, const core::Observation* believed) {
    core::RemedyNames names;
    names.source = key.subject.source;
    names.address = key.subject.name;
    if (const auto known = state.names.find(key.subject.source); known != state.names.end()) {
        names.account = known->second.account;
        names.account_name = known->second.account_name;
        names.host = known->second.host;
    }
    if (believed != nullptr && believed->facts.contains("primary_address")) {
        names.primary = believed->facts.at("primary_address");
    }
    return names;
}

api::ExplainedCheck
explain_check(const State& state, const core::TrackKey& key, const core::Track* track, base::SystemTime now) {
    api::ExplainedCheck explained;
    explained.check = key.check;
    explained.subject = key.subject.name;
    const core::Observation* believed = nullptr;
    if (track != nullptr) {
        believed = track->confirmed ? &*track->confirmed : track->latest ? &*track->latest : nullptr;
    }
    if (believed != nullptr) {
        explained.state = believed->state;
        explained.cause = believed->cause;
        explained.now = *believed;
        explained.since = track->confirmed_since;
        explained.last_good = track->last_good;
        if (track->latest && !core::same_news(*track->latest, *believed)) {
            explained.latest = *track->latest;
        }
        if (track->candidate) {
            const core::ConfirmRules rules = core::confirm_rules(state.plan, now);
            const auto sooner = rules.sooner.find(key.subject);
            const base::Duration wait = sooner == rules.sooner.end() ? rules.confirm_after : sooner->second;
            const core::Observation& first = *track->candidate->first;
            explained.pending = api::PendingLook{first.state, first.cause, first.at, first.at + wait};
        }
    }
    explained.next_look = core::next_look(state.plan, state.tracks, key, now);
    const core::CauseInfo& info = core::info(explained.cause);
    explained.sentence = info.sentence;
    explained.mender = info.mender;
    explained.remedy = core::remedy_for(explained.cause, remedy_names(state, key, believed));
    return explained;
}

std::vector<api::GateSight> gates_of(const State& state, const std::string& source) {
    std::vector<api::GateSight> gates;
    for (const api::SourceCheck& check : source_checks(state, source)) {
        api::GateSight gate;
        gate.check = check.check;
        gate.open = check.latest && core::is_good(check.latest->state);
        gate.detail = check.latest ? check.latest->detail : "not looked at yet";
        if (check.check != core::Check::source_watch && check.check != core::Check::tls_floor &&
            !core::is_told_beside(check.check)) {
            gates.push_back(std::move(gate));
        }
    }
    return gates;
}

std::string sentence_about(const api::ExplainedCheck& check, const std::string& subject) {
    std::string text = fmt::format(
        "{} of {} is {}: {}", core::name_of(check.check), subject, core::name_of(check.state), check.sentence);
    if (check.since) {
        text += fmt::format(" Since {}.", moment(*check.since));
    }
    if (check.last_good && check.state == core::State::fail) {
        text += fmt::format(" Last good at {}.", moment(*check.last_good));
    }
    if (check.pending) {
        text += fmt::format(" At {} it looked otherwise ({}); a second look follows at {}.",
                            moment(check.pending->first_seen),
                            core::code_of(check.pending->cause),
                            moment(check.pending->next_look));
    } else if (check.next_look) {
        text += fmt::format(" It is looked at again from {} on.", moment(*check.next_look));
    }
    return text;
}

const core::Incident* incident_named(const State& state, std::string_view id) {
    const auto number = core::incident_numbered(id);
    return number ? core::find_incident(state.incidents, *number) : nullptr;
}

void add_steadiness(api::ExplainResponse& answer, const core::Track& track, base::SystemTime now) {
    switch (core::steadiness(track.answers, now)) {
    case core::Steadiness::steady:
        break;
    case core::Steadiness::spreading:
        answer.sentences.push_back(
            core::words_for(track.answers) +
            ": a change that is spreading. A grant, or its end, may take 2 h to reach every server.");
        break;
    case core::Steadiness::unstable:
        answer.sentences.push_back(core::words_for(track.answers) + ": it comes and goes.");
        break;
    }
}

/// How far a refusal goes, by batch.
void add_extent(api::ExplainResponse& answer, const std::string& batch, const core::Finding& finding) {
    std::vector<std::string> words;
    if (!finding.extent.empty()) {
        words.push_back(finding.extent);
    }
    if (finding.in_common) {
        words.push_back("in common: " + core::to_text(*finding.in_common));
    }
    if (!words.empty()) {
        answer.sentences.push_back(fmt::format("Batch {}: {}.", batch, base::join(words, "; ")));
    }
}

void add_check(api::ExplainResponse& answer, const State& state, const core::TrackKey& key, base::SystemTime now) {
    api::ExplainedCheck check = explain_check(state, key, core::find_track(state.tracks, key), now);
    answer.sentences.push_back(sentence_about(check, key.subject.name.empty() ? key.subject.source : key.subject.name));
    if (check.state != core::State::pass && !check.remedy.empty()) {
        answer.sentences.push_back(fmt::format("What mends it ({}): {}", core::name_of(check.mender), check.remedy));
    }
    if (const core::Track* const track = core::find_track(state.tracks, key)) {
        add_steadiness(answer, *track, now);
    }
    answer.checks.push_back(std::move(check));
}

void add_incident(api::ExplainResponse& answer, const State& state, const core::TrackKey& key) {
    for (const core::Incident& incident : state.incidents) {
        if (incident.state != core::IncidentState::resolved && incident.subjects.contains(key)) {
            answer.incident = core::id_of(incident);
        }
    }
}

void add_difference(api::ExplainResponse& answer, const State& state, const core::TrackKey& key) {
    for (const core::Drift& drift : state.drift) {
        const std::string text = drift.key == key ? core::what_changed(drift.before.facts, drift.after) : "";
        if (!text.empty()) {
            answer.sentences.push_back(fmt::format("{}: {}.", core::name_of(key.check), text));
        }
    }
}

api::ExplainResponse explain_incident(const State& state, const core::Incident& incident, base::SystemTime now) {
    api::ExplainResponse answer;
    answer.of = core::id_of(incident);
    answer.kind = "incident";
    answer.source = incident.source;
    answer.incident = answer.of;
    answer.sentences.push_back(
        fmt::format("{} is {}: {} ({}) on {}, {} now, {} at most, since {}.",
                    answer.of,
                    core::name_of(incident.state),
                    core::code_of(incident.cause),
                    core::name_of(incident.direction),
                    incident.source,
                    incident.state == core::IncidentState::resolved ? 0 : incident.subjects.size(),
                    incident.peak,
                    moment(incident.opened_at)));
    answer.sentences.emplace_back(core::info(incident.cause).sentence);
    std::vector<std::string> examples;
    for (const core::TrackKey& key : incident.subjects) {
        if (examples.size() < most_subjects) {
            answer.checks.push_back(explain_check(state, key, core::find_track(state.tracks, key), now));
            add_difference(answer, state, key);
            examples.push_back(key.subject.name.empty() ? key.subject.source : key.subject.name);
        }
    }
    answer.sentences.push_back(fmt::format(
        "{} {}{}.",
        incident.state == core::IncidentState::resolved ? "Last hit:" : "It hits",
        base::join(examples, ", "),
        incident.subjects.size() > most_subjects
            ? fmt::format(" and {} more (mailpreflight drift lists them)", incident.subjects.size() - most_subjects)
            : ""));
    for (const auto& [name, readiness] : state.readiness) {
        for (const core::Finding& finding : readiness.blockers) {
            if (finding.cause != incident.cause || readiness.source != incident.source) {
                continue;
            }
            if (finding.ends_at) {
                answer.sentences.push_back(fmt::format("It ends at {}, {}.", moment(*finding.ends_at), finding.why));
            }
            add_extent(answer, name, finding);
        }
    }
    if (incident.state != core::IncidentState::resolved && !answer.checks.empty()) {
        // Of an end before a window the check itself may pass: then the incident's cause knows what mends it.
        const core::TrackKey& first = *incident.subjects.begin();
        const bool of_check =
            answer.checks.front().cause == incident.cause || incident.direction != core::Direction::lost;
        const core::Track* const track = core::find_track(state.tracks, first);
        const std::string remedy =
            of_check ? answer.checks.front().remedy
                     : core::remedy_for(
                           incident.cause,
                           remedy_names(state, first, track && track->confirmed ? &*track->confirmed : nullptr));
        const core::Mender mender = of_check ? answer.checks.front().mender : core::info(incident.cause).mender;
        if (!remedy.empty()) {
            answer.sentences.push_back(fmt::format("What mends it ({}): {}", core::name_of(mender), remedy));
        }
    }
    answer.gates = gates_of(state, incident.source);
    return answer;
}

api::ExplainResponse explain_source(const State& state, const std::string& source, base::SystemTime now) {
    api::ExplainResponse answer;
    answer.of = source;
    answer.kind = "source";
    answer.source = source;
    for (const api::SourceCheck& check : source_checks(state, source)) {
        const core::TrackKey key{check.check, core::Subject::of_source(source)};
        add_check(answer, state, key, now);
        add_incident(answer, state, key);
    }
    for (const core::TrackKey& key : core::present_addresses(state.tracks)) {
        if (key.subject.source == source) {
            add_check(answer, state, key, now);
            add_incident(answer, state, key);
        }
    }
    answer.gates = gates_of(state, source);
    for (const core::Batch& batch : state.plan.batches) {
        if (batch.source == source) {
            answer.batches.push_back(batch.name);
        }
    }
    return answer;
}

/// "ews.login", "owa.login" of "ews.login, owa.login"
std::vector<std::string> names_in(std::string_view list) {
    std::vector<std::string> names;
    for (const std::string& name : base::split(list, ',')) {
        names.emplace_back(base::trim(name));
    }
    return names;
}

std::string shown_by(const std::vector<std::string>& names) {
    if (names == std::vector<std::string>{"any"}) {
        return "Any check may show it.";
    }
    if (names == std::vector<std::string>{"verdict"}) {
        return "No check shows it: it is found when a batch is judged.";
    }
    return fmt::format("Shown by {}.", base::join(names, ", "));
}

std::string how_believed(const core::CauseInfo& info) {
    if (info.state == core::State::unknown) {
        return "what was believed before stays, and grows old.";
    }
    return info.certainty == core::Certainty::definitive
               ? "believed at once, of a mailbox only while other mailboxes of the source pass."
               : "believed after a second, equal look.";
}

/// What the catalogue says of a cause, and where it is met now.
api::ExplainResponse explain_cause(const State& state, core::Cause cause) {
    const core::CauseInfo& info = core::info(cause);
    api::ExplainedCause entry;
    entry.cause = cause;
    entry.state = info.state;
    entry.certainty = info.certainty;
    entry.mender = info.mender;
    entry.sentence = info.sentence;
    entry.remedy = core::remedy_for(cause, {});
    entry.shown_by = names_in(info.shown_by);
    entry.link = info.link;
    api::ExplainResponse answer;
    answer.of = info.code;
    answer.kind = "cause";
    answer.sentences.emplace_back(info.sentence);
    answer.sentences.push_back(fmt::format("State {}: {}", core::name_of(info.state), how_believed(info)));
    answer.sentences.push_back(shown_by(entry.shown_by));
    if (!entry.remedy.empty()) {
        answer.sentences.push_back(
            info.mender == core::Mender::nobody
                ? "What to do: " + entry.remedy
                : fmt::format("What mends it ({}): {}", core::name_of(info.mender), entry.remedy));
    }
    for (const core::Incident& incident : state.incidents) {
        if (incident.cause == cause && incident.state != core::IncidentState::resolved) {
            entry.incidents.push_back(core::id_of(incident));
            answer.sentences.push_back(fmt::format("{} is {} with it on {}: {}, since {}.",
                                                   entry.incidents.back(),
                                                   core::name_of(incident.state),
                                                   incident.source,
                                                   incident.subjects.size(),
                                                   moment(incident.opened_at)));
        }
    }
    if (entry.incidents.empty()) {
        answer.sentences.emplace_back("No incident is open with it now.");
    }
    answer.catalogue = std::move(entry);
    return answer;
}

} // namespace

api::Answer<api::ExplainResponse>
explain(const State& state, const api::ExplainRequest& request, base::SystemTime now) {
    if (const core::Incident* const incident = incident_named(state, request.of)) {
        return explain_incident(state, *incident, now);
    }
    if (has_source(state.plan, request.of)) {
        return explain_source(state, request.of, now);
    }
    if (const auto cause = core::cause_coded(request.of)) {
        return explain_cause(state, *cause);
    }
    const std::string address = base::to_lower(request.of);
    api::ExplainResponse answer;
    answer.kind = "mailbox";
    answer.of = address;
    for (const core::TrackKey& key : core::planned_keys(state.plan)) {
        if (key.subject.name == address) {
            answer.source = key.subject.source;
            add_check(answer, state, key, now);
            add_incident(answer, state, key);
        }
    }
    if (answer.checks.empty()) {
        return api::refused(
            404,
            fmt::format(
                "nothing is named {}: expected a listed address, an incident such as I17, a source, or the code "
                "of a cause",
                shown(request.of)));
    }
    answer.gates = gates_of(state, answer.source);
    for (const core::Batch& batch : state.plan.batches) {
        const bool lists = std::any_of(batch.list.mailboxes.begin(),
                                       batch.list.mailboxes.end(),
                                       [&](const auto& mailbox) { return mailbox.address == address; });
        if (lists) {
            answer.batches.push_back(batch.name);
        }
        for (const core::Exception* const exception : core::exceptions_in_force(batch, now)) {
            if (exception->address == address) {
                answer.sentences.push_back(fmt::format("It is excepted from {} until {}, by {}: {}",
                                                       batch.name,
                                                       moment(core::end_of(*exception, batch)),
                                                       exception->by,
                                                       exception->reason));
            }
        }
    }
    return answer;
}

} // namespace mailpreflight::daemon
