#include "base/error.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

namespace mailpreflight::base {

std::string_view to_string(ErrorCode code) {
    switch (code) {
    case ErrorCode::invalid_argument:
        return "invalid_argument";
    case ErrorCode::not_found:
        return "not_found";
    case ErrorCode::permission_denied:
        return "permission_denied";
    case ErrorCode::conflict:
        return "conflict";
    case ErrorCode::limit_exceeded:
        return "limit_exceeded";
    case ErrorCode::timeout:
        return "timeout";
    case ErrorCode::cancelled:
        return "cancelled";
    case ErrorCode::parse:
        return "parse";
    case ErrorCode::io:
        return "io";
    case ErrorCode::unsupported:
        return "unsupported";
    case ErrorCode::internal:
        return "internal";
    }
    return "internal";
}

Error::Error(ErrorCode code, std::string context, std::string object) :
    code_(code),
    context_(std::move(context)),
    object_(std::move(object)) {}

Error Error::wrap(std::string context, std::string object) const {
    Error outer(code_, std::move(context), std::move(object));
    outer.cause_ = std::make_shared<const Error>(*this);
    return outer;
}

std::string Error::message() const {
    std::string text = context_;
    if (!object_.empty()) {
        text += ": " + object_;
    }
    if (cause_) {
        text += ": " + cause_->message();
    }
    return text;
}

bool Error::operator==(const Error& other) const {
    return code_ == other.code_ && message() == other.message();
}

Error errno_error(int errno_value, std::string context, std::string object) {
    ErrorCode code = ErrorCode::io;
    if (errno_value == EACCES || errno_value == EPERM) {
        code = ErrorCode::permission_denied;
    } else if (errno_value == ENOENT) {
        code = ErrorCode::not_found;
    } else if (errno_value == ETIMEDOUT) {
        code = ErrorCode::timeout;
    }
    return Error(code, std::generic_category().message(errno_value)).wrap(std::move(context), std::move(object));
}

} // namespace mailpreflight::base
