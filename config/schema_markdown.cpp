#include "config/schema.hpp"

#include <fmt/format.h>

namespace mailpreflight::config {

namespace {

std::string joined(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words) {
        text += fmt::format("{}`\"{}\"`", text.empty() ? "" : ", ", word);
    }
    return text;
}

std::string_view name_of(OptionType type) {
    switch (type) {
    case OptionType::text:
        return "text";
    case OptionType::path:
        return "path";
    case OptionType::url:
        return "https URL";
    case OptionType::integer:
        return "integer";
    case OptionType::number:
        return "number";
    case OptionType::duration:
        return "duration";
    case OptionType::date:
        return "date";
    case OptionType::moment:
        return "time";
    case OptionType::word:
        return "one of";
    case OptionType::texts:
        return "list of texts";
    case OptionType::word_list:
        return "list of";
    }
    return "";
}

std::string type_cell(const Option& option) {
    std::string cell(name_of(option.type));
    if (!option.words.empty()) {
        cell += ' ' + joined(option.words);
    }
    if (!option.least.empty()) {
        cell += fmt::format(", {} to {}", option.least, option.most);
    }
    if (!option.later.empty()) {
        cell +=
            fmt::format("{}with a later release: {}", option.words.empty() ? " words; " : "; ", joined(option.later));
    }
    return cell;
}

std::string default_cell(const Option& option) {
    if (option.required) {
        return "required";
    }
    return option.default_value.empty() ? "none" : fmt::format("`{}`", option.default_value);
}

std::string heading(std::string_view path) {
    std::string text(path);
    for (std::size_t at = text.find('*'); at != std::string::npos; at = text.find('*')) {
        text.replace(at, 1, "NAME");
    }
    return text;
}

} // namespace

std::string schema_as_markdown() {
    std::string text;
    for (const Table& table : schema_tables()) {
        text += fmt::format("### [{}]\n\n{}\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n",
                            heading(table.path),
                            table.paragraph);
        for (const Option& option : schema_options()) {
            if (option.table == table.path) {
                text += fmt::format(
                    "| `{}` | {} | {} | {} |\n", option.key, type_cell(option), default_cell(option), option.paragraph);
            }
        }
        text += '\n';
    }
    text += "### Known words of a later release\n\nRefused by name, so that nobody relies on them unknowingly:";
    for (const LaterKey& later : schema_later_keys()) {
        text += fmt::format("{} `{}{}`",
                            &later == &schema_later_keys().front() ? "" : ",",
                            later.table.empty() ? "" : heading(later.table) + ".",
                            later.key);
    }
    return text + ".\n";
}

} // namespace mailpreflight::config
