#include "notify/answer.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"
#include "http/set_cookie.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mailpreflight::notify {

namespace {

/// Our own words for the codes that services use (RFC 9110).
std::string_view phrase_of(int status) {
    switch (status) {
    case 400:
        return " Bad Request";
    case 401:
        return " Unauthorized";
    case 403:
        return " Forbidden";
    case 404:
        return " Not Found";
    case 405:
        return " Method Not Allowed";
    case 408:
        return " Request Timeout";
    case 410:
        return " Gone";
    case 413:
        return " Content Too Large";
    case 415:
        return " Unsupported Media Type";
    case 422:
        return " Unprocessable Content";
    case 425:
        return " Too Early";
    case 429:
        return " Too Many Requests";
    case 500:
        return " Internal Server Error";
    case 502:
        return " Bad Gateway";
    case 503:
        return " Service Unavailable";
    case 504:
        return " Gateway Timeout";
    default:
        return status >= 300 && status < 400 ? " (a redirect, which is never followed)" : "";
    }
}

/// Seconds or an HTTP date (RFC 9110 section 10.2.3).
std::optional<base::Duration> wait_of(const http::Response& response, base::SystemTime now) {
    const std::string_view field = base::trim(response.headers.first("Retry-After"));
    if (field.empty()) {
        return std::nullopt;
    }
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), seconds);
    if (end == field.data() + field.size() && error == std::errc()) {
        return std::min<base::Duration>(std::chrono::seconds(seconds), longest_wait);
    }
    if (error == std::errc::result_out_of_range) {
        return longest_wait;
    }
    const auto date = http::parse_cookie_date(field);
    if (!date) {
        return std::nullopt;
    }
    return std::clamp<base::Duration>(*date - now, base::Duration::zero(), longest_wait);
}

DeliveryResult result_of(int status) {
    if (status >= 200 && status < 300) {
        return DeliveryResult::delivered;
    }
    const bool passes = status == 408 || status == 425 || status == 429 || status >= 500;
    return passes ? DeliveryResult::later : DeliveryResult::refused;
}

} // namespace

std::string shown(const http::Url& url) {
    const bool v6 = url.host.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", url.scheme, v6 ? "[" : "", url.host, v6 ? "]" : "", url.port);
}

Delivery delivery_of(const http::Response& response, std::string_view place, base::SystemTime now) {
    Delivery delivery{result_of(response.status), {}, std::nullopt};
    delivery.detail = fmt::format("{}: {}{}", place, response.status, phrase_of(response.status));
    if (delivery.result == DeliveryResult::later) {
        delivery.retry_after = wait_of(response, now);
    }
    return delivery;
}

Delivery delivery_of(const core::Failure& failure, std::string_view place) {
    return {
        DeliveryResult::later,
        fmt::format("{}: {}: {}", place, core::code_of(failure.cause), base::shorten(base::safe(failure.detail), 300)),
        failure.retry_after};
}

} // namespace mailpreflight::notify
