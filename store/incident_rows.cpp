#include "store/incident_rows.hpp"

#include "json/codec.hpp"
#include "store/rows.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace mailpreflight::store {

namespace {

base::Result<std::set<core::TrackKey>> read_incident_subjects(Statement& statement, std::uint64_t number) {
    statement.bind(1, static_cast<std::int64_t>(number));
    std::set<core::TrackKey> subjects;
    auto status = for_each_row(statement, [&](const Statement& row) -> base::Status {
        auto key = key_at(row, 0);
        if (!key) {
            return base::failure(key.error());
        }
        subjects.insert(std::move(*key));
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return subjects;
}

} // namespace

base::Result<std::vector<core::Incident>> read_incidents(Database& database, std::size_t most_resolved) {
    auto statement = database.prepare(
        "SELECT head FROM incident WHERE state <> 'resolved' OR number IN "
        "(SELECT number FROM incident WHERE state = 'resolved' ORDER BY number DESC LIMIT ?1) ORDER BY number");
    auto subjects = database.prepare("SELECT source, subject_kind, subject, check_name FROM incident_subject "
                                     "WHERE number = ?1");
    if (!statement || !subjects) {
        return base::failure(!statement ? statement.error() : subjects.error());
    }
    statement->bind(1, static_cast<std::int64_t>(most_resolved));
    std::vector<core::Incident> incidents;
    auto status = for_each_row(*statement, [&](const Statement& row) -> base::Status {
        auto incident = value_in<core::Incident>(row.text(0));
        if (!incident) {
            return base::failure(incident.error().wrap("cannot read an incident"));
        }
        auto keys = read_incident_subjects(*subjects, incident->number);
        if (!keys) {
            return base::failure(keys.error().wrap("cannot read an incident", core::id_of(*incident)));
        }
        incident->subjects = std::move(*keys);
        incidents.push_back(std::move(*incident));
        return {};
    });
    if (!status) {
        return base::failure(status.error());
    }
    return incidents;
}

base::Status
write_incident(Database& database, const core::Incident& incident, const std::set<core::TrackKey>* stored) {
    const auto number = static_cast<std::int64_t>(incident.number);
    const std::vector<const core::Incident*> one{&incident};
    auto status =
        run_each(database,
                 "INSERT INTO incident (number, source, cause, direction, state, head) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
                 "ON CONFLICT DO UPDATE SET source = ?2, cause = ?3, direction = ?4, state = ?5, head = ?6",
                 one,
                 [&](Statement& s, const core::Incident* row) {
                     s.bind(1, number)
                         .bind(2, row->source)
                         .bind(3, core::code_of(row->cause))
                         .bind(4, core::name_of(row->direction))
                         .bind(5, core::name_of(row->state))
                         .bind(6, json::write(json::to_json(*row, 0)));
                 });
    if (!status) {
        return status;
    }
    std::vector<core::TrackKey> gone;
    std::vector<core::TrackKey> come;
    if (stored != nullptr) {
        std::set_difference(stored->begin(),
                            stored->end(),
                            incident.subjects.begin(),
                            incident.subjects.end(),
                            std::back_inserter(gone));
        std::set_difference(incident.subjects.begin(),
                            incident.subjects.end(),
                            stored->begin(),
                            stored->end(),
                            std::back_inserter(come));
    } else {
        status = run_each(database,
                          "DELETE FROM incident_subject WHERE number = ?1",
                          one,
                          [&](Statement& s, const core::Incident*) { s.bind(1, number); });
        if (!status) {
            return status;
        }
        come.assign(incident.subjects.begin(), incident.subjects.end());
    }
    const auto bind = [&](Statement& s, const core::TrackKey& key) {
        s.bind(1, number);
        bind_key(s, 2, key);
    };
    status = run_each(database,
                      "DELETE FROM incident_subject WHERE number = ?1 AND source = ?2 AND subject_kind = ?3 AND "
                      "subject = ?4 AND check_name = ?5",
                      gone,
                      bind);
    if (!status) {
        return status;
    }
    return run_each(database,
                    "INSERT OR IGNORE INTO incident_subject (number, source, subject_kind, subject, check_name) "
                    "VALUES (?1, ?2, ?3, ?4, ?5)",
                    come,
                    bind);
}

} // namespace mailpreflight::store
