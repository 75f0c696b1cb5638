#pragma once

#include "core/observation.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mailpreflight::core {

/// A definite look in few words, kept of a mailbox whose answers differ of late.
struct Answer {
    base::SystemTime at;
    bool good = false;
    Cause cause = Cause::ok;
    std::string front_end; ///< X-FEServer
    std::string back_end;  ///< X-BEServer

    bool operator==(const Answer&) const = default;
};

/// What the answers of the last hours are together (DESIGN 6.4).
enum class Steadiness {
    steady,
    spreading, ///< each server says one thing, not all the same, and the first change is not 2 h old
    unstable,  ///< it was lost twice: it comes and goes
};

std::string_view name_of(Steadiness steadiness);

/// A grant or its end takes up to this long to reach every server.
inline constexpr base::Duration longest_spreading = std::chrono::hours(2);
/// Answers are kept this long, at most most_answers of them.
inline constexpr base::Duration longest_memory = std::chrono::hours(4);
inline constexpr std::size_t most_answers = 32;

/// The answers with this look: none as long as nothing differs from what is believed (null: nothing is), so that steady
/// mailboxes keep none.
std::vector<Answer> with_answer(std::vector<Answer> answers, const Observation& look, const Observation* believed);

Steadiness steadiness(const std::vector<Answer>& answers, base::SystemTime now);

/// "5 of 9 looks since 10:00Z were refused (impersonation_denied); EX01 passes, EX02 fails": for a sentence.
std::string words_for(const std::vector<Answer>& answers);

/// What is believed of a mailbox that is unstable: a failure with cause access_unstable, seen by this look.
Observation unstable_look(const Observation& look, const std::vector<Answer>& answers);

} // namespace mailpreflight::core
