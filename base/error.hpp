#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mailpreflight::base {

/// What kind of thing went wrong, for code that reacts to it. Text is for people.
enum class ErrorCode {
    invalid_argument,  ///< the caller's value cannot be used
    not_found,         ///< the named thing does not exist
    permission_denied, ///< the operating system or a rule of ours forbids it
    conflict,          ///< the state of the other side does not allow it now
    limit_exceeded,    ///< a documented limit was reached
    timeout,           ///< the deadline passed
    cancelled,         ///< a stop was asked for
    parse,             ///< text that does not follow its format
    io,                ///< file, socket or database refused to work
    unsupported,       ///< known but not available here
    internal,          ///< an assumption of ours did not hold
};

/// The code as a stable lower-case word ("not_found").
std::string_view to_string(ErrorCode code);

/// One failure: what kind, what we were doing, to what, and what caused it. Never holds a secret.
class Error {
public:
    Error(ErrorCode code, std::string context, std::string object = {});

    /// Returns this error as the cause of a wider one.
    [[nodiscard]] Error wrap(std::string context, std::string object = {}) const;

    [[nodiscard]] ErrorCode code() const noexcept {
        return code_;
    }

    /// One line, read from the outside in: "cannot load list: wave1.csv: cannot open: No such file".
    [[nodiscard]] std::string message() const;

    bool operator==(const Error& other) const;

private:
    ErrorCode code_;
    std::string context_;
    std::string object_;
    std::shared_ptr<const Error> cause_;
};

/// An Error made from errno (EACCES and EPERM become permission_denied, ENOENT not_found, ETIMEDOUT timeout).
Error errno_error(int errno_value, std::string context, std::string object = {});

} // namespace mailpreflight::base
