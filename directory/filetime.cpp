#include "directory/filetime.hpp"

#include <charconv>
#include <cstdint>

namespace mailpreflight::directory {

namespace {

constexpr std::int64_t ticks_a_microsecond = 10;
// From 1601-01-01 to 1970-01-01.
constexpr std::chrono::microseconds to_unix_epoch = std::chrono::seconds(11'644'473'600);

} // namespace

std::optional<FileTime> read_filetime(std::string_view text) {
    using namespace std::chrono;
    std::int64_t ticks = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ticks);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || ticks < 0) {
        return std::nullopt;
    }
    if (ticks == 0) {
        return FileTime{};
    }
    const base::SystemTime at(microseconds(ticks / ticks_a_microsecond) - to_unix_epoch);
    if (at >= sys_days(year(9999) / 12 / 31)) {
        return FileTime{FileTime::Kind::never, {}};
    }
    return FileTime{FileTime::Kind::moment, at};
}

} // namespace mailpreflight::directory
