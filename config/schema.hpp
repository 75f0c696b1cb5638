#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::config {

enum class OptionType {
    text,
    path, ///< a file, relative to the folder of the configuration file
    url,  ///< https only
    integer,
    number,
    duration, ///< text with a unit: "15m"
    date,     ///< 2026-12-24
    moment,   ///< local time in the window's zone, or RFC 3339 with an offset
    word,     ///< one of `words`
    texts,    ///< a list of texts
    word_list ///< a list of `words`
};

/// One setting. This table is the only place that declares it: the parser checks against it and docs/configuration.md
/// is printed from it.
struct Option {
    std::string_view table; ///< "source.*.limits": * stands for a name that the operator chooses
    std::string_view key;
    OptionType type = OptionType::text;
    bool required = false;
    std::string_view default_value;      ///< as one would write it; empty: there is none
    std::string_view least;              ///< lower bound as text, of numbers and durations
    std::string_view most;               ///< upper bound
    std::vector<std::string_view> words; ///< what a word may be
    std::vector<std::string_view> later; ///< words that a later release will know: refused by name
    std::string_view paragraph;
};

/// A table of the file. Sub-tables may also be written inline.
struct Table {
    std::string_view path;
    bool required = false;
    std::string_view not_a_table; ///< what to say to somebody who wrote a plain value here
    std::string_view paragraph;
};

/// A key or table that the design knows and this release does not: refused by name instead of "unknown".
struct LaterKey {
    std::string_view table;
    std::string_view key;
};

const std::vector<Table>& schema_tables();
const std::vector<Option>& schema_options();
const std::vector<LaterKey>& schema_later_keys();

/// The reference part of docs/configuration.md.
std::string schema_as_markdown();

} // namespace mailpreflight::config
