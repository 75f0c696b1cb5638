#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::http {

/// Header fields in the order of the wire; names compare without case; several fields of one name are kept apart.
class Headers {
public:
    struct Field {
        std::string name;
        std::string value;
        bool operator==(const Field&) const = default;
    };

    void add(std::string name, std::string value);
    void set(std::string_view name, std::string value); ///< replaces all fields of that name
    void
    wipe(std::string_view name); ///< removes all fields of that name and overwrites their values: they held a secret
    [[nodiscard]] std::string_view first(std::string_view name) const; ///< empty when absent
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
    [[nodiscard]] const std::vector<Field>& fields() const noexcept {
        return fields_;
    }
    bool operator==(const Headers&) const = default;

private:
    std::vector<Field> fields_;
};

/// What we send. Host, Content-Length, Transfer-Encoding, Connection, Expect and Accept-Encoding are the lane's own:
/// such fields of `headers` are left out.
struct Request {
    std::string method = "GET";
    std::string target = "/"; ///< path and query, already percent-encoded
    Headers headers;
    std::string body;
};

/// What came back, whole, within the limits.
struct Response {
    int status = 0;
    std::string reason;
    Headers headers;
    std::string body;        ///< inflated when it was gzip
    base::Duration took{0};  ///< from first byte out to last byte in
    bool keeps_alive = true; ///< the connection may be used again
};

} // namespace mailpreflight::http
