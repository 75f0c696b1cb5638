#pragma once

#include "core/plan.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace mailpreflight::cli {

/// What a column of a list says over all rows.
struct LabelFindings {
    std::size_t filled = 0;   ///< rows that have a value
    std::size_t distinct = 0; ///< different values
    std::string example;

    bool operator==(const LabelFindings&) const = default;
};

/// A list as `batch lint` tells it.
struct ListFindings {
    std::string file;
    std::map<std::string, LabelFindings> labels;
    std::map<std::string, std::size_t> domains; ///< mailboxes by domain

    bool operator==(const ListFindings&) const = default;
};

ListFindings findings_of(const core::MailboxList& list, std::string file);

} // namespace mailpreflight::cli
