#include "config/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace mailpreflight::config {

std::string Problem::to_text() const {
    std::string where = file;
    if (line > 0) {
        where += fmt::format(":{}", line);
        if (column > 0) {
            where += fmt::format(":{}", column);
        }
    }
    return fmt::format("{}: {}: {}", where, severity == Severity::error ? "error" : "warning", text);
}

Problems::Problems(std::string file) :
    file_(std::move(file)) {}

void Problems::error(Position at, std::string text) {
    problems_.push_back({file_, at.line, at.column, Problem::Severity::error, std::move(text)});
}

void Problems::warning(Position at, std::string text) {
    problems_.push_back({file_, at.line, at.column, Problem::Severity::warning, std::move(text)});
}

void Problems::warning_in(std::string file, int line, std::string text) {
    problems_.push_back({std::move(file), line, 0, Problem::Severity::warning, std::move(text)});
}

bool Problems::has_error() const {
    return std::any_of(problems_.begin(), problems_.end(), [](const Problem& problem) {
        return problem.severity == Problem::Severity::error;
    });
}

std::vector<Problem> Problems::take() {
    std::stable_sort(problems_.begin(), problems_.end(), [&](const Problem& a, const Problem& b) {
        const auto key = [&](const Problem& problem) {
            const bool elsewhere = problem.file != file_;
            return std::make_tuple(elsewhere, elsewhere ? 0 : problem.line, elsewhere ? 0 : problem.column);
        };
        return key(a) < key(b);
    });
    return std::exchange(problems_, {});
}

} // namespace mailpreflight::config
