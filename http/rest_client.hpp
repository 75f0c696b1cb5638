#pragma once

#include "base/deadline.hpp"
#include "core/failure.hpp"
#include "http/lane.hpp"
#include "http/message.hpp"
#include "net/network.hpp"
#include "net/tls_policy.hpp"

namespace mailpreflight::http {

/// What a JSON service may make us read: token answers and receipts are a few KiB.
inline constexpr Limits service_limits{.header_bytes = 64 * 1024, .body_bytes = 256 * 1024};

/// Makes the process fit for ask_service(): one pool thread for cpprestsdk, and no authorities but those that we load.
/// Called in main while there is one thread (it changes the environment); further calls do nothing.
void prepare_rest_client();
bool is_rest_client_prepared();

/// `plain`: without TLS, where the operator allows it; nothing else differs.
enum class Transport { tls, plain };

/// One request to a JSON service (a token endpoint, a notification service) over TLS by cpprestsdk, on a connection of
/// its own: sent once, never redirected, within the deadline and the limits. Redirects come back as the Response;
/// fields of one name are joined by ", ". Failure at stage resolve, connect or tls: nothing of the request has left. At
/// stage exchange it may have: connection_lost, no_answer, not_http, answer_too_large. no_answer with detail "stopped"
/// on a stop. Throws std::logic_error where prepare_rest_client() was forgotten. Safe to call from any thread.
core::Outcome<Response> ask_service(net::Network& network,
                                    const net::Target& target,
                                    const Request& request,
                                    const base::Deadline& deadline,
                                    const Limits& limits = service_limits,
                                    Transport transport = Transport::tls);

} // namespace mailpreflight::http
