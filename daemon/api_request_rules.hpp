#pragma once

#include "api/problem.hpp"
#include "daemon/api_server.hpp"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>

namespace mailpreflight::daemon {

/// Why a request is refused before anybody looks at what it calls (docs/api.md, "Rules of all calls"): a caller whom
/// the kernel cannot name, a web page, another host, framing that could be read in two ways. Pure; the body is not
/// looked at.
std::optional<api::Problem>
problem_of_request(const boost::beast::http::request<boost::beast::http::string_body>& request,
                   const api::Caller& caller,
                   const ApiServerOptions& options);

} // namespace mailpreflight::daemon
