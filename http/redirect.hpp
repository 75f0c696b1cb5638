#pragma once

#include "http/message.hpp"
#include "http/url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::http {

/// 301, 302, 303, 307 or 308: those that point elsewhere (RFC 9110, 15.4).
bool is_redirect(const Response& response);

/// What is to be done with an answer that may be a redirect.
enum class RedirectDecision {
    not_a_redirect,  ///< not 301, 302, 303, 307 or 308
    follow,          ///< same scheme, host and port, and a GET
    other_origin,    ///< another scheme, host or port: nothing of ours goes there by itself
    method_not_safe, ///< the request was no GET: what it carried is not sent again
    too_many_hops,
    unreadable, ///< Location is missing or no URL
};

struct Redirect {
    RedirectDecision decision = RedirectDecision::not_a_redirect;
    std::optional<Url> to; ///< where it points, whenever that can be read

    bool operator==(const Redirect&) const = default;
};

constexpr int most_redirects = 5;

/// The one redirect rule. Pure. `hops` is how many redirects led to this request.
Redirect judge_redirect(const Url& from, std::string_view method, const Response& response, int hops);

} // namespace mailpreflight::http
