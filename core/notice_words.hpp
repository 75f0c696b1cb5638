#pragma once

#include "core/plan_notices.hpp"

// The words of notices; for plan_notices.cpp alone.
namespace mailpreflight::core {

/// Severity, title, text, remedy, batches, samples and mailboxes of an incident's notice; status, reason and what was
/// told before must be there already.
void describe(Notice& notice, const Incident& incident, const NoticeMatter& matter, base::SystemTime now);

/// The same of a batch's verdict.
void describe(
    Notice& notice, const Batch& batch, const Readiness& readiness, const NoticeMatter& matter, base::SystemTime now);

/// "I17 impersonation_denied lost on contoso, 412 subjects": one line of a summary or a digest.
std::string line_for(const Incident& incident);

/// The digest over the given batches and incidents.
void describe_digest(Notice& notice,
                     const std::vector<const Batch*>& batches,
                     const std::vector<const Incident*>& incidents,
                     const NoticeMatter& matter,
                     base::SystemTime now);

/// How bad an incident is: rights, and what hits a batch that is frozen or moves, are critical.
Severity severity_of(const Incident& incident, const Plan& plan, base::SystemTime now);
/// How bad a verdict is, by how near its window is.
Severity severity_of(Verdict verdict, const Plan& plan, const Batch& batch, base::SystemTime now);

/// The batches that an incident touches: those that list one of its mailboxes; all of its source where it is about the
/// source itself. Batches that are done are left out.
std::vector<const Batch*> batches_of(const Incident& incident, const Plan& plan, base::SystemTime now);

} // namespace mailpreflight::core
