#pragma once

#include "ews/answer.hpp"

#include <string>

namespace mailpreflight::ews {

/// ConvertId of a dummy id: the cheapest call that needs a login and no mailbox (ews.md 7.1).
std::string convert_id_operation();

/// Does this response code to convert_id_operation() prove that URL, login and EWS permission are right? Any complaint
/// about our dummy does.
bool proves_login(std::string_view response_code);

} // namespace mailpreflight::ews
