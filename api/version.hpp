#pragma once

#include "api/call.hpp"
#include "base/clock.hpp"

#include <string>

namespace mailpreflight::api {

struct VersionRequest {
    static void describe(auto&, auto&&) {}
    bool operator==(const VersionRequest&) const = default;
};

struct VersionResponse {
    std::string version;
    std::string api = "v1";
    base::SystemTime started_at;

    static void describe(auto& self, auto&& field) {
        field("version", self.version);
        field("api", self.api);
        field("started_at", self.started_at);
    }
    bool operator==(const VersionResponse&) const = default;
};

struct VersionCall {
    using Request = VersionRequest;
    using Response = VersionResponse;
    static constexpr CallInfo info{.name = "version", .method = Method::get, .path = "/v1/version"};
};

} // namespace mailpreflight::api
