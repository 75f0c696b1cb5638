#pragma once

#include "simulator/http_server.hpp"
#include "simulator/request_log.hpp"
#include "simulator/state.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace mailpreflight::simulator {

struct SimulatorOptions {
    std::string listen = "127.0.0.1";
    std::uint16_t port = 0;         ///< 0: any free one
    std::uint16_t control_port = 0; ///< always on loopback
    bool control = true;            ///< false: no control port
    /** Where ca.pem, server.pem and server.key are written; empty: a directory that is removed at the end. */
    std::filesystem::path tls_directory;
    std::vector<std::string> host_names; ///< beside localhost and 127.0.0.1
    /** A certificate and key of one's own; then the certificate choice has no effect. */
    std::filesystem::path certificate_file;
    std::filesystem::path key_file;
    std::filesystem::path record_soap; ///< where SOAP requests and answers are kept; empty: nowhere
    /** Holds services.wsdl, messages.xsd and types.xsd, which are then served below /ews/; empty: 404 there. */
    std::filesystem::path ews_schema;
    TimeSource time;                           ///< empty: the system clock
    std::function<void()> on_shutdown_request; ///< POST /shutdown came; called from another thread
    State state;
};

/**
 * An Exchange server in this process: starts in its constructor, stops in its destructor. All members may be called
 * from any thread.
 */
class Simulator {
public:
    /** Throws std::runtime_error if it cannot start. */
    explicit Simulator(SimulatorOptions options);
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;
    ~Simulator();

    std::uint16_t port() const;
    std::uint16_t control_port() const;
    std::filesystem::path ca_file() const;
    /** "https://localhost:PORT" */
    std::string url() const;

    /** Runs the function with exclusive access to the state; changes count from the next request on. */
    template <typename Function>
    auto with_state(Function function) {
        if constexpr (std::is_void_v<std::invoke_result_t<Function, State&>>) {
            access([&](State& state) { function(state); });
        } else {
            std::optional<std::invoke_result_t<Function, State&>> result;
            access([&](State& state) { result = function(state); });
            return std::move(*result);
        }
    }

    /** Log entries after the given number. */
    std::vector<LogEntry> log(std::uint64_t since = 0) const;
    void clear_log();
    TransportCounters transport() const;
    std::uint64_t presentations() const;
    std::uint64_t refused_presentations() const;

private:
    void access(const std::function<void(State&)>& function);

    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace mailpreflight::simulator
