#include "notify/service_door.hpp"

#include "http/rest_client.hpp"
#include "http/url.hpp"
#include "net/address.hpp"
#include "notify/answer.hpp"

#include <fmt/format.h>

namespace mailpreflight::notify {

namespace {

base::Result<http::Url> url_of(const Service& service) {
    return service.url.expose_to([](std::string_view text) { return http::parse_url(text); });
}

} // namespace

bool is_loopback(std::string_view host) {
    return host == "localhost" || host.ends_with(".localhost") || host == "::1" ||
           (host.starts_with("127.") && net::is_address_literal(host));
}

std::optional<std::string> problem_of_service(const Service& service) {
    if (service.url.empty()) {
        return "the URL is missing";
    }
    auto url = url_of(service);
    if (!url) {
        return "the URL cannot be read: it must be https://HOST/PATH, without user name, blanks or bytes beyond ASCII";
    }
    base::wipe(url->target);
    if (url->scheme != "https" && !service.allow_plaintext && !is_loopback(url->host)) {
        return fmt::format("http:// to {} would send it in the clear: use https://, or plain_http = \"allow\"",
                           url->host);
    }
    return std::nullopt;
}

ServiceDoor::ServiceDoor(net::Network& network, Service service) :
    network_(&network),
    service_(std::move(service)) {}

Delivery ServiceDoor::send(Post post, const base::Deadline& deadline, const PathMaker& path_of) const {
    auto url = url_of(service_);
    if (!url) {
        return {DeliveryResult::refused, "the URL cannot be read", std::nullopt};
    }
    http::Request request{.method = "POST",
                          .target = path_of ? path_of(url->target) : url->target,
                          .headers = std::move(post.headers),
                          .body = std::move(post.body)};
    base::wipe(url->target);
    auto answer = http::ask_service(*network_,
                                    {url->host, url->port, {.ca_file = service_.ca_file}},
                                    request,
                                    deadline,
                                    http::service_limits,
                                    url->scheme == "https" ? http::Transport::tls : http::Transport::plain);
    base::wipe(request.target);
    base::wipe(request.body);
    std::vector<std::string> names;
    for (const http::Headers::Field& field : request.headers.fields()) {
        names.push_back(field.name);
    }
    for (const std::string& name : names) {
        request.headers.wipe(name);
    }
    const std::string place = shown(*url);
    return answer ? delivery_of(*answer, place, base::RealClock().now()) : delivery_of(answer.error(), place);
}

} // namespace mailpreflight::notify
