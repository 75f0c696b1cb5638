#include "config/checked_table.hpp"

namespace mailpreflight::config {

std::optional<std::string> text_of(const Node& table, std::string_view key) {
    const Node* node = table.find(key);
    if (node == nullptr || (node->kind != Node::Kind::text && node->kind != Node::Kind::moment)) {
        return std::nullopt;
    }
    return node->text;
}

std::optional<int> integer_of(const Node& table, std::string_view key) {
    const Node* node = table.find(key);
    if (node == nullptr || node->kind != Node::Kind::integer || node->integer < 0 || node->integer > 1'000'000'000) {
        return std::nullopt;
    }
    return static_cast<int>(node->integer);
}

std::optional<double> number_of(const Node& table, std::string_view key) {
    const Node* node = table.find(key);
    if (node != nullptr && node->kind == Node::Kind::integer) {
        return static_cast<double>(node->integer);
    }
    return node != nullptr && node->kind == Node::Kind::number ? std::optional(node->number) : std::nullopt;
}

std::optional<base::Duration> duration_of(const Node& table, std::string_view key) {
    const Node* node = table.find(key);
    if (node == nullptr || node->kind != Node::Kind::text) {
        return std::nullopt;
    }
    const auto duration = base::parse_duration(node->text);
    return duration ? std::optional(*duration) : std::nullopt;
}

std::optional<std::chrono::sys_days> date_of(const Node& table, std::string_view key) {
    const Node* node = table.find(key);
    return node != nullptr && node->kind == Node::Kind::date ? std::optional(node->date) : std::nullopt;
}

std::vector<PlacedText> texts_of(const Node& table, std::string_view key) {
    std::vector<PlacedText> texts;
    if (const Node* node = table.find(key); node != nullptr && node->kind == Node::Kind::list) {
        for (const Node& item : node->items) {
            if (item.kind == Node::Kind::text && !item.text.empty()) {
                texts.push_back({item.text, item.position});
            }
        }
    }
    return texts;
}

Position place_of(const Node& table, std::string_view key) {
    const Node* node = table.find(key);
    return node != nullptr ? node->position : table.position;
}

} // namespace mailpreflight::config
