#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace mailpreflight::daemon {

/// Gives `add` the rows behind `after`, at most `limit` of them, in the order of their cursors. Returns the cursor of
/// the last one when there are more: the `next` of the page.
template <typename Row, typename Add>
std::string take_page(const std::map<std::string, Row>& rows, const std::string& after, int limit, Add add) {
    std::string last;
    std::size_t taken = 0;
    for (auto row = after.empty() ? rows.begin() : rows.upper_bound(after); row != rows.end(); ++row) {
        if (taken++ == static_cast<std::size_t>(limit)) {
            return last;
        }
        last = row->first;
        add(row->second);
    }
    return {};
}

} // namespace mailpreflight::daemon
