#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::http {

/// The head of the proxy's answer.
struct ProxyAnswer {
    int status = 0;
    std::string word;          ///< its own, for people: "403 Filtered", with what it says of the error
    bool offers_basic = false; ///< of a 407
    std::string offers;        ///< of a 407: "basic, negotiate"
};

inline constexpr std::size_t longest_proxy_head = 16 * 1024;

/// Pure: reads what stands before the empty line, which is part of `head`; nothing for what is no HTTP.
std::optional<ProxyAnswer> read_proxy_answer(std::string_view head);

} // namespace mailpreflight::http
