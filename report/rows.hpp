#pragma once

#include "core/remedy.hpp"
#include "core/standing.hpp"
#include "core/track.hpp"
#include "report/report.hpp"

#include <vector>

namespace mailpreflight::report {

/// What remedies for a source's own checks may mention.
core::RemedyNames remedy_names(const std::string& source, const core::SourceNames& names);

/// One check as the verdict takes it; null: never looked at.
CheckRow check_row(core::Check check,
                   const core::Track* track,
                   const core::Judgement& judgement,
                   const core::RemedyNames& names);

/// Up to `count` mailboxes of the batch from the row `first` of its list, each as the verdict takes it.
std::vector<MailboxRow> make_rows(const core::Plan& plan,
                                  const core::Batch& batch,
                                  const core::Tracks& tracks,
                                  const core::SourceNames& names,
                                  base::SystemTime judged_at,
                                  std::size_t first,
                                  std::size_t count);

} // namespace mailpreflight::report
