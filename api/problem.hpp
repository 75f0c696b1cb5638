#pragma once

#include "base/error.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailpreflight::api {

/// Why a call was not done: an RFC 9457 document. Never holds a secret.
struct Problem {
    std::string type = "about:blank"; ///< "urn:mailpreflight:problem:not-found"; stable, for code
    std::string title;                ///< the same for every problem of this type
    int status = 500;
    std::string detail;                ///< this one, and what to do about it
    std::string instance;              ///< id of this occurrence, to find it in the log
    std::vector<std::string> problems; ///< all of them, where there are several (reload)

    static void describe(auto& self, auto&& field) {
        field("type", self.type);
        field("title", self.title);
        field("status", self.status);
        field("detail", self.detail);
        field("instance", self.instance);
        field("problems", self.problems);
    }

    bool operator==(const Problem&) const = default;
};

/// What a call answers.
template <typename T>
using Answer = tl::expected<T, Problem>;

/// A problem of an HTTP status, with the status's type and title.
Problem problem(int status, std::string detail);

/// The one table from our errors to HTTP: not_found 404, conflict 409, invalid_argument and parse 400 ...
Problem problem_of(const base::Error& error);

inline tl::unexpected<Problem> refused(int status, std::string detail) {
    return tl::unexpected<Problem>(problem(status, std::move(detail)));
}

} // namespace mailpreflight::api
