#pragma once

#include "http/message.hpp"
#include "net/network.hpp"
#include "notify/receiver.hpp"
#include "notify/settings.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace mailpreflight::notify {

/// One POST to a service. Whoever puts secrets in hands them over: they are wiped when it was sent.
struct Post {
    http::Headers headers;
    std::string body;
};

/// Makes the path of a request out of the URL's.
using PathMaker = std::function<std::string(std::string_view path)>;

/// The one way that receivers speak HTTP: ask_service(), and an answer or a failure read as a Delivery. Keeps nothing
/// between requests. One thread at a time.
class ServiceDoor {
public:
    /// `service` has no problem (problem_of_service).
    ServiceDoor(net::Network& network, Service service);

    Delivery send(Post post, const base::Deadline& deadline, const PathMaker& path_of = {}) const;

private:
    net::Network* network_;
    Service service_;
};

/// What is wrong with it: no URL, a URL that cannot be read, plain HTTP to a host where that is not allowed.
std::optional<std::string> problem_of_service(const Service& service);

/// This machine, whatever a resolver says: localhost, 127.0.0.0/8, ::1.
bool is_loopback(std::string_view host);

} // namespace mailpreflight::notify
