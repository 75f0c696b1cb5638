#pragma once

#include "api/call.hpp"
#include "core/readiness.hpp"

#include <string>

namespace mailpreflight::api {

struct ReadinessRequest {
    std::string batch;

    static void describe(auto& self, auto&& field) {
        field("batch", self.batch);
    }
    bool operator==(const ReadinessRequest&) const = default;
};

struct ReadinessCall {
    using Request = ReadinessRequest;
    using Response = core::Readiness;
    static constexpr CallInfo info{.name = "readiness", .method = Method::get, .path = "/v1/readiness/{batch}"};
};

} // namespace mailpreflight::api
