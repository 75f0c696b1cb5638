#include "cli/verdict_code.hpp"

#include "cli/exit_code.hpp"

namespace mailpreflight::cli {

int exit_code_of(const api::BatchStatus& batch) {
    if (batch.state == core::BatchState::done) {
        return exit_good; // nothing is judged any more
    }
    switch (batch.readiness.verdict) {
    case core::Verdict::go:
        return exit_good;
    case core::Verdict::no_go:
        return exit_failed;
    case core::Verdict::unknown:
        return exit_unknown;
    }
    return exit_unknown;
}

int exit_code_of(const api::StatusResponse& status) {
    bool failed = false;
    bool unknown = false;
    for (const api::BatchStatus& batch : status.batches) {
        failed = failed || exit_code_of(batch) == exit_failed;
        unknown = unknown || exit_code_of(batch) == exit_unknown;
    }
    if (status.batches.empty()) {
        for (const api::SourceStatus& source : status.sources) {
            for (const api::SourceCheck& check : source.checks) {
                failed = failed || (check.latest && check.latest->state == core::State::fail);
                unknown = unknown || !check.latest || check.latest->state == core::State::unknown;
            }
        }
    }
    if (failed) {
        return exit_failed;
    }
    return unknown ? exit_unknown : exit_good;
}

} // namespace mailpreflight::cli
