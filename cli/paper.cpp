#include "cli/paper.hpp"

#include "base/text.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace mailpreflight::cli {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_column = 8;

std::string_view code_of_tone(Tone tone) {
    switch (tone) {
    case Tone::good:
        return "\x1b[32m";
    case Tone::doubtful:
        return "\x1b[33m";
    case Tone::bad:
        return "\x1b[31m";
    case Tone::strong:
        return "\x1b[1m";
    case Tone::faint:
        return "\x1b[2m";
    }
    throw std::logic_error("no such tone");
}

using Cells = std::vector<std::string>;
using Widths = std::vector<std::size_t>;

std::size_t total(const Widths& widths) {
    return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
}

/// Takes from the widest column until it fits.
Widths fitted(Widths widths, std::size_t room) {
    while (total(widths) > room) {
        const auto widest = std::max_element(widths.begin(), widths.end());
        if (*widest <= least_column) {
            break;
        }
        --*widest;
    }
    return widths;
}

/// Columns of these widths behind `indent` blanks, without blanks at the end.
std::string line_of(const Cells& row, const Widths& widths, std::size_t indent) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
        line += padded(cut(row[i], widths[i]), widths[i] + gap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

} // namespace

std::string painted(const Paper& paper, Tone tone, std::string_view text) {
    if (!paper.color) {
        return std::string(text);
    }
    return std::string(code_of_tone(tone)) + std::string(text) + "\x1b[0m";
}

Tone tone_of(core::State state) {
    switch (state) {
    case core::State::pass:
        return Tone::good;
    case core::State::warn:
    case core::State::unknown:
        return Tone::doubtful;
    case core::State::fail:
        return Tone::bad;
    }
    throw std::logic_error("no such state");
}

Tone tone_of(core::Verdict verdict) {
    switch (verdict) {
    case core::Verdict::go:
        return Tone::good;
    case core::Verdict::no_go:
        return Tone::bad;
    case core::Verdict::unknown:
        return Tone::doubtful;
    }
    throw std::logic_error("no such verdict");
}

std::string Table::text(const Paper& paper) const {
    std::vector<Cells> cells;
    Widths widths;
    for (const std::string& heading : headings_) {
        widths.push_back(width_of(heading));
    }
    for (const auto& row : rows_) {
        Cells& line = cells.emplace_back();
        for (std::size_t i = 0; i < row.size(); ++i) {
            line.push_back(safe(row[i]));
            widths[i] = std::max(widths[i], width_of(line.back()));
        }
    }
    std::string text;
    if (paper.plain) {
        for (const Cells& row : cells) {
            text += base::join(row, "\t") + "\n";
        }
        return text;
    }
    if (total(widths) <= paper.width || widths.size() == 1) {
        text += painted(paper, Tone::strong, line_of(headings_, widths, 0)) + "\n";
        for (const Cells& row : cells) {
            text += line_of(row, widths, 0) + "\n";
        }
        return text;
    }
    const Widths rest = fitted(Widths(widths.begin() + 1, widths.end()), paper.width - gap);
    const auto folded = [&](const Cells& row) { return line_of(Cells(row.begin() + 1, row.end()), rest, gap); };
    text += painted(paper, Tone::strong, headings_.front() + "\n" + folded(headings_)) + "\n";
    std::string above;
    for (const Cells& row : cells) {
        text += (row.front() == above ? "" : row.front() + "\n") + folded(row) + "\n";
        above = row.front();
    }
    return text;
}

} // namespace mailpreflight::cli
