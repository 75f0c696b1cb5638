#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::config {

/// One record of a list file.
struct CsvRecord {
    int line = 0;                    ///< of its first line, from 1
    bool ignored = false;            ///< blank, or a comment that begins with #
    std::vector<std::string> fields; ///< unquoted, with the blanks around them
    std::string problem;             ///< why it cannot be read; the fields are then worth nothing

    bool operator==(const CsvRecord&) const = default;
};

/// Reads RFC 4180 text with CRLF, LF or CR line ends. A quote that is never closed spoils its own line only.
class CsvReader {
public:
    CsvReader(std::string_view text, char delimiter);

    std::optional<CsvRecord> next();

private:
    /// Reads a quoted field behind its opening quote; false when it is not closed within reason.
    bool read_quoted(std::string& field);
    void skip_line();
    void end_line();
    [[nodiscard]] bool at_line_end() const;

    std::string_view text_;
    char delimiter_;
    std::size_t at_ = 0;
    int line_ = 1;
};

/// A field as it is written, quoted where it must be.
std::string csv_field(std::string_view value, char delimiter);

} // namespace mailpreflight::config
