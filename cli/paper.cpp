#include "cli/paper.hpp"

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

/// Takes from the widest column, and from the first, which says what the row is about, only above a third of the width.
std::vector<std::size_t> fitted(std::vector<std::size_t> widths, std::size_t room) {
    while (std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1)) > room) {
        auto widest = std::max_element(widths.begin(), widths.end());
        if (widest == widths.begin() && *widest * 3 <= room && widths.size() > 1) {
            const auto next = std::max_element(widths.begin() + 1, widths.end());
            widest = *next > least_column ? next : widest;
        }
        if (*widest <= least_column) {
            break;
        }
        --*widest;
    }
    return widths;
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
    std::vector<std::vector<std::string>> cells;
    std::vector<std::size_t> widths;
    for (const std::string& heading : headings_) {
        widths.push_back(width_of(heading));
    }
    for (const auto& row : rows_) {
        auto& line = cells.emplace_back();
        for (std::size_t i = 0; i < row.size(); ++i) {
            line.push_back(safe(row[i]));
            widths[i] = std::max(widths[i], width_of(line.back()));
        }
    }
    if (!paper.plain) {
        widths = fitted(std::move(widths), paper.width);
    }
    const auto line_of = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const bool last = i + 1 == row.size();
            if (paper.plain) {
                line += row[i] + (last ? "" : "\t");
            } else {
                line += last ? cut(row[i], widths[i]) : padded(cut(row[i], widths[i]), widths[i] + gap);
            }
        }
        line.erase(paper.plain ? line.size() : line.find_last_not_of(' ') + 1);
        return line;
    };
    std::string text;
    if (!paper.plain) {
        text += painted(paper, Tone::strong, line_of(headings_)) + "\n";
    }
    for (const auto& row : cells) {
        text += line_of(row) + "\n";
    }
    return text;
}

} // namespace mailpreflight::cli
