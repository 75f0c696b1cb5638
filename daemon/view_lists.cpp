#include "core/remedy.hpp"
#include "daemon/paging.hpp"
#include "daemon/views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace mailpreflight::daemon {

namespace {

constexpr std::size_t most_examples = 10;
constexpr std::size_t most_incidents = 1000;

/// The open incident that a difference is in.
std::string incident_of(const State& state, const core::Drift& drift) {
    for (const core::Incident& incident : state.incidents) {
        if (incident.state != core::IncidentState::resolved && incident.cause == drift.cause &&
            incident.subjects.contains(drift.key)) {
            return core::id_of(incident);
        }
    }
    return {};
}

api::MailboxCheck mailbox_check(core::Check check, const core::Track* track) {
    api::MailboxCheck row;
    row.check = check;
    if (track == nullptr || !track->latest) {
        return row;
    }
    const core::Observation& shown = track->confirmed ? *track->confirmed : *track->latest;
    row.state = shown.state;
    row.cause = shown.cause;
    row.detail = shown.detail;
    if (track->definite) {
        row.at = track->definite->at;
    }
    row.since = track->confirmed_since;
    return row;
}

/// All rows of the plan by source and address, each once however many batches list it.
std::map<core::Subject, api::MailboxRow> planned_mailboxes(const State& state, const api::MailboxesRequest& request) {
    std::map<core::Subject, api::MailboxRow> rows;
    for (const core::Batch& batch : state.plan.batches) {
        if ((!request.batch.empty() && batch.name != request.batch) ||
            (!request.source.empty() && batch.source != request.source)) {
            continue;
        }
        for (std::size_t i = 0; i < batch.list.mailboxes.size(); ++i) {
            const core::ListedMailbox& mailbox = batch.list.mailboxes[i];
            const core::Subject subject = core::Subject::of_mailbox(batch.source, mailbox.address);
            api::MailboxRow& row = rows[subject];
            row.address = mailbox.address;
            row.source = batch.source;
            row.batches.push_back(batch.name);
            row.labels.insert(mailbox.labels.begin(), mailbox.labels.end());
            for (const core::Way way : core::required_ways(batch, i, state.plan.schedule)) {
                const core::Check check = core::check_of(way);
                const bool there = std::any_of(
                    row.checks.begin(), row.checks.end(), [&](const api::MailboxCheck& c) { return c.check == check; });
                if (!there) {
                    row.checks.push_back(mailbox_check(check, core::find_track(state.tracks, {check, subject})));
                }
            }
        }
    }
    return rows;
}

} // namespace

std::string cursor_of(const core::TrackKey& key) {
    return std::string(core::name_of(key.check)) + " " + key.subject.source + " " + key.subject.name;
}

api::MailboxesResponse mailboxes_page(const State& state, const api::MailboxesRequest& request) {
    api::MailboxesResponse page;
    for (auto& [subject, row] : planned_mailboxes(state, request)) {
        if (!request.after.empty() && fmt::format("{} {}", subject.source, subject.name) <= request.after) {
            continue;
        }
        const bool wanted = (!request.state && !request.cause) ||
                            std::any_of(row.checks.begin(), row.checks.end(), [&](const api::MailboxCheck& check) {
                                return (!request.state || check.state == *request.state) &&
                                       (!request.cause || check.cause == *request.cause);
                            });
        if (!wanted) {
            continue;
        }
        if (page.mailboxes.size() == static_cast<std::size_t>(request.limit)) {
            page.next = page.mailboxes.back().source + " " + page.mailboxes.back().address;
            break;
        }
        page.mailboxes.push_back(std::move(row));
    }
    return page;
}

api::DriftResponse drift_page(const State& state, const api::DriftRequest& request, base::SystemTime now) {
    std::map<std::string, const core::Drift*> rows;
    for (const core::Drift& drift : state.drift) {
        if (request.source.empty() || drift.key.subject.source == request.source) {
            // A key may be news twice: another certificate than before, and one that ends before the window.
            const std::string cursor = cursor_of(drift.key);
            rows.emplace(rows.contains(cursor) ? fmt::format("{} {}", cursor, core::code_of(drift.cause)) : cursor,
                         &drift);
        }
    }
    const std::set<core::Subject> critical = core::critical_subjects(state.plan, now);
    api::DriftResponse page;
    page.next = take_page(rows, request.after, request.limit, [&](const core::Drift* row) {
        const core::Drift& drift = *row;
        api::DriftRow shown;
        shown.source = drift.key.subject.source;
        shown.subject = drift.key.subject.name;
        shown.check = drift.key.check;
        shown.direction = drift.direction;
        shown.cause = drift.cause;
        shown.before = drift.before.state;
        shown.before_cause = drift.before.cause;
        shown.after = drift.after.state;
        shown.after_cause = drift.after.cause;
        shown.detail = core::what_changed(drift.before.facts, drift.after);
        shown.detail += (shown.detail.empty() || drift.after.detail.empty() ? "" : "; ") + drift.after.detail;
        shown.first_seen = drift.first_seen;
        shown.last_good = drift.last_good;
        shown.incident = incident_of(state, drift);
        shown.critical = core::is_critical(drift.key.subject, state.plan, critical);
        page.drift.push_back(std::move(shown));
    });
    return page;
}

api::IncidentRow
incident_row(const State& state, const core::Incident& incident, const std::set<core::Subject>& critical) {
    api::IncidentRow row;
    row.id = core::id_of(incident);
    row.source = incident.source;
    row.cause = incident.cause;
    row.direction = incident.direction;
    row.state = incident.state;
    row.opened_at = incident.opened_at;
    row.updated_at = incident.updated_at;
    row.resolved_at = incident.resolved_at;
    row.subjects = incident.subjects.size();
    row.peak = incident.peak;
    for (const core::TrackKey& key : incident.subjects) {
        if (row.examples.size() < most_examples) {
            row.examples.push_back(key.subject.name.empty() ? key.subject.source : key.subject.name);
        }
    }
    for (const core::Batch& batch : state.plan.batches) {
        if (batch.source != incident.source) {
            continue;
        }
        std::set<std::string> addresses;
        for (const core::ListedMailbox& mailbox : batch.list.mailboxes) {
            addresses.insert(mailbox.address);
        }
        const auto hit = std::count_if(incident.subjects.begin(),
                                       incident.subjects.end(),
                                       [&](const core::TrackKey& key) { return addresses.contains(key.subject.name); });
        if (hit > 0) {
            row.batches.push_back({batch.name, static_cast<std::uint64_t>(hit)});
        }
    }
    const core::CauseInfo& info = core::info(incident.cause);
    row.sentence = info.sentence;
    row.mender = info.mender;
    core::RemedyNames names;
    names.source = incident.source;
    names.address = row.examples.empty() ? "" : row.examples.front();
    if (const auto known = state.names.find(incident.source); known != state.names.end()) {
        names.account = known->second.account;
        names.account_name = known->second.account_name;
        names.host = known->second.host;
    }
    row.remedy = core::remedy_for(incident.cause, names);
    row.acknowledged_by = incident.acknowledged_by;
    row.comment = incident.comment;
    row.acknowledged_until = incident.acknowledged_until;
    row.critical = incident.state != core::IncidentState::resolved &&
                   std::any_of(incident.subjects.begin(), incident.subjects.end(), [&](const core::TrackKey& key) {
                       return core::is_critical(key.subject, state.plan, critical);
                   });
    return row;
}

api::IncidentsResponse incidents_list(const State& state, const api::IncidentsRequest& request, base::SystemTime now) {
    const std::set<core::Subject> critical = core::critical_subjects(state.plan, now);
    api::IncidentsResponse list;
    for (auto incident = state.incidents.rbegin(); incident != state.incidents.rend(); ++incident) {
        const bool wanted =
            request.state ? incident->state == *request.state : incident->state != core::IncidentState::resolved;
        if (wanted && list.incidents.size() < most_incidents) {
            list.incidents.push_back(incident_row(state, *incident, critical));
        }
    }
    return list;
}

} // namespace mailpreflight::daemon
