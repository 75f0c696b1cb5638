#pragma once

#include "base/text.hpp"
#include "core/plan.hpp"

#include <algorithm>
#include <string>

// What callers name: how it is found, and how it is repeated to them.
namespace mailpreflight::daemon {

/// As a problem may quote it: valid UTF-8, and no longer than people read.
inline std::string shown(const std::string& text) {
    return base::shorten(base::to_valid_utf8(text), 200);
}

inline bool has_source(const core::Plan& plan, const std::string& name) {
    return std::any_of(
        plan.sources.begin(), plan.sources.end(), [&](const core::SourcePlan& source) { return source.name == name; });
}

/// The batch of a plan or configuration, const as that is; null where there is none.
template <typename Plan>
auto* find_batch(Plan& plan, const std::string& name) {
    const auto found = std::find_if(
        plan.batches.begin(), plan.batches.end(), [&](const core::Batch& batch) { return batch.name == name; });
    return found == plan.batches.end() ? nullptr : &*found;
}

} // namespace mailpreflight::daemon
