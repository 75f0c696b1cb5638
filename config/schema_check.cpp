#include "config/schema_check.hpp"

#include "base/clock.hpp"
#include "base/text.hpp"
#include "config/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace mailpreflight::config {

namespace {

std::string_view name_of(Node::Kind kind) {
    switch (kind) {
    case Node::Kind::table:
        return "a table";
    case Node::Kind::list:
        return "a list";
    case Node::Kind::text:
        return "a text";
    case Node::Kind::integer:
        return "an integer";
    case Node::Kind::number:
        return "a number with a fraction";
    case Node::Kind::boolean:
        return "true or false";
    case Node::Kind::date:
        return "a date";
    case Node::Kind::moment:
        return "a date with a time";
    case Node::Kind::time:
        return "a time of day";
    }
    return "";
}

/// What was found, for a message: the value where that helps and cannot be a secret.
std::string shown(const Node& node) {
    switch (node.kind) {
    case Node::Kind::text:
        return fmt::format("\"{}\"", base::to_valid_utf8(base::shorten(node.text, 60)));
    case Node::Kind::integer:
        return fmt::format("{}", node.integer);
    case Node::Kind::number:
        return fmt::format("{}", node.number);
    case Node::Kind::boolean:
        return node.boolean ? "true" : "false";
    case Node::Kind::moment:
        return node.text;
    case Node::Kind::table:
    case Node::Kind::list:
    case Node::Kind::date:
    case Node::Kind::time:
        return std::string(name_of(node.kind));
    }
    return "";
}

std::string quoted(const std::vector<std::string_view>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view separator = i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
        text += fmt::format("{}\"{}\"", separator, words[i]);
    }
    return text;
}

double as_number(std::string_view text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool has(const std::vector<std::string_view>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

class Checker {
public:
    explicit Checker(Problems& problems) :
        problems_(problems) {}

    /// `pattern` is the schema's path of the table, `path` the operator's.
    void check_table(const Node& table, const std::string& pattern, const std::string& path) {
        for (const Node::Member& member : table.members) {
            check_member(member, pattern, path);
        }
        for (const Option& option : schema_options()) {
            if (option.required && option.table == pattern && table.find(option.key) == nullptr) {
                tell_missing(table, path, option.key, option.paragraph);
            }
        }
        for (const Table& child : schema_tables()) {
            const std::size_t dot = child.path.rfind('.');
            if (child.required && dot != std::string_view::npos && child.path.substr(0, dot) == pattern &&
                table.find(child.path.substr(dot + 1)) == nullptr) {
                tell_missing(table, path, child.path.substr(dot + 1), child.not_a_table);
            }
        }
    }

private:
    void tell_missing(const Node& table, const std::string& path, std::string_view key, std::string_view paragraph) {
        problems_.error(table.position, fmt::format("[{}] lacks \"{}\": {}", path, key, paragraph));
    }

    void check_member(const Node::Member& member, const std::string& pattern, const std::string& path) {
        const std::string child_path = path.empty() ? member.key : path + "." + member.key;
        if (pattern.empty() && is_family(member.key)) {
            check_family(member);
            return;
        }
        const std::string child_pattern = pattern.empty() ? member.key : pattern + "." + member.key;
        for (const Table& child : schema_tables()) {
            if (child.path == child_pattern) {
                if (member.value.kind == Node::Kind::table) {
                    check_table(member.value, child_pattern, child_path);
                } else if (child.not_a_table.empty()) {
                    tell_not_a_table(member, child_path);
                } else {
                    problems_.error(member.value.position, fmt::format("{}: {}", child_path, child.not_a_table));
                }
                return;
            }
        }
        for (const Option& option : schema_options()) {
            if (option.table == pattern && option.key == member.key) {
                check_value(member.value, option, child_path);
                return;
            }
        }
        tell_unknown(member, pattern, path);
    }

    /// [account.NAME], [source.NAME], [batch.NAME]
    static bool is_family(const std::string& key) {
        const std::string pattern = key + ".*";
        return std::any_of(
            schema_tables().begin(), schema_tables().end(), [&](const Table& table) { return table.path == pattern; });
    }

    void check_family(const Node::Member& family) {
        if (family.value.kind != Node::Kind::table) {
            problems_.error(family.position,
                            fmt::format("{}: found {}, expected tables with a name of their own: [{}.NAME]",
                                        family.key,
                                        name_of(family.value.kind),
                                        family.key));
            return;
        }
        for (const Node::Member& member : family.value.members) {
            const std::string path = family.key + "." + member.key;
            if (member.value.kind != Node::Kind::table) {
                problems_.error(member.position,
                                fmt::format("\"{}\" stands in [{}], expected in a table with a name: [{}.NAME]",
                                            base::to_valid_utf8(base::shorten(member.key, 60)),
                                            family.key,
                                            family.key));
            } else if (!is_name(member.key)) {
                problems_.error(member.position,
                                fmt::format("[{}]: a name has letters, digits, - and _, at most 64, and begins with a "
                                            "letter or digit",
                                            base::to_valid_utf8(base::shorten(path, 80))));
            } else {
                check_table(member.value, family.key + ".*", path);
            }
        }
    }

    void tell_not_a_table(const Node::Member& member, const std::string& path) {
        problems_.error(member.value.position,
                        fmt::format("{}: found {}, expected a table [{}]", path, name_of(member.value.kind), path));
    }

    void tell_unknown(const Node::Member& member, const std::string& pattern, const std::string& path) {
        const std::string shown_key = base::to_valid_utf8(base::shorten(member.key, 60));
        const std::string where = path.empty() ? "" : fmt::format(" in [{}]", path);
        for (const LaterKey& later : schema_later_keys()) {
            if (later.table == pattern && later.key == member.key) {
                problems_.error(member.position,
                                fmt::format("\"{}\"{} comes with a later release: leave it out", shown_key, where));
                return;
            }
        }
        std::vector<std::string> known;
        for (const Option& option : schema_options()) {
            if (option.table == pattern) {
                known.emplace_back(option.key);
            }
        }
        for (const Table& table : schema_tables()) {
            const std::string prefix = pattern.empty() ? "" : pattern + ".";
            if (table.path.starts_with(prefix)) {
                const std::string_view rest = table.path.substr(prefix.size());
                const std::string first(rest.substr(0, rest.find('.')));
                if (first != "*" && std::find(known.begin(), known.end(), first) == known.end()) {
                    known.push_back(first);
                }
            }
        }
        const std::string near = base::nearest(member.key, known);
        problems_.error(
            member.position,
            near.empty() ? fmt::format("unknown key \"{}\"{}; known are {}", shown_key, where, base::join(known, ", "))
                         : fmt::format("unknown key \"{}\"{}; did you mean \"{}\"?", shown_key, where, near));
    }

    void tell(const Node& value, const std::string& path, std::string_view expected) {
        // Inside of a password's table nothing is shown: somebody may have put the text there.
        constexpr std::array places{".password", ".keytab", ".client_secret", ".key", ".token", ".client_id"};
        const bool secret = std::any_of(
            places.begin(), places.end(), [&](const char* place) { return path.find(place) != std::string::npos; });
        const std::string found = secret ? std::string(name_of(value.kind)) : shown(value);
        problems_.error(value.position, fmt::format("{}: found {}, expected {}", path, found, expected));
    }

    void check_value(const Node& value, const Option& option, const std::string& path) {
        switch (option.type) {
        case OptionType::text:
        case OptionType::path:
        case OptionType::url:
            if (value.kind != Node::Kind::text) {
                tell(value, path, "a text in quotes");
            } else if (value.text.empty() && option.default_value != "\"\"") {
                tell(value, path, "a text that is not empty");
            }
            return;
        case OptionType::integer:
            check_integer(value, option, path);
            return;
        case OptionType::number:
            check_number(value, option, path);
            return;
        case OptionType::duration:
            check_duration(value, option, path);
            return;
        case OptionType::date:
            if (value.kind != Node::Kind::date) {
                tell(value, path, "a date without quotes, such as 2026-12-24");
            } else if (!date_is_sane(value.date)) {
                problems_.error(value.position, fmt::format("{}: expected a date from 2000 to 2100", path));
            }
            return;
        case OptionType::moment:
            if (value.kind != Node::Kind::text && value.kind != Node::Kind::moment) {
                tell(value, path, "a time such as \"2026-12-05 22:00\"");
            }
            return;
        case OptionType::word:
            check_word(value, option, path);
            return;
        case OptionType::texts:
        case OptionType::word_list:
            check_list(value, option, path);
            return;
        }
    }

    static bool date_is_sane(std::chrono::sys_days day) {
        const auto year = std::chrono::year_month_day(day).year();
        return year >= std::chrono::year(2000) && year <= std::chrono::year(2100);
    }

    void check_integer(const Node& value, const Option& option, const std::string& path) {
        const auto amount = static_cast<double>(value.integer);
        if (value.kind != Node::Kind::integer || amount < as_number(option.least) || amount > as_number(option.most)) {
            tell(value, path, fmt::format("an integer from {} to {}", option.least, option.most));
        }
    }

    void check_number(const Node& value, const Option& option, const std::string& path) {
        const double amount = value.kind == Node::Kind::integer ? static_cast<double>(value.integer) : value.number;
        const bool is_number = value.kind == Node::Kind::integer || value.kind == Node::Kind::number;
        if (!is_number || !std::isfinite(amount) || amount < as_number(option.least) ||
            amount > as_number(option.most)) {
            tell(value, path, fmt::format("a number from {} to {}", option.least, option.most));
        }
    }

    void check_duration(const Node& value, const Option& option, const std::string& path) {
        const auto duration = base::parse_duration(value.text);
        if (value.kind != Node::Kind::text || !duration) {
            tell(value, path, fmt::format("a duration with its unit, such as {}", example_of(option)));
        } else if (*duration < *base::parse_duration(option.least) || *duration > *base::parse_duration(option.most)) {
            tell(value, path, fmt::format("a duration from {} to {}", option.least, option.most));
        }
    }

    static std::string_view example_of(const Option& option) {
        return option.default_value.empty() ? std::string_view("\"15m\"") : option.default_value;
    }

    void check_word(const Node& value, const Option& option, const std::string& path) {
        if (value.kind == Node::Kind::text && has(option.words, value.text)) {
            return;
        }
        if (value.kind == Node::Kind::text && has(option.later, value.text)) {
            tell_later(value, option, path);
            return;
        }
        std::string expected = option.words.empty() ? "nothing" : quoted(option.words);
        if (value.kind == Node::Kind::text && option.words.size() > 3) {
            const std::string near =
                base::nearest(value.text, std::vector<std::string>(option.words.begin(), option.words.end()));
            if (!near.empty()) {
                expected += fmt::format("; did you mean \"{}\"?", near);
            }
        }
        tell(value, path, expected);
    }

    void tell_later(const Node& value, const Option& option, const std::string& path) {
        problems_.error(value.position,
                        fmt::format("{}: \"{}\" comes with a later release; {}",
                                    path,
                                    value.text,
                                    option.words.empty() ? "leave it out" : "this one knows " + quoted(option.words)));
    }

    void check_list(const Node& value, const Option& option, const std::string& path) {
        if (value.kind != Node::Kind::list) {
            tell(value, path, "a list in brackets, such as [\"...\"]");
            return;
        }
        for (const Node& item : value.items) {
            if (option.type == OptionType::word_list) {
                check_word(item, option, path);
            } else if (item.kind != Node::Kind::text || item.text.empty()) {
                tell(item, path, "texts in quotes, none of them empty");
            }
        }
        if (option.type == OptionType::word_list && value.items.empty() && option.default_value != "[]") {
            tell(value, path, "at least one of " + quoted(option.words));
        }
    }

    Problems& problems_;
};

} // namespace

bool is_name(std::string_view text) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= 64 && plain(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return plain(c) || c == '-' || c == '_'; });
}

void check_against_schema(const Node& document, Problems& problems) {
    Checker(problems).check_table(document, "", "");
}

} // namespace mailpreflight::config
