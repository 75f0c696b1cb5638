#include "http/redirect.hpp"

namespace mailpreflight::http {

namespace {

RedirectDecision decide(const Url& from, std::string_view method, const Url& to, int hops) {
    if (!same_origin(from, to)) {
        return RedirectDecision::other_origin;
    }
    if (method != "GET") {
        return RedirectDecision::method_not_safe;
    }
    return hops >= most_redirects ? RedirectDecision::too_many_hops : RedirectDecision::follow;
}

} // namespace

bool is_redirect(const Response& response) {
    const int status = response.status;
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Redirect judge_redirect(const Url& from, std::string_view method, const Response& response, int hops) {
    if (!is_redirect(response)) {
        return {};
    }
    const auto locations = response.headers.all("Location");
    if (locations.size() != 1 || locations.front().empty()) {
        return {RedirectDecision::unreadable, std::nullopt};
    }
    auto to = resolve_location(from, locations.front());
    if (!to) {
        return {RedirectDecision::unreadable, std::nullopt};
    }
    const RedirectDecision decision = decide(from, method, *to, hops);
    return {decision, std::move(*to)};
}

} // namespace mailpreflight::http
