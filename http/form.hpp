#pragma once

#include "base/secret.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::http {

/// Every byte but A-Z a-z 0-9 - _ . ~ as %XX (a blank as %20, which every server reads).
std::string form_encoded(std::string_view text);

/// The body of a form POST (application/x-www-form-urlencoded), which may hold a password: wiped when it dies, and when
/// it grows.
class FormBody {
public:
    FormBody() = default;
    ~FormBody();
    FormBody(FormBody&& other) noexcept;
    FormBody& operator=(FormBody&& other) noexcept;
    FormBody(const FormBody&) = delete;
    FormBody& operator=(const FormBody&) = delete;

    FormBody& add(std::string_view name, std::string_view value);
    FormBody& add(std::string_view name, const base::Secret& value);

    /// The body as it stands. Who copies it wipes the copy (base::wipe).
    [[nodiscard]] const std::string& text() const noexcept {
        return text_;
    }

private:
    std::string text_;
};

} // namespace mailpreflight::http
