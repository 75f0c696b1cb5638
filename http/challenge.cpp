#include "http/challenge.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace mailpreflight::http {

namespace {

bool is_alphanumeric(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_token_char(char c) {
    return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token68_char(char c) {
    return is_alphanumeric(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

class Reader {
public:
    explicit Reader(std::string_view text) :
        rest_(text) {}

    [[nodiscard]] bool done() const {
        return rest_.empty();
    }
    [[nodiscard]] bool at(char c) const {
        return rest_.starts_with(c);
    }
    void skip(std::size_t count = 1) {
        rest_.remove_prefix(std::min(count, rest_.size()));
    }
    template <typename Predicate>
    std::string_view take_while(Predicate predicate) {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), predicate);
        const auto taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(taken.size());
        return taken;
    }

    /// A token68 that ends at a comma or at the end; else nothing is taken.
    std::string_view take_token68() {
        const std::string_view before = rest_;
        take_while(is_token68_char);
        if (rest_.size() == before.size()) {
            return {};
        }
        take_while([](char c) { return c == '='; });
        const std::string_view token = before.substr(0, before.size() - rest_.size());
        take_while(is_blank);
        if (done() || at(',')) {
            return token;
        }
        rest_ = before;
        return {};
    }

    void skip_parameter_value() {
        take_while(is_blank);
        if (!at('"')) {
            take_while([](char c) { return c != ',' && !is_blank(c); });
            return;
        }
        skip();
        while (!done() && !at('"')) {
            skip(at('\\') ? 2 : 1);
        }
        skip();
    }

private:
    std::string_view rest_;
};

} // namespace

std::vector<Challenge> parse_challenges(std::string_view field) {
    std::vector<Challenge> found;
    Reader reader(field);
    while (!reader.done()) {
        const std::string_view word = reader.take_while(is_token_char);
        if (word.empty()) {
            reader.skip(); // a comma, a blank, or what does not belong here
            continue;
        }
        reader.take_while(is_blank);
        if (reader.at('=')) {
            reader.skip();
            reader.skip_parameter_value();
            continue;
        }
        found.push_back({base::to_lower(word), std::string(reader.take_token68())});
    }
    return found;
}

std::vector<Challenge> challenges(const Headers& headers) {
    std::vector<Challenge> all;
    for (const std::string_view field : headers.all("WWW-Authenticate")) {
        for (Challenge& challenge : parse_challenges(field)) {
            all.push_back(std::move(challenge));
        }
    }
    return all;
}

std::vector<std::string> offered_schemes(const Headers& headers) {
    std::vector<std::string> schemes;
    for (Challenge& challenge : challenges(headers)) {
        if (std::find(schemes.begin(), schemes.end(), challenge.scheme) == schemes.end()) {
            schemes.push_back(std::move(challenge.scheme));
        }
    }
    return schemes;
}

} // namespace mailpreflight::http
