#pragma once

#include "core/notice.hpp"
#include "notify/receiver.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::notify {

/// A body of the operator's own: text in which {title}, {severity} and the other names that docs/receivers.md lists
/// stand for a notice's words, each escaped as inside of a JSON string (without the quotes). A brace that is not
/// followed by a lower-case word and its closing brace is a brace. What a notice does not have is empty; numbers are
/// digits.
std::string filled(std::string_view body_template, const core::Notice& notice, const Origin& origin);

/// A placeholder that there is not, naming the nearest; or, of a template that begins as JSON does and is sent as
/// JSON, that it is none when it is filled in.
std::optional<std::string> problem_of_template(std::string_view body_template, bool must_be_json = true);

} // namespace mailpreflight::notify
