#pragma once

#include <string>
#include <vector>

namespace mailpreflight::config {

/// Where in a file; line 0 means the file as a whole. Both count from 1.
struct Position {
    int line = 0;
    int column = 0;

    bool operator==(const Position&) const = default;
};

/// One thing that is wrong, or doubtful, in a configuration or in a list that it names. Never holds a secret.
struct Problem {
    enum class Severity { error, warning };

    std::string file;
    int line = 0;
    int column = 0;
    Severity severity = Severity::error;
    std::string text; ///< what was found, what was expected, how to mend it

    /// "mailpreflight.toml:12:8: error: ...", the form that editors jump to.
    [[nodiscard]] std::string to_text() const;

    bool operator==(const Problem&) const = default;
};

/// Collects the problems of one configuration file, so that all are told at once.
class Problems {
public:
    explicit Problems(std::string file);

    void error(Position at, std::string text);
    void warning(Position at, std::string text);
    /// A doubt about another file that the configuration names.
    void warning_in(std::string file, int line, std::string text);

    [[nodiscard]] bool has_error() const;
    /// In the order of the file; what concerns other files comes last.
    [[nodiscard]] std::vector<Problem> take();

private:
    std::string file_;
    std::vector<Problem> problems_;
};

} // namespace mailpreflight::config
