#include "cli/verdict_code.hpp"

#include "cli/exit_code.hpp"

namespace mailpreflight::cli {

int exit_code_of(const api::StatusResponse& status) {
    bool failed = false;
    bool unknown = false;
    for (const api::BatchStatus& batch : status.batches) {
        failed = failed || batch.readiness.verdict == core::Verdict::no_go;
        unknown = unknown || batch.readiness.verdict == core::Verdict::unknown;
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
