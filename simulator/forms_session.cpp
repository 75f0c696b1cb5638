#include "simulator/forms_session.hpp"

#include "simulator/text.hpp"

#include <fmt/format.h>

#include <utility>

namespace mailpreflight::simulator {

namespace {

/** Up to 2007 two, later five. */
std::vector<std::string_view> cookie_names(Product product) {
    if (product <= Product::exchange_2007) {
        return {"sessionid", "cadata"};
    }
    return {"cadata", "cadataTTL", "cadataKey", "cadataIV", "cadataSig"};
}

} // namespace

std::vector<std::string> FormsSessions::open(Product product, std::string name, std::string password, TimePoint now) {
    const std::string key = to_base64(random_bytes(48));
    sessions_[key] = {std::move(name), std::move(password), now, to_base64(random_bytes(57))};
    std::vector<std::string> cookies;
    for (const std::string_view cookie : cookie_names(product)) {
        cookies.push_back(fmt::format(
            "{}={}; path=/; secure; HttpOnly", cookie, cookie == "cadata" ? key : to_base64(random_bytes(24))));
    }
    return cookies;
}

const FormsSession* FormsSessions::find(std::string_view cadata) const {
    const auto found = sessions_.find(cadata);
    return found == sessions_.end() ? nullptr : &found->second;
}

void FormsSessions::close(std::string_view cadata) {
    if (const auto found = sessions_.find(cadata); found != sessions_.end()) {
        sessions_.erase(found);
    }
}

std::size_t FormsSessions::size() const {
    return sessions_.size();
}

std::vector<std::string> removed_forms_cookies(Product product) {
    std::vector<std::string> cookies;
    for (const std::string_view cookie : cookie_names(product)) {
        cookies.push_back(fmt::format("{}=; path=/; expires=Thu, 01-Jan-1970 00:00:00 GMT; secure; HttpOnly", cookie));
    }
    return cookies;
}

} // namespace mailpreflight::simulator
