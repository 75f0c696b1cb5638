#include "store/reader.hpp"

#include "store/outbox_rows.hpp"
#include "store/rows.hpp"
#include "store/schema.hpp"

#include <fmt/format.h>

#include <utility>

namespace mailpreflight::store {

Reader::Reader(Database database) :
    database_(std::move(database)) {}

base::Result<Reader> Reader::open(const std::filesystem::path& state_directory) {
    auto database = Database::open_for_reading(state_directory / "state.db");
    if (!database) {
        return base::failure(database.error());
    }
    const auto version = database->number("PRAGMA user_version");
    if (!version) {
        return base::failure(version.error());
    }
    const auto known = static_cast<std::int64_t>(state_schema().steps.size());
    if (*version != known) {
        return base::failure(base::ErrorCode::unsupported,
                             fmt::format("the database has schema {}, this mailpreflight reads {}", *version, known),
                             database->path().string());
    }
    return Reader(std::move(*database));
}

base::Result<std::vector<core::Transition>> Reader::history(const core::TrackKey& key, std::size_t limit) {
    return read_history(database_, key, limit);
}

base::Result<std::vector<core::Transition>> Reader::history_of(const core::Subject& subject, std::size_t limit) {
    return read_history(database_, subject, limit);
}

base::Result<std::vector<core::Transition>>
Reader::history_before(const core::Subject& subject, std::optional<base::SystemTime> before, std::size_t limit) {
    return read_history_before(database_, subject, before, limit);
}

base::Result<std::vector<core::TimelineEntry>>
Reader::timeline(const TimelineScope& scope, std::optional<base::SystemTime> before, std::size_t limit) {
    return read_timeline(database_, scope, before, limit);
}

base::Result<std::vector<core::OwedNotice>> Reader::outbox(std::optional<core::OwedState> state, std::size_t limit) {
    return read_outbox(database_, state, limit);
}

base::Result<std::map<std::string, core::Owing>> Reader::owing() {
    return read_owing(database_);
}

base::Result<std::vector<core::Acceptance>>
Reader::acceptances(const std::string& source, std::optional<base::SystemTime> before, std::size_t limit) {
    return read_acceptances(database_, source, before, limit);
}

} // namespace mailpreflight::store
