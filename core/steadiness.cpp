#include "core/steadiness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

constexpr int losses_of_unstable = 2;
constexpr int changes_of_spreading = 2;

Answer answer_of(const Observation& look) {
    return {look.at, look.state != State::fail, look.cause, look.evidence.front_end, look.evidence.back_end};
}

bool says_the_same(const Answer& a, const Answer& b) {
    return a.good == b.good && (a.good || a.cause == b.cause);
}

int changes_in(const std::vector<Answer>& answers) {
    int changes = 0;
    for (std::size_t i = 1; i < answers.size(); ++i) {
        changes += says_the_same(answers[i - 1], answers[i]) ? 0 : 1;
    }
    return changes;
}

/// How often it opened and was refused then. What was mended, even twice, is no sign of coming and going.
int losses_in(const std::vector<Answer>& answers) {
    int losses = 0;
    for (std::size_t i = 1; i < answers.size(); ++i) {
        losses += answers[i - 1].good && !answers[i].good ? 1 : 0;
    }
    return losses;
}

/// What each server said: true where all it said was good, false where nothing was; nothing when one said both.
std::optional<std::map<std::string, bool>> by_server(const std::vector<Answer>& answers, std::string Answer::*server) {
    std::map<std::string, bool> said;
    for (const Answer& answer : answers) {
        const auto [entry, is_new] = said.emplace(answer.*server, answer.good);
        if ((answer.*server).empty() || (!is_new && entry->second != answer.good)) {
            return std::nullopt;
        }
    }
    return said;
}

bool differs_by_server(const std::vector<Answer>& answers) {
    return by_server(answers, &Answer::front_end) || by_server(answers, &Answer::back_end);
}

} // namespace

std::string_view name_of(Steadiness steadiness) {
    switch (steadiness) {
    case Steadiness::steady:
        return "steady";
    case Steadiness::spreading:
        return "spreading";
    case Steadiness::unstable:
        return "unstable";
    }
    throw std::logic_error("no such steadiness");
}

std::vector<Answer> with_answer(std::vector<Answer> answers, const Observation& look, const Observation* believed) {
    const Answer answer = answer_of(look);
    std::erase_if(answers, [&](const Answer& old) { return old.at > look.at || look.at - old.at > longest_memory; });
    if (answers.empty()) {
        if (believed == nullptr || says_the_same(answer_of(*believed), answer)) {
            return answers;
        }
        answers.push_back(answer_of(*believed));
    }
    answers.push_back(answer);
    if (answers.size() > most_answers) {
        answers.erase(answers.begin());
    }
    // Steady again: all that is left says one thing.
    return changes_in(answers) == 0 ? std::vector<Answer>{} : answers;
}

Steadiness steadiness(const std::vector<Answer>& answers, base::SystemTime now) {
    const int changes = changes_in(answers);
    if (changes < changes_of_spreading) {
        return Steadiness::steady;
    }
    const auto first_change = std::find_if(
        answers.begin(), answers.end(), [&](const Answer& a) { return !says_the_same(a, answers.front()); });
    if (differs_by_server(answers) && now - first_change->at < longest_spreading) {
        return Steadiness::spreading;
    }
    return losses_in(answers) < losses_of_unstable ? Steadiness::steady : Steadiness::unstable;
}

std::string words_for(const std::vector<Answer>& answers) {
    std::set<std::string_view> causes;
    std::size_t bad = 0;
    for (const Answer& answer : answers) {
        if (!answer.good) {
            ++bad;
            causes.insert(code_of(answer.cause));
        }
    }
    std::string text = fmt::format("{} of {} looks since {}Z were refused ({})",
                                   bad,
                                   answers.size(),
                                   answers.empty() ? "" : base::to_rfc3339(answers.front().at).substr(0, 16),
                                   fmt::join(causes, ", "));
    for (const auto& server : {&Answer::front_end, &Answer::back_end}) {
        if (const auto said = by_server(answers, server); said && said->size() > 1) {
            for (const auto& [name, good] : *said) {
                text += fmt::format("; {} {}", name, good ? "passes" : "refuses");
            }
            break;
        }
    }
    return text;
}

Observation unstable_look(const Observation& look, const std::vector<Answer>& answers) {
    Observation unstable = look;
    unstable.cause = Cause::access_unstable;
    unstable.state = info(Cause::access_unstable).state;
    unstable.detail = words_for(answers);
    return unstable;
}

} // namespace mailpreflight::core
