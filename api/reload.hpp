#pragma once

#include "api/call.hpp"

#include <string>
#include <vector>

namespace mailpreflight::api {

/// Reads configuration, lists and secrets again, all or nothing. A bad configuration is a problem 422 that tells all of
/// its problems, and the old one stays in force.
struct ReloadRequest {
    static void describe(auto&, auto&&) {}
    bool operator==(const ReloadRequest&) const = default;
};

struct ReloadResponse {
    bool changed = false;
    std::vector<std::string> changes;  ///< "source contoso: url", "batch wave2: new"
    std::vector<std::string> warnings; ///< doubts that do not stop it

    static void describe(auto& self, auto&& field) {
        field("changed", self.changed);
        field("changes", self.changes);
        field("warnings", self.warnings);
    }
    bool operator==(const ReloadResponse&) const = default;
};

struct ReloadCall {
    using Request = ReloadRequest;
    using Response = ReloadResponse;
    static constexpr CallInfo info{
        .name = "reload", .method = Method::post, .path = "/v1/reload", .privilege = Privilege::admin};
};

} // namespace mailpreflight::api
