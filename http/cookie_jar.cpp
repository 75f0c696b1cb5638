#include "http/cookie_jar.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace mailpreflight::http {

namespace {

std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find('?'));
}

/// RFC 6265 5.1.4.
std::string default_path(std::string_view target) {
    const std::string_view path = path_of(target);
    const auto slash = path.rfind('/');
    return path.empty() || path.front() != '/' || slash == 0 ? "/" : std::string(path.substr(0, slash));
}

bool path_matches(std::string_view path, std::string_view cookie_path) {
    return path == cookie_path || (path.starts_with(cookie_path) &&
                                   (cookie_path.ends_with('/') || path.substr(cookie_path.size()).starts_with('/')));
}

bool domain_matches(std::string_view host, std::string_view domain) {
    return host == domain || (host.size() > domain.size() && host.ends_with(domain) &&
                              host[host.size() - domain.size() - 1] == '.' && domain.find('.') != domain.npos);
}

} // namespace

CookieJar::CookieJar(Url origin) :
    origin_(std::move(origin)) {
    cookies_.reserve(most_cookies);
}

CookieJar::~CookieJar() {
    clear();
}

CookieJar::CookieJar(CookieJar&&) noexcept = default;

CookieJar& CookieJar::operator=(CookieJar&& other) noexcept {
    if (this != &other) {
        clear();
        origin_ = std::move(other.origin_);
        cookies_ = std::move(other.cookies_);
    }
    return *this;
}

void CookieJar::clear() {
    for (Cookie& cookie : cookies_) {
        base::wipe(cookie.value);
    }
    cookies_.clear();
}

std::size_t CookieJar::bytes() const {
    std::size_t sum = 0;
    for (const Cookie& cookie : cookies_) {
        sum += cookie.name.size() + cookie.value.size() + cookie.path.size();
    }
    return sum;
}

void CookieJar::take(const Headers& headers, std::string_view target, base::SystemTime now) {
    for (const std::string_view field : headers.all("Set-Cookie")) {
        auto parsed = parse_set_cookie(field);
        if (!parsed) {
            continue;
        }
        if (!parsed->domain || domain_matches(origin_.host, *parsed->domain)) {
            Cookie cookie{std::move(parsed->name),
                          std::move(parsed->value),
                          parsed->path ? std::move(*parsed->path) : default_path(target),
                          parsed->secure,
                          parsed->expires};
            if (parsed->max_age_seconds) { // goes before Expires
                cookie.expires = *parsed->max_age_seconds == 0 ? base::SystemTime::min()
                                                               : now + std::chrono::seconds(*parsed->max_age_seconds);
            }
            store(std::move(cookie), now);
            base::wipe(cookie.value); // what was not taken
        }
        base::wipe(parsed->value);
    }
}

void CookieJar::store(Cookie&& cookie, base::SystemTime now) {
    const auto old = std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& known) {
        return known.name == cookie.name && known.path == cookie.path;
    });
    if (old != cookies_.end()) {
        base::wipe(old->value);
        cookies_.erase(old);
    }
    if (cookie.expires && *cookie.expires <= now) {
        return; // this is how a server removes one
    }
    if (cookies_.size() >= most_cookies || cookie.value.size() > longest_value ||
        bytes() + cookie.name.size() + cookie.value.size() + cookie.path.size() > most_bytes) {
        return;
    }
    cookies_.push_back(std::move(cookie));
}

std::string CookieJar::field_for(std::string_view target, base::SystemTime now) const {
    std::vector<const Cookie*> fitting;
    std::size_t size = 0;
    for (const Cookie& cookie : cookies_) {
        if ((!cookie.expires || *cookie.expires > now) && path_matches(path_of(target), cookie.path) &&
            (!cookie.secure || may_carry_credentials(origin_))) {
            fitting.push_back(&cookie);
            size += cookie.name.size() + cookie.value.size() + 3;
        }
    }
    std::stable_sort(fitting.begin(), fitting.end(), [](const Cookie* a, const Cookie* b) {
        return a->path.size() > b->path.size(); // RFC 6265 5.4
    });
    std::string field;
    field.reserve(size);
    for (const Cookie* cookie : fitting) {
        field += field.empty() ? "" : "; ";
        field += cookie->name;
        field += '=';
        field += cookie->value;
    }
    return field;
}

std::string_view CookieJar::value(std::string_view name) const {
    for (const Cookie& cookie : cookies_) {
        if (cookie.name == name) {
            return cookie.value;
        }
    }
    return {};
}

bool CookieJar::has(std::string_view name) const {
    return std::any_of(cookies_.begin(), cookies_.end(), [&](const Cookie& cookie) { return cookie.name == name; });
}

} // namespace mailpreflight::http
