#include "base/text.hpp"
#include "json/value.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace mailpreflight::json {

namespace {

using Members = std::vector<std::pair<std::string, Value>>;

/// web::json keeps duplicate names, nests without a limit and passes invalid UTF-8 on (transport.md): so the text is
/// read here, and only the values are web::json's.
class Parser {
public:
    Parser(std::string_view text, std::size_t depth) :
        text_(text),
        depth_left_(depth) {}

    base::Result<Value> document() {
        auto result = value();
        if (!result) {
            return result;
        }
        skip_blanks();
        if (at_ != text_.size()) {
            return refuse("text after the end of the JSON value");
        }
        return result;
    }

private:
    base::Result<Value> value() {
        skip_blanks();
        switch (peek()) {
        case '{':
            return nested([this] { return object_value(); });
        case '[':
            return nested([this] { return array_value(); });
        case '"': {
            auto text = string();
            if (!text) {
                return base::failure(text.error());
            }
            return Value::string(std::move(*text));
        }
        case 't':
            return word("true", Value::boolean(true));
        case 'f':
            return word("false", Value::boolean(false));
        case 'n':
            return word("null", Value::null());
        default:
            return number();
        }
    }

    template <typename Inner>
    base::Result<Value> nested(Inner inner) {
        if (depth_left_ == 0) {
            return refuse("JSON is nested too deeply", base::ErrorCode::limit_exceeded);
        }
        --depth_left_;
        auto result = inner();
        ++depth_left_;
        return result;
    }

    base::Result<Value> object_value() {
        ++at_; // {
        Members members;
        skip_blanks();
        if (peek() == '}') {
            ++at_;
            return object();
        }
        for (;;) {
            skip_blanks();
            if (peek() != '"') {
                return refuse("expected the name of a member");
            }
            auto name = string();
            if (!name) {
                return base::failure(name.error());
            }
            skip_blanks();
            if (!take(':')) {
                return refuse("expected ':'");
            }
            auto member = value();
            if (!member) {
                return member;
            }
            members.emplace_back(std::move(*name), std::move(*member));
            skip_blanks();
            if (take('}')) {
                break;
            }
            if (!take(',')) {
                return refuse("expected ',' or '}'");
            }
        }
        if (has_duplicates(members)) {
            return refuse("an object names a member twice");
        }
        return Value::object(std::move(members), true);
    }

    base::Result<Value> array_value() {
        ++at_; // [
        std::vector<Value> elements;
        skip_blanks();
        if (take(']')) {
            return Value::array();
        }
        for (;;) {
            auto element = value();
            if (!element) {
                return element;
            }
            elements.push_back(std::move(*element));
            skip_blanks();
            if (take(']')) {
                return Value::array(std::move(elements));
            }
            if (!take(',')) {
                return refuse("expected ',' or ']'");
            }
        }
    }

    static bool has_duplicates(const Members& members) {
        std::vector<std::string_view> names;
        names.reserve(members.size());
        for (const auto& [name, member] : members) {
            names.emplace_back(name);
        }
        std::sort(names.begin(), names.end());
        return std::adjacent_find(names.begin(), names.end()) != names.end();
    }

    base::Result<Value> word(std::string_view expected, Value meaning) {
        if (text_.substr(at_, expected.size()) != expected) {
            return refuse("expected a JSON value");
        }
        at_ += expected.size();
        return meaning;
    }

    base::Result<Value> number() {
        const std::size_t start = at_;
        const bool negative = take('-');
        bool whole = true;
        if (take('0')) {
            // no digit may follow a leading zero
        } else if (!take_digits()) {
            at_ = start;
            return refuse("expected a JSON value");
        }
        if (take('.')) {
            whole = false;
            if (!take_digits()) {
                return refuse("expected a digit");
            }
        }
        if (peek() == 'e' || peek() == 'E') {
            whole = false;
            ++at_;
            if (!take('+')) {
                take('-');
            }
            if (!take_digits()) {
                return refuse("expected a digit");
            }
        }
        const char* const first = text_.data() + start;
        const char* const last = text_.data() + at_;
        if (whole && negative) {
            std::int64_t value = 0;
            if (std::from_chars(first, last, value).ec == std::errc()) {
                return Value::number(value);
            }
            return refuse("a number is out of range");
        }
        if (whole) {
            std::uint64_t value = 0;
            if (std::from_chars(first, last, value).ec == std::errc()) {
                return Value::number(value);
            }
            return refuse("a number is out of range");
        }
        double value = 0;
        if (std::from_chars(first, last, value).ec != std::errc() || !std::isfinite(value)) {
            return refuse("a number is out of range");
        }
        return Value::number(value);
    }

    base::Result<std::string> string() {
        ++at_; // "
        std::string text;
        for (;;) {
            const std::size_t plain = at_;
            while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
                   static_cast<unsigned char>(text_[at_]) >= 0x20) {
                ++at_;
            }
            text.append(text_.substr(plain, at_ - plain));
            if (at_ == text_.size()) {
                return refuse("a string has no end");
            }
            if (take('"')) {
                return base::to_valid_utf8(text);
            }
            if (!take('\\')) {
                return refuse("a control character stands in a string");
            }
            if (!escape(text)) {
                return refuse("an escape in a string is wrong");
            }
        }
    }

    bool escape(std::string& text) {
        const char kind = peek();
        ++at_;
        switch (kind) {
        case '"':
        case '\\':
        case '/':
            text += kind;
            return true;
        case 'b':
        case 'f':
        case 'r':
            text += ' '; // what to_valid_utf8 makes of them
            return true;
        case 'n':
            text += '\n';
            return true;
        case 't':
            text += '\t';
            return true;
        case 'u':
            return escaped_character(text);
        default:
            return false;
        }
    }

    bool escaped_character(std::string& text) {
        std::uint32_t character = 0;
        if (!four_digits(character)) {
            return false;
        }
        if (character >= 0xD800 && character < 0xDC00 && text_.substr(at_, 2) == "\\u") {
            const std::size_t before = at_;
            at_ += 2;
            std::uint32_t low = 0;
            if (!four_digits(low)) {
                return false;
            }
            if (low >= 0xDC00 && low < 0xE000) {
                character = 0x10000 + ((character - 0xD800) << 10U) + (low - 0xDC00);
            } else {
                at_ = before; // half a pair; the other escape stands for itself
            }
        }
        if (character >= 0xD800 && character < 0xE000) {
            character = 0xFFFD;
        }
        base::append_utf8(text, character);
        return true;
    }

    bool four_digits(std::uint32_t& value) {
        const std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4) {
            return false;
        }
        at_ += 4;
        return true;
    }

    /// NUL at the end of the text: no rule of the grammar takes it.
    [[nodiscard]] char peek() const {
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) {
            return false;
        }
        ++at_;
        return true;
    }

    bool take_digits() {
        const std::size_t start = at_;
        while (peek() >= '0' && peek() <= '9') {
            ++at_;
        }
        return at_ > start;
    }

    void skip_blanks() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
            ++at_;
        }
    }

    [[nodiscard]] tl::unexpected<base::Error> refuse(std::string_view what,
                                                     base::ErrorCode code = base::ErrorCode::parse) const {
        return base::failure(code, std::string(what), fmt::format("byte {}", at_));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_left_;
};

} // namespace

base::Result<Value> parse(std::string_view text, Limits limits) {
    if (text.size() > limits.bytes) {
        return base::failure(base::ErrorCode::limit_exceeded,
                             fmt::format("JSON is larger than {} bytes", limits.bytes));
    }
    return Parser(text, limits.depth).document();
}

Value object() {
    return Value::object(true);
}

} // namespace mailpreflight::json
