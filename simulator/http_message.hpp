#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/** HTTP requests and answers as values, without sockets. */
namespace mailpreflight::simulator {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
    std::string method;
    std::string target; ///< as sent
    HeaderList headers;
    std::string body;

    /** The first header of this name; empty if there is none. */
    std::string_view header(std::string_view name) const;
    bool has_header(std::string_view name) const;
    /** The target without query, in lower case: IIS compares paths so. */
    std::string path() const;
    /** What follows the question mark. */
    std::string query() const;
    std::string cookie(std::string_view name) const;
    /** The Host header, "localhost" if there is none. */
    std::string host() const;
};

/** How an answer goes out, if not plainly. */
enum class Delivery {
    normal,
    chunked,
    cut,                 ///< header and half of the body, then close without a TLS farewell
    close_before_answer, ///< nothing, close without a TLS farewell
    raw,                 ///< the body alone, without any HTTP, then close
    slow,                ///< rate = bytes a second
    endless_header,
    chunk_minus_two,
    huge, ///< the body repeated until rate MiB are sent
};

struct HttpResponse {
    int status = 200;
    std::string reason; ///< empty: the usual phrase
    HeaderList headers;
    std::string body;
    bool close = false;     ///< with "Connection: close"
    bool head_only = false; ///< the answer to HEAD: length of the body, but no body
    Delivery delivery = Delivery::normal;
    std::int64_t rate = 0;
    std::chrono::milliseconds delay{0};
    std::shared_ptr<void> lease; ///< released when the answer is out

    void add(std::string name, std::string value);
    std::string_view header(std::string_view name) const;
};

std::string_view reason_phrase(int status);
/** Status line and headers with Content-Length, up to the blank line. */
std::string header_text(const HttpResponse& response);

} // namespace mailpreflight::simulator
