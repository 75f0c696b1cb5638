#pragma once

#include "core/notice.hpp"
#include "notify/receiver.hpp"

#include <string>
#include <string_view>
#include <vector>

// What every receiver for people says of a notice, in plain text: pure functions.

namespace mailpreflight::notify {

/// "Affected", "12 (10 when it was told before)".
struct Fact {
    std::string label;
    std::string value;

    bool operator==(const Fact&) const = default;
};

/// The title on one line of at most `limit` bytes, without what turns or ends lines.
std::string headline(const core::Notice& notice, std::size_t limit = 250);

/// Text of several lines that is safe to show: each line by base::safe(), ended by \n, none empty at the end.
std::string safe_lines(std::string_view text);

/// Status, severity, source, cause, how many are affected, since when, each batch with its verdict and window, and why
/// it is told now.
std::vector<Fact> facts(const core::Notice& notice);

/// "anna@contoso.example (mailbox.impersonation, last good 2026-12-01 10:00 UTC)", one each.
std::vector<std::string> sample_lines(const core::Notice& notice);
/// How many are affected beside the samples.
std::size_t beyond_samples(const core::Notice& notice);

/// "mailpreflight 1.2.0 on migrator1 (0123456789abcdef), notice I17.3.ops"
std::string signature_line(const core::Notice& notice, const Origin& origin);

} // namespace mailpreflight::notify
