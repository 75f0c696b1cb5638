#include "config/toml_document.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

namespace mailpreflight::config {

namespace {

// Nothing in the schema is nested deeper, and no sane line is longer: hostile files do not get to use up the stack.
constexpr int deepest = 32;
constexpr std::size_t longest_line = 16 * 1024;

Position position_of(const toml::source_region& region) {
    return {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

std::string text_of(const toml::date_time& moment) {
    std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
                                   moment.date.year,
                                   moment.date.month,
                                   moment.date.day,
                                   moment.time.hour,
                                   moment.time.minute,
                                   moment.time.second);
    if (moment.offset) {
        const int minutes = moment.offset->minutes;
        const int size = minutes < 0 ? -minutes : minutes;
        text += minutes == 0 ? "Z" : fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
    }
    return text;
}

Node converted(const toml::node& from, int depth, Problems& problems);

void convert_table(const toml::table& from, Node& to, int depth, Problems& problems) {
    for (const auto& [key, value] : from) {
        to.members.push_back(
            {std::string(key.str()), position_of(key.source()), converted(value, depth + 1, problems)});
    }
    std::stable_sort(to.members.begin(), to.members.end(), [](const Node::Member& a, const Node::Member& b) {
        return std::pair(a.position.line, a.position.column) < std::pair(b.position.line, b.position.column);
    });
}

Node converted(const toml::node& from, int depth, Problems& problems) {
    Node to;
    to.position = position_of(from.source());
    if (depth > deepest) {
        problems.error(to.position, fmt::format("nested deeper than {} levels", deepest));
        return to;
    }
    if (const auto* table = from.as_table()) {
        convert_table(*table, to, depth, problems);
    } else if (const auto* list = from.as_array()) {
        to.kind = Node::Kind::list;
        for (const toml::node& item : *list) {
            to.items.push_back(converted(item, depth + 1, problems));
        }
    } else if (const auto* text = from.as_string()) {
        to.kind = Node::Kind::text;
        to.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
        to.kind = Node::Kind::integer;
        to.integer = integer->get();
    } else if (const auto* number = from.as_floating_point()) {
        to.kind = Node::Kind::number;
        to.number = number->get();
    } else if (const auto* boolean = from.as_boolean()) {
        to.kind = Node::Kind::boolean;
        to.boolean = boolean->get();
    } else if (const auto* date = from.as_date()) {
        to.kind = Node::Kind::date;
        to.date = std::chrono::year_month_day(std::chrono::year(date->get().year),
                                              std::chrono::month(date->get().month),
                                              std::chrono::day(date->get().day));
    } else if (const auto* moment = from.as_date_time()) {
        to.kind = Node::Kind::moment;
        to.text = text_of(moment->get());
    } else {
        to.kind = Node::Kind::time;
    }
    return to;
}

std::string_view line_of(std::string_view text, int line) {
    if (line < 1) {
        return {};
    }
    for (int at = 1; at < line; ++at) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) {
            return {};
        }
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

/// toml++ quotes pieces of the file; nothing is quoted from lines that speak of a password.
std::string safe_description(std::string_view description, std::string_view lines) {
    std::string text = base::to_valid_utf8(base::shorten(description, 300));
    const std::string lower = base::to_lower(lines);
    const bool may_hold_secret = lower.find("pass") != std::string::npos || lower.find("secret") != std::string::npos;
    if (may_hold_secret) {
        text = "this line is not valid TOML (not shown, as it may hold a password)";
    }
    if (text.find("escape") != std::string::npos || (may_hold_secret && lines.find('\\') != std::string_view::npos)) {
        text += "; a name with a backslash goes into single quotes: 'CONTOSO\\migadmin'";
    }
    if (text.starts_with("Error while parsing decimal integer")) {
        text += "; a duration goes into quotes: \"60m\"";
    }
    return text;
}

bool has_overlong_line(std::string_view text, Problems& problems) {
    for (int line = 1; !text.empty(); ++line) {
        const std::size_t end = text.find('\n');
        if (std::min(end, text.size()) > longest_line) {
            problems.error({line, 1}, fmt::format("line is longer than {} bytes: break it up", longest_line));
            return true;
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return false;
}

} // namespace

const Node* Node::find(std::string_view key) const {
    for (const Member& member : members) {
        if (member.key == key) {
            return &member.value;
        }
    }
    return nullptr;
}

Node read_toml(std::string_view text, Problems& problems) {
    Node document;
    if (has_overlong_line(text, problems)) {
        return document;
    }
    try {
        const toml::table table = toml::parse(text);
        convert_table(table, document, 0, problems);
    } catch (const toml::parse_error& error) {
        const Position at = position_of(error.source());
        const std::string nearby = fmt::format("{}\n{}", line_of(text, at.line - 1), line_of(text, at.line));
        problems.error(at, safe_description(error.description(), nearby));
    }
    return document;
}

} // namespace mailpreflight::config
