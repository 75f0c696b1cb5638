#pragma once

#include "core/cause.hpp"
#include "core/readiness.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::cli {

/// What is written on: everything that rendering must know of the terminal.
struct Paper {
    std::size_t width = 80;
    bool color = false;
    bool plain = false; ///< for grep and awk: a record a line, fields between tabs, nothing cut

    bool operator==(const Paper&) const = default;
};

enum class Tone { good, doubtful, bad, strong, faint };

/// Text in a tone, where there is colour.
std::string painted(const Paper& paper, Tone tone, std::string_view text);

Tone tone_of(core::State state);
Tone tone_of(core::Verdict verdict);

/// Rows of cells, which are made safe. Where they do not fit the width, the first cell of a row stands alone on its
/// line, whole, as it is what one copies, and the others follow on the next; only then the widest columns are cut.
class Table {
public:
    Table(std::vector<std::string> headings, std::vector<std::vector<std::string>> rows) :
        headings_(std::move(headings)),
        rows_(std::move(rows)) {}
    [[nodiscard]] std::string text(const Paper& paper) const;

private:
    std::vector<std::string> headings_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace mailpreflight::cli
