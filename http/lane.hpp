#pragma once

#include "base/deadline.hpp"
#include "core/failure.hpp"
#include "core/observation.hpp"
#include "http/message.hpp"
#include "http/proxy.hpp"
#include "net/certificate.hpp"
#include "net/network.hpp"
#include "net/tls_policy.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace mailpreflight::http {

/// Limits of one answer (the largest honest ones, shells of OWA, are below 1 MiB).
struct Limits {
    std::size_t header_bytes = 64 * 1024;
    std::size_t body_bytes = 2 * 1024 * 1024;
};

/// How a lane came to be; kept also when it did not, as far as it came.
struct DialReport {
    std::vector<core::StageTiming> stages;
    std::vector<std::string> addresses; ///< all addresses of the name, as text; with a proxy: of its name
    net::Address address;               ///< the one that answered
    std::string peer;                   ///< the same with its port, "192.0.2.7:443"
    std::string proxy;                  ///< "proxy.example:3128"; empty: none stands between
    net::CertificateFacts certificate;  ///< filled as soon as the server showed one, also when it was refused
};

/// One TLS connection to a source with at most one request in flight. A request is sent once: never repeated, never on
/// another connection, never to another host; redirects are returned. After any failure the lane is dead. One thread
/// at a time.
class Lane {
public:
    /// Resolves, connects, handshakes and judges the certificate. On failure `report` (optional) still tells how far it
    /// came. Failure: stage resolve, connect or tls with its cause; no_answer for a TLS handshake that does not end
    /// and, with detail "stopped", for a stop in any stage. `network` is needed for the call only. `proxy`: who
    /// connects instead of us; may log in there.
    static core::Outcome<Lane> open(net::Network& network,
                                    const net::Target& target,
                                    const base::Deadline& deadline,
                                    DialReport* report = nullptr,
                                    const Limits& limits = {},
                                    const Proxy* proxy = nullptr);

    ~Lane();
    Lane(Lane&&) noexcept;
    Lane& operator=(Lane&&) noexcept;

    /// Sends and reads one whole answer before the deadline. Failure at stage exchange: connection_lost, no_answer,
    /// not_http, answer_too_large, no_answer with detail "stopped" on a stop.
    core::Outcome<Response> send(const Request& request, const base::Deadline& deadline);

    /// False after a failure, after an answer with Connection: close, or when the peer has closed meanwhile.
    [[nodiscard]] bool alive() const;
    [[nodiscard]] const DialReport& report() const;
    [[nodiscard]] const net::Target& target() const;
    /// True once the first byte of the last request may have left: what carried a secret then counts as presented.
    [[nodiscard]] bool began_to_send() const;

    struct Connection; ///< the Beast side, in lane.cpp

private:
    explicit Lane(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

} // namespace mailpreflight::http
