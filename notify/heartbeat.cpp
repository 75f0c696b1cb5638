#include "notify/heartbeat.hpp"

#include "base/text.hpp"

#include <stdexcept>

namespace mailpreflight::notify {

namespace {

constexpr std::size_t longest_text = 10'000;

std::string_view suffix_of(HeartbeatKind kind) {
    switch (kind) {
    case HeartbeatKind::start:
        return "/start";
    case HeartbeatKind::success:
        return "";
    case HeartbeatKind::fail:
        return "/fail";
    }
    throw std::logic_error("no such heartbeat");
}

} // namespace

std::string beat_path(std::string_view path, HeartbeatKind kind) {
    const std::size_t query = std::min(path.find('?'), path.size());
    std::string before(path.substr(0, query));
    if (kind != HeartbeatKind::success && before.ends_with('/')) {
        before.pop_back();
    }
    return before.append(suffix_of(kind)).append(path.substr(query));
}

Delivery HttpHeartbeat::beat(HeartbeatKind kind, std::string_view text, const base::Deadline& deadline) {
    Post post{.body = base::shorten(base::to_valid_utf8(text), longest_text)};
    post.headers.add("Content-Type", "text/plain; charset=utf-8");
    return door_.send(std::move(post), deadline, [&](std::string_view path) { return beat_path(path, kind); });
}

} // namespace mailpreflight::notify
