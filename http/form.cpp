#include "http/form.hpp"

#include <algorithm>

namespace mailpreflight::http {

namespace {

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '~';
}

void append(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 0xfU];
        }
    }
}

} // namespace

std::string form_encoded(std::string_view text) {
    std::string out;
    append(out, text);
    return out;
}

FormBody::~FormBody() {
    base::wipe(text_);
}

FormBody::FormBody(FormBody&& other) noexcept :
    text_(std::move(other.text_)) {
    base::wipe(other.text_);
}

FormBody& FormBody::operator=(FormBody&& other) noexcept {
    if (this != &other) {
        base::wipe(text_);
        text_ = std::move(other.text_);
        base::wipe(other.text_);
    }
    return *this;
}

FormBody& FormBody::add(std::string_view name, std::string_view value) {
    // Room for the worst case first, in a buffer of our own making: a string that grows by itself leaves copies behind.
    const std::size_t room = text_.size() + 2 + 3 * (name.size() + value.size());
    if (room > text_.capacity()) {
        std::string larger;
        larger.reserve(std::max(room, 2 * text_.capacity()));
        larger += text_;
        text_.swap(larger);
        base::wipe(larger);
    }
    if (!text_.empty()) {
        text_ += '&';
    }
    append(text_, name);
    text_ += '=';
    append(text_, value);
    return *this;
}

FormBody& FormBody::add(std::string_view name, const base::Secret& value) {
    value.expose_to([&](std::string_view text) { add(name, text); });
    return *this;
}

} // namespace mailpreflight::http
