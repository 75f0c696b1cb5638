#include "config/csv.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace mailpreflight::config {

namespace {

// So that a file full of stray quotes is still read in linear time.
constexpr std::size_t longest_quoted = 4096;

} // namespace

CsvReader::CsvReader(std::string_view text, char delimiter) :
    text_(text),
    delimiter_(delimiter) {}

bool CsvReader::at_line_end() const {
    return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
}

void CsvReader::end_line() {
    if (at_ < text_.size()) {
        at_ += text_.substr(at_).starts_with("\r\n") ? std::size_t{2} : std::size_t{1};
        ++line_;
    }
}

void CsvReader::skip_line() {
    while (!at_line_end()) {
        ++at_;
    }
    end_line();
}

bool CsvReader::read_quoted(std::string& field) {
    const std::size_t limit = std::min(text_.size(), at_ + longest_quoted);
    while (at_ < limit) {
        const char c = text_[at_];
        if (c == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
            field += '"';
            at_ += 2;
        } else if (c == '"') {
            ++at_;
            return true;
        } else {
            if (c == '\n' || (c == '\r' && (at_ + 1 >= text_.size() || text_[at_ + 1] != '\n'))) {
                ++line_;
            }
            field += c;
            ++at_;
        }
    }
    return false;
}

std::optional<CsvRecord> CsvReader::next() {
    if (at_ >= text_.size()) {
        return std::nullopt;
    }
    const std::size_t start = at_;
    CsvRecord record;
    record.line = line_;
    const std::string_view first_line = text_.substr(at_, text_.substr(at_).find_first_of("\r\n"));
    const std::string_view trimmed = base::trim(first_line);
    if (trimmed.empty() || trimmed.front() == '#') {
        record.ignored = true;
        skip_line();
        return record;
    }
    const auto spoil = [&](std::string why) {
        record.problem = std::move(why);
        record.fields.clear();
        at_ = start;
        line_ = record.line;
        skip_line();
        return record;
    };
    for (;;) {
        std::string field;
        const std::size_t field_start = at_;
        while (!at_line_end() && text_[at_] != delimiter_ && (text_[at_] == ' ' || text_[at_] == '\t')) {
            ++at_;
        }
        if (at_ < text_.size() && text_[at_] == '"') {
            ++at_;
            if (!read_quoted(field)) {
                return spoil("a quote is opened and not closed");
            }
            while (!at_line_end() && text_[at_] != delimiter_ && (text_[at_] == ' ' || text_[at_] == '\t')) {
                ++at_;
            }
            if (!at_line_end() && text_[at_] != delimiter_) {
                return spoil("text follows a closing quote; a quote inside of a quoted field is written twice");
            }
        } else {
            while (!at_line_end() && text_[at_] != delimiter_) {
                ++at_;
            }
            field = text_.substr(field_start, at_ - field_start);
        }
        record.fields.push_back(std::move(field));
        if (at_line_end()) {
            end_line();
            break;
        }
        ++at_; // the delimiter
    }
    record.ignored = std::all_of(
        record.fields.begin(), record.fields.end(), [](const std::string& field) { return base::trim(field).empty(); });
    return record;
}

std::string csv_field(std::string_view value, char delimiter) {
    const bool plain = value.find_first_of("\"\r\n#") == std::string_view::npos &&
                       value.find(delimiter) == std::string_view::npos && base::trim(value) == value && !value.empty();
    if (plain) {
        return std::string(value);
    }
    std::string text = "\"";
    for (const char c : value) {
        text += c == '"' ? "\"\"" : std::string(1, c);
    }
    return text + '"';
}

} // namespace mailpreflight::config
