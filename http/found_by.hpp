#pragma once

#include "http/message.hpp"

#include <string>

namespace mailpreflight::http {

/// By what the server's administrator finds this answer in the logs, in one line: "192.0.2.7:443, X-FEServer EX01,
/// request-id 0b5f...". `peer` may be empty. At most 300 characters of valid UTF-8.
std::string found_by(const Response& answer, const std::string& peer);

} // namespace mailpreflight::http
