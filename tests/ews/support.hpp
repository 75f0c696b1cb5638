#pragma once

#include "ews/envelope.hpp"
#include "http/message.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace mailpreflight::ews::test {

inline const std::filesystem::path data = std::filesystem::path(MAILPREFLIGHT_SOURCE_DIR) / "tests" / "data" / "ews";

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The answer of tests/data/ews/answer-NAME.xml.
inline std::string answer_named(std::string_view name) {
    return content_of(data / ("answer-" + std::string(name) + ".xml"));
}

inline http::Response
response(int status, std::string body, std::initializer_list<std::pair<std::string, std::string>> headers = {}) {
    http::Response made;
    made.status = status;
    made.body = std::move(body);
    for (const auto& [name, value] : headers) {
        made.headers.add(name, value);
    }
    return made;
}

inline http::Response soap(std::string_view name, int status = 200) {
    return response(status,
                    answer_named(name),
                    {{"Content-Type", "text/xml; charset=utf-8"},
                     {"request-id", "r-1"},
                     {"X-FEServer", "FE1"},
                     {"X-BEServer", "BE1"}});
}

inline CallContext context() {
    return {"/EWS/Exchange.asmx", "mailpreflight-test/1", RequestVersion::exchange2010_sp1, "mail.contoso.example"};
}

/// Where REAL_DATA_DIR leads, or empty.
inline std::filesystem::path real_data() {
    const char* const folder = std::getenv("REAL_DATA_DIR");
    return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

} // namespace mailpreflight::ews::test
