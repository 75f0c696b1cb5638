#include "http/found_by.hpp"

#include "base/text.hpp"

#include <array>

namespace mailpreflight::http {

std::string found_by(const Response& answer, const std::string& peer) {
    std::string line = peer;
    for (const char* const field : {"X-FEServer", "request-id", "Date"}) {
        if (const std::string_view value = answer.headers.first(field); !value.empty()) {
            line +=
                (line.empty() ? "" : ", ") + std::string(field) + " " + base::shorten(base::to_valid_utf8(value), 80);
        }
    }
    return base::shorten(line, 300);
}

} // namespace mailpreflight::http
