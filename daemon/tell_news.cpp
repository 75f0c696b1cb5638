#include "daemon/tell_news.hpp"

#include "core/certificate_change.hpp"
#include "daemon/log.hpp"
#include "daemon/timeline.hpp"

#include <fmt/format.h>

namespace mailpreflight::daemon {

namespace {

/// Another certificate that is as good as the one before: the event says whether it was a renewal, and what differs.
void tell_of_certificate(const core::Transition& transition, api::WatchEvent& event) {
    if (transition.key.check != core::Check::tls_certificate || !transition.before) {
        return;
    }
    const auto& before = transition.before->facts;
    const auto& after = transition.after.facts;
    const auto was = before.find("sha256");
    const auto is = after.find("sha256");
    if (was == before.end() || is == after.end() || was->second == is->second ||
        transition.after.state == core::State::fail) {
        return;
    }
    const bool renewed = core::is_renewal(before, after, transition.first_seen);
    event.cause = renewed ? core::Cause::certificate_renewed : core::Cause::certificate_changed;
    event.text = fmt::format("the certificate of {} was {}: {}",
                             transition.key.subject.source,
                             renewed ? "renewed" : "replaced",
                             core::what_changed(before, transition.after));
    if (renewed) { // a replacement is an incident, which speaks for itself
        log(Message::certificate_renewed, event.text, {{"MPF_SOURCE", event.source}});
    }
}

} // namespace

void tell_news(const State& state, const News& news, EventHub& events) {
    for (const core::Transition& transition : news.transitions) {
        api::WatchEvent event;
        event.kind =
            core::is_about_mailbox(transition.key.check) ? api::WatchKind::observation_changed : api::WatchKind::source;
        event.source = transition.key.subject.source;
        event.subject = transition.key.subject.name;
        event.check = transition.key.check;
        if (transition.before) {
            event.before = transition.before->state;
        }
        event.state = transition.after.state;
        event.cause = transition.after.cause;
        event.text = fmt::format("{} of {} is {} ({})",
                                 core::name_of(transition.key.check),
                                 core::to_text(transition.key.subject),
                                 core::name_of(transition.after.state),
                                 core::code_of(transition.after.cause));
        tell_of_certificate(transition, event);
        events.publish(std::move(event));
    }
    for (const core::IncidentChange& change : news.incidents) {
        const core::Incident* const incident = core::find_incident(state.incidents, change.number);
        if (incident == nullptr) {
            continue;
        }
        api::WatchEvent event;
        event.kind = api::WatchKind::incident;
        event.source = incident->source;
        event.cause = incident->cause;
        event.direction = incident->direction;
        event.incident = core::id_of(*incident);
        event.incident_state = incident->state;
        event.subjects = incident->subjects.size();
        event.text = core::words_for(change, *incident);
        const Message message = change.kind == core::IncidentChangeKind::opened     ? Message::incident_opened
                                : change.kind == core::IncidentChangeKind::resolved ? Message::incident_resolved
                                                                                    : Message::incident_changed;
        log(message, event.text, {{"MPF_SOURCE", incident->source}, {"MPF_INCIDENT", event.incident}});
        events.publish(std::move(event));
    }
    for (const News::Batch& batch : news.batches) {
        api::WatchEvent event;
        event.kind = batch.report.empty() ? api::WatchKind::batch : api::WatchKind::batch_report;
        event.source = state.readiness.at(batch.name).source;
        event.batch = batch.name;
        event.batch_state = batch.state;
        event.text =
            batch.report.empty() ? fmt::format("batch {} is {}", batch.name, core::name_of(batch.state)) : batch.report;
        log(Message::batch_changed, event.text, {{"MPF_BATCH", batch.name}, {"MPF_SOURCE", event.source}});
        events.publish(std::move(event));
    }
    for (const std::string& batch : news.verdicts) {
        const core::Readiness& readiness = state.readiness.at(batch);
        api::WatchEvent event;
        event.kind = api::WatchKind::readiness;
        event.source = readiness.source;
        event.batch = batch;
        event.verdict = readiness.verdict;
        event.text = verdict_words(readiness);
        log(Message::verdict_changed, event.text, {{"MPF_BATCH", batch}, {"MPF_SOURCE", readiness.source}});
        events.publish(std::move(event));
    }
}

} // namespace mailpreflight::daemon
