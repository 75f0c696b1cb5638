#pragma once

#include "base/clock.hpp"
#include "http/message.hpp"
#include "http/set_cookie.hpp"
#include "http/url.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::http {

/// The cookies of one login at one origin. They are worth the password: never logged, never sent to another origin,
/// values wiped when they are replaced, removed or the jar dies. Bounded; what does not fit is not taken.
class CookieJar {
public:
    static constexpr std::size_t most_cookies = 64;
    static constexpr std::size_t longest_value = 8 * 1024;
    static constexpr std::size_t most_bytes = 64 * 1024;

    explicit CookieJar(Url origin);
    ~CookieJar();
    CookieJar(CookieJar&&) noexcept;
    CookieJar& operator=(CookieJar&&) noexcept;
    CookieJar(const CookieJar&) = delete;
    CookieJar& operator=(const CookieJar&) = delete;

    /// Takes all Set-Cookie fields of an answer to a request for `target`.
    void take(const Headers& headers, std::string_view target, base::SystemTime now);

    /// The value of a Cookie field for a request to `target`; empty when there is none. Who gets it wipes it.
    [[nodiscard]] std::string field_for(std::string_view target, base::SystemTime now) const;

    /// The value of the cookie of that name (names compare with case); empty when there is none. A view into the jar.
    [[nodiscard]] std::string_view value(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] std::size_t size() const noexcept {
        return cookies_.size();
    }
    void clear();

private:
    struct Cookie {
        std::string name;
        std::string value;
        std::string path;
        bool secure = false;
        std::optional<base::SystemTime> expires;
    };

    void store(Cookie&& cookie, base::SystemTime now);
    [[nodiscard]] std::size_t bytes() const;

    Url origin_;
    std::vector<Cookie> cookies_; ///< capacity for all from the start: growing would leave copies of values behind
};

} // namespace mailpreflight::http
