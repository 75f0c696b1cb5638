#include "core/notice.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mailpreflight::core {

namespace {

template <typename Enum, std::size_t size>
std::optional<Enum> named(const std::array<Enum, size>& all, std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(), [&](Enum value) { return name_of(value) == name; });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

} // namespace

std::string_view name_of(Severity severity) {
    switch (severity) {
    case Severity::info:
        return "info";
    case Severity::warning:
        return "warning";
    case Severity::error:
        return "error";
    case Severity::critical:
        return "critical";
    }
    throw std::logic_error("no such severity");
}

std::optional<Severity> severity_named(std::string_view name) {
    return named(std::array{Severity::info, Severity::warning, Severity::error, Severity::critical}, name);
}

std::string_view name_of(NoticeClass notice_class) {
    switch (notice_class) {
    case NoticeClass::rights:
        return "rights";
    case NoticeClass::incident:
        return "incident";
    case NoticeClass::verdict:
        return "verdict";
    case NoticeClass::blind:
        return "blind";
    case NoticeClass::digest:
        return "digest";
    case NoticeClass::summary:
        return "summary";
    case NoticeClass::held:
        return "held";
    case NoticeClass::trial:
        return "trial";
    }
    throw std::logic_error("no such class of notice");
}

std::optional<NoticeClass> notice_class_named(std::string_view name) {
    return named(std::array{NoticeClass::rights,
                            NoticeClass::incident,
                            NoticeClass::verdict,
                            NoticeClass::blind,
                            NoticeClass::digest,
                            NoticeClass::summary,
                            NoticeClass::held,
                            NoticeClass::trial},
                 name);
}

std::string_view name_of(NoticeStatus status) {
    switch (status) {
    case NoticeStatus::firing:
        return "firing";
    case NoticeStatus::acknowledged:
        return "acknowledged";
    case NoticeStatus::resolved:
        return "resolved";
    case NoticeStatus::told:
        return "told";
    }
    throw std::logic_error("no such status of a notice");
}

std::optional<NoticeStatus> notice_status_named(std::string_view name) {
    return named(
        std::array{NoticeStatus::firing, NoticeStatus::acknowledged, NoticeStatus::resolved, NoticeStatus::told}, name);
}

} // namespace mailpreflight::core
