#include "http/proxy_answer.hpp"

#include "base/text.hpp"
#include "http/challenge.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace mailpreflight::http {

std::optional<ProxyAnswer> read_proxy_answer(std::string_view head) {
    namespace beast = boost::beast;
    beast::http::response_parser<beast::http::empty_body> parser;
    parser.header_limit(longest_proxy_head + 4096);
    parser.skip(true); // only the head: behind it comes TLS, or a page that nobody reads
    boost::system::error_code error;
    parser.put(boost::asio::buffer(head.data(), head.size()), error);
    if (error || !parser.is_header_done()) {
        return std::nullopt;
    }
    const auto& message = parser.get();
    ProxyAnswer answer;
    answer.status = static_cast<int>(message.result_int());
    const std::string_view reason(message.reason().data(), message.reason().size());
    answer.word = base::to_valid_utf8(base::shorten(fmt::format("{} {}", answer.status, reason), 200));
    Headers headers;
    for (const auto& field : message) {
        const std::string_view name(field.name_string().data(), field.name_string().size());
        const std::string_view value(field.value().data(), field.value().size());
        if (base::equals_ignoring_case(name, "Proxy-Authenticate")) {
            headers.add("WWW-Authenticate", std::string(value)); // the same grammar
        } else if (base::equals_ignoring_case(name, "X-Squid-Error")) {
            answer.word += base::to_valid_utf8(base::shorten(fmt::format(" ({})", value), 200));
        }
    }
    const std::vector<std::string> offers = offered_schemes(headers);
    answer.offers = base::join(offers, ", ");
    answer.offers_basic = std::find(offers.begin(), offers.end(), "basic") != offers.end();
    return answer;
}

} // namespace mailpreflight::http
