#include "core/ending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace mailpreflight::core {

namespace {

/// An end that a look tells of, and who told it.
struct Told {
    const Observation* look = nullptr;
    std::string at; ///< as in the facts
    std::string by;
};

std::string fact_of(const Observation& look, const std::string& name) {
    const auto found = look.facts.find(name);
    return found == look.facts.end() ? std::string() : found->second;
}

std::optional<Told> told_in(const KeptLook& look, const std::string& end, const std::string& by) {
    if (!look || !look->facts.contains(end)) {
        return std::nullopt;
    }
    return Told{&*look, fact_of(*look, end), fact_of(*look, by)};
}

/// The newest definite look tells it, else what is believed.
std::optional<Told> told_of(const Track& track, const std::string& end) {
    auto newest = told_in(track.definite, end, "told_by");
    return newest ? newest : told_in(track.confirmed, end, "told_by");
}

/// While the directory cannot be read, what it told last stands against those who know less.
std::optional<Told> password_end(const Track& track) {
    const auto newest = told_in(track.definite, "password_expires", "told_by");
    const auto believed = told_in(track.confirmed, "password_expires", "told_by");
    const auto instead = told_in(track.definite, "fallback_expires", "fallback_told_by");
    if (newest) {
        return newest;
    }
    if (believed && (believed->by == "ldap" || !instead)) {
        return believed;
    }
    return instead ? instead : told_in(track.confirmed, "fallback_expires", "fallback_told_by");
}

void add_ending(std::vector<Ending>& endings, Check check, Cause cause, Cause soon, const std::optional<Told>& told) {
    if (!told) {
        return;
    }
    const auto at = base::parse_rfc3339(told->at); // "never" is no time
    const bool told_by_failure = at && told->look->state == State::fail && *at <= told->look->at;
    if (at && !told_by_failure) {
        endings.push_back(
            {check, cause, soon, *at, cause == Cause::password_ends_before_window && told->by == "configuration"});
    }
}

std::string counted(std::chrono::microseconds::rep count, std::string_view unit) {
    return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
}

} // namespace

std::vector<Ending> known_endings(const Tracks& tracks, const std::string& source) {
    std::vector<Ending> endings;
    const Subject subject = Subject::of_source(source);
    if (const Track* const track = find_track(tracks, {Check::account_password, subject})) {
        add_ending(endings,
                   Check::account_password,
                   Cause::password_ends_before_window,
                   Cause::password_expires_soon,
                   password_end(*track));
        add_ending(endings,
                   Check::account_password,
                   Cause::account_ends_before_window,
                   Cause::account_expires_soon,
                   told_of(*track, "account_expires"));
    }
    if (const Track* const track = find_track(tracks, {Check::tls_certificate, subject})) {
        add_ending(endings,
                   Check::tls_certificate,
                   Cause::certificate_ends_before_window,
                   Cause::certificate_expires_soon,
                   told_of(*track, "not_after"));
    }
    return endings;
}

std::vector<Ending> endings_before_window(const Batch& batch, const Tracks& tracks, base::SystemTime now) {
    if (!batch.window || now >= batch.window->end) {
        return {};
    }
    std::vector<Ending> endings = known_endings(tracks, batch.source);
    std::erase_if(endings, [&](const Ending& ending) { return ending.at >= batch.window->end; });
    return endings;
}

std::string words_for(const Ending& ending, const Batch& batch, base::SystemTime now) {
    const Window& window = *batch.window;
    std::string words =
        ending.at < window.start
            ? fmt::format("{} before {}'s window", words_for(window.start - ending.at), batch.name)
            : fmt::format("inside {}'s window, {} before it is over", batch.name, words_for(window.end - ending.at));
    if (ending.at <= now) {
        words += ", and has passed already";
    }
    if (ending.declared) {
        words += "; a day that is declared counts from its first moment, UTC";
    }
    return words;
}

std::string words_for(base::Duration duration) {
    using days = std::chrono::duration<std::chrono::microseconds::rep, std::ratio<86400>>;
    if (duration >= std::chrono::hours(24)) {
        return counted(std::chrono::floor<days>(duration).count(), "day");
    }
    if (duration >= std::chrono::hours(1)) {
        return counted(std::chrono::floor<std::chrono::hours>(duration).count(), "hour");
    }
    return counted(std::chrono::floor<std::chrono::minutes>(duration).count(), "minute");
}

} // namespace mailpreflight::core
