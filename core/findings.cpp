#include "core/findings.hpp"

#include <algorithm>
#include <optional>

namespace mailpreflight::core {

Finding&
Findings::add(Check check, Cause cause, const std::string& why, const std::string& example, const RemedyNames& names) {
    Finding& finding = findings_[{check, cause, why}];
    if (finding.count++ == 0) {
        finding.check = check;
        finding.cause = cause;
        finding.why = why;
        finding.remedy = remedy_for(cause, names);
    }
    if (finding.examples.size() < most_examples) {
        finding.examples.push_back(example);
    }
    return finding;
}

void Findings::drop(Check check, Cause cause) {
    std::erase_if(findings_,
                  [&](const auto& entry) { return entry.second.check == check && entry.second.cause == cause; });
}

std::vector<Finding> Findings::sorted() const {
    std::vector<Finding> list;
    for (const auto& [key, finding] : findings_) {
        list.push_back(finding);
    }
    std::stable_sort(list.begin(), list.end(), [](const Finding& a, const Finding& b) { return a.count > b.count; });
    return list;
}

void Findings::note_row(Check check, Cause cause, const std::string& why, std::size_t row) {
    rows_[{check, cause, why}].push_back(row);
}

std::vector<std::size_t> Findings::rows_of(const Finding& finding) const {
    const auto found = rows_.find({finding.check, finding.cause, finding.why});
    return found == rows_.end() ? std::vector<std::size_t>{} : found->second;
}

void Verdicts::add(const Judgement& judgement, Check check, const std::string& example, const RemedyNames& names) {
    switch (judgement.standing) {
    case Standing::passed:
        break;
    case Standing::warned:
        warnings.add(check, judgement.cause, judgement.why, example, names);
        break;
    case Standing::blocked:
        blockers.add(check, judgement.cause, judgement.why, example, names);
        break;
    case Standing::unknown:
        unknowns.add(check, judgement.cause, judgement.why, example, names);
        break;
    }
}

void note_oldest(std::optional<base::SystemTime>& oldest, const Track* track) {
    if (track != nullptr && track->definite && (!oldest || track->definite->at < *oldest)) {
        oldest = track->definite->at;
    }
}

} // namespace mailpreflight::core
