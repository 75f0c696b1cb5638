#pragma once

#include "core/notice.hpp"
#include "notify/receiver.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::notify {

/// The page of a mail that somebody understands who has never seen this program: what happened, what it means for which
/// batch, who is affected, what mends it. Nothing is loaded from elsewhere.
std::string mail_html(const core::Notice& notice, const Origin& origin, std::string_view link);

} // namespace mailpreflight::notify
