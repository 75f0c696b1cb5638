#pragma once

#include "config/problem.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::config {

/// One value of a TOML file with its place, free of the parser that read it.
struct Node {
    enum class Kind {
        table,
        list,
        text,
        integer,
        number,
        boolean,
        date,   ///< 2026-12-24
        moment, ///< a date with a time, in `text` as it would be written in quotes
        time,   ///< a time of day alone
    };
    struct Member;

    Kind kind = Kind::table;
    Position position;
    std::string text;
    std::int64_t integer = 0;
    double number = 0;
    bool boolean = false;
    std::chrono::sys_days date;
    std::vector<Member> members; ///< of a table, in the order of the file
    std::vector<Node> items;     ///< of a list

    /// The member's value, or nullptr.
    [[nodiscard]] const Node* find(std::string_view key) const;
};

struct Node::Member {
    std::string key;
    Position position; ///< of the key
    Node value;
};

/// Reads TOML. A syntax error is told once, without the text of a line that may hold a password; the table read so
/// far is then empty.
Node read_toml(std::string_view text, Problems& problems);

} // namespace mailpreflight::config
