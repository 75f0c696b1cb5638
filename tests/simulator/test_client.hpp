#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/** A client of the tests' own: one connection, what is written is what goes out. Fails by exception. */
namespace mailpreflight::simulator::testing {

struct Answer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    std::string header(const std::string& name) const;
    std::vector<std::string> all(const std::string& name) const;
};

class TestClient {
public:
    enum class Tls { off, on };

    TestClient(std::uint16_t port, Tls tls);
    TestClient(const TestClient&) = delete;
    TestClient& operator=(const TestClient&) = delete;
    ~TestClient();

    void write(const std::string& bytes);
    /** Everything until the server closes, at most this much. */
    std::string read_all(std::size_t limit = 1U << 20U);
    /** One answer with Content-Length or chunks. Throws if the connection ends before it is complete. */
    Answer read_answer();
    Answer request(const std::string& method,
                   const std::string& target,
                   const std::string& body = "",
                   const std::vector<std::string>& header_lines = {});

    /** "tls-server-end-point:" and the hash of the certificate that the server showed. */
    std::string channel_binding() const;
    /** True if the chain ends at this CA file and the name is right. */
    bool is_trusted(const std::string& ca_file, const std::string& host) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace mailpreflight::simulator::testing
