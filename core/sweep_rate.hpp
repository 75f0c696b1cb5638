#pragma once

#include "core/plan.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace mailpreflight::core {

/// A sweep over a batch that the rate of its source cannot finish within its interval: size x ways / rate (6.6).
struct SlowSweep {
    base::SystemTime from;      ///< since when, or from when on, it does not fit
    std::size_t requests = 0;   ///< that one sweep over the batch makes
    double permitted = 0;       ///< requests a second
    double needed = 0;          ///< for all batches of the source that are swept over then; rounded up to a tenth
    base::Duration interval{0}; ///< of the sweeps over this batch
    bool beside_others = false; ///< by itself it would fit

    bool operator==(const SlowSweep&) const = default;
};

/// Requests that one sweep over the batch makes: a mailbox and a way each.
std::size_t requests_of_sweep(const Batch& batch, const Schedule& schedule);

/// Do the sweeps over the batch's source not fit into their intervals at this moment? Nothing: they do, or none goes.
std::optional<SlowSweep> slow_sweep(const Plan& plan, const Batch& batch, base::SystemTime at);

/// The same at the first moment between now and the start of the batch's window at which it is so.
std::optional<SlowSweep> slow_sweep_ahead(const Plan& plan, const Batch& batch, base::SystemTime now);

/// When the last sweep before the batch's window begins, so that it ends as the window opens (6.6): the time that its
/// requests take at the permitted rate, and a quarter more for what is looked at twice. Nothing without a window.
std::optional<base::SystemTime> last_sweep_begins(const Plan& plan, const Batch& batch);

/// How old a look may be before the sweep over the batch repeats it: the cadence in force, and one sweep that ends as
/// the window opens.
base::Duration sweep_interval(const Plan& plan, const Batch& batch, base::SystemTime now);

/// "6000 requests a sweep at 1 per second take 1h40m, longer than 1h: requests_per_second = 1.7 is needed"
std::string words_for(const SlowSweep& slow);

} // namespace mailpreflight::core
