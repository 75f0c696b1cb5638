#pragma once

#include "core/readiness.hpp"
#include "core/remedy.hpp"
#include "core/standing.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <vector>

// What readiness is put together of; for readiness.cpp and its parts alone.
namespace mailpreflight::core {

inline constexpr std::size_t most_examples = 3; ///< of a finding

/// A check's findings come together by cause and reason; sorted by count when they are shown.
class Findings {
public:
    Finding&
    add(Check check, Cause cause, const std::string& why, const std::string& example, const RemedyNames& names);
    void drop(Check check, Cause cause);
    [[nodiscard]] std::vector<Finding> sorted() const;

    /// The finding is about this row of the list, too.
    void note_row(Check check, Cause cause, const std::string& why, std::size_t row);
    [[nodiscard]] std::vector<std::size_t> rows_of(const Finding& finding) const;

    [[nodiscard]] bool empty() const {
        return findings_.empty();
    }

private:
    std::map<std::tuple<Check, Cause, std::string>, Finding> findings_;
    std::map<std::tuple<Check, Cause, std::string>, std::vector<std::size_t>> rows_;
};

/// What makes a batch NO-GO, what is told beside GO, and what keeps it UNKNOWN.
struct Verdicts {
    Findings blockers;
    Findings warnings;
    Findings unknowns;

    void add(const Judgement& judgement, Check check, const std::string& example, const RemedyNames& names);
};

/// The oldest definite look that a verdict rests on.
void note_oldest(std::optional<base::SystemTime>& oldest, const Track* track);

} // namespace mailpreflight::core
