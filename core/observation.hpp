#pragma once

#include "base/clock.hpp"
#include "core/cause.hpp"
#include "core/check.hpp"
#include "core/failure.hpp"

#include <compare>
#include <map>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// What a check is about: a source, one network address of a source, or a mailbox on it.
enum class SubjectKind { source, address, mailbox };

struct Subject {
    SubjectKind kind = SubjectKind::source;
    std::string source; ///< name of [source.NAME]
    std::string name;   ///< empty for a source; "192.0.2.7:443"; "user@contoso.example" in lower case

    auto operator<=>(const Subject&) const = default;

    static Subject of_source(std::string source) {
        return {SubjectKind::source, std::move(source), {}};
    }
    static Subject of_address(std::string source, std::string address) {
        return {SubjectKind::address, std::move(source), std::move(address)};
    }
    static Subject of_mailbox(std::string source, std::string address) {
        return {SubjectKind::mailbox, std::move(source), std::move(address)};
    }
};

/// "contoso", "contoso/user@contoso.example": for people and logs.
std::string to_text(const Subject& subject);

/// One check of one subject: what observations, baseline and drift are filed under.
struct TrackKey {
    Check check = Check::source_dns;
    Subject subject;

    auto operator<=>(const TrackKey&) const = default;
};

struct StageTiming {
    Stage stage = Stage::exchange;
    base::Duration took{0};

    bool operator==(const StageTiming&) const = default;
};

/// The redacted facts that let somebody else verify an observation.
struct Evidence {
    std::string url;
    int http_status = 0;       ///< 0 when no HTTP answer came
    std::string response_code; ///< EWS ResponseCode, OWA exception type, OpenSSL error: the other side's own word
    std::string message;       ///< its text, cut to 300 characters
    std::string request_id;    ///< header request-id of the answer
    std::string client_request_id;
    std::string front_end; ///< X-FEServer
    std::string back_end;  ///< X-BEServer or X-CalculatedBETarget
    std::string peer;      ///< address:port that answered

    bool operator==(const Evidence&) const = default;
};

/// What one check saw of one subject at one time.
struct Observation {
    TrackKey key;
    base::SystemTime at;
    State state = State::unknown; ///< state_of(cause); set by observe()
    Cause cause = Cause::never_looked_at;
    std::string detail;                       ///< one line for people
    std::map<std::string, std::string> facts; ///< "build", "primary_address", "root_id", "not_after" ...
    std::vector<StageTiming> stages;
    Evidence evidence;
    /// When the connection was opened that this was seen on. A second look counts only on a connection that is newer
    /// than the first look.
    base::SystemTime connected_at;

    bool operator==(const Observation&) const = default;
};

/// An observation whose state is what the catalogue says of its cause.
Observation observe(TrackKey key, base::SystemTime at, Cause cause, std::string detail = {});
/// The same from a failed talk.
Observation observe(TrackKey key, base::SystemTime at, const Failure& failure);

/// True for pass and warn.
bool is_good(State state);
/// True for pass, warn and fail.
bool is_definite(const Observation& observation);

} // namespace mailpreflight::core
