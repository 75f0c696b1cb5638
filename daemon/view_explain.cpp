#include "base/text.hpp"
#include "core/due.hpp"
#include "core/remedy.hpp"
#include "daemon/views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

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
            explained.latest = track->latest;
        }
        if (track->candidate) {
            const core::ConfirmRules rules = core::confirm_rules(state.plan, now);
            const auto sooner = rules.sooner.find(key.subject);
            const base::Duration wait = sooner == rules.sooner.end() ? rules.confirm_after : sooner->second;
            const core::Observation& first = track->candidate->first;
            explained.pending = api::PendingLook{first.state, first.cause, first.at, first.at + wait};
        }
    }
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
        gate.open =
            check.latest && (check.latest->state == core::State::pass || check.latest->state == core::State::warn);
        gate.detail = check.latest ? check.latest->detail : "not looked at yet";
        if (check.check != core::Check::source_watch && check.check != core::Check::server_version) {
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
    }
    return text;
}

const core::Incident* incident_named(const State& state, std::string_view id) {
    std::uint64_t number = 0;
    if (id.size() < 2 || (id.front() != 'I' && id.front() != 'i')) {
        return nullptr;
    }
    const auto [end, error] = std::from_chars(id.data() + 1, id.data() + id.size(), number);
    if (error != std::errc() || end != id.data() + id.size()) {
        return nullptr;
    }
    const auto found = std::find_if(state.incidents.begin(),
                                    state.incidents.end(),
                                    [&](const core::Incident& incident) { return incident.number == number; });
    return found == state.incidents.end() ? nullptr : &*found;
}

void add_check(api::ExplainResponse& answer, const State& state, const core::TrackKey& key, base::SystemTime now) {
    api::ExplainedCheck check = explain_check(state, key, core::find_track(state.tracks, key), now);
    answer.sentences.push_back(sentence_about(check, key.subject.name.empty() ? key.subject.source : key.subject.name));
    if (check.state != core::State::pass && !check.remedy.empty()) {
        answer.sentences.push_back(fmt::format("What mends it ({}): {}", core::name_of(check.mender), check.remedy));
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
    if (incident.state != core::IncidentState::resolved && !answer.checks.empty() &&
        !answer.checks.front().remedy.empty()) {
        answer.sentences.push_back(fmt::format(
            "What mends it ({}): {}", core::name_of(answer.checks.front().mender), answer.checks.front().remedy));
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
    answer.gates = gates_of(state, source);
    for (const core::Batch& batch : state.plan.batches) {
        if (batch.source == source) {
            answer.batches.push_back(batch.name);
        }
    }
    return answer;
}

} // namespace

api::Answer<api::ExplainResponse>
explain(const State& state, const api::ExplainRequest& request, base::SystemTime now) {
    if (const core::Incident* const incident = incident_named(state, request.of)) {
        return explain_incident(state, *incident, now);
    }
    for (const core::SourcePlan& source : state.plan.sources) {
        if (source.name == request.of) {
            return explain_source(state, source.name, now);
        }
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
            fmt::format("nothing is named {}: expected a listed address, an incident such as I17, or a source",
                        base::shorten(base::to_valid_utf8(request.of), 200)));
    }
    answer.gates = gates_of(state, answer.source);
    for (const core::Batch& batch : state.plan.batches) {
        const bool lists = std::any_of(batch.list.mailboxes.begin(),
                                       batch.list.mailboxes.end(),
                                       [&](const auto& mailbox) { return mailbox.address == address; });
        if (lists) {
            answer.batches.push_back(batch.name);
        }
    }
    return answer;
}

} // namespace mailpreflight::daemon
