#pragma once

#include "core/observation.hpp"
#include "core/plan.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::core {

/// Where a batch is in its life (6.6). planned; frozen: `freeze` before its window, any drift is critical; moving: from
/// its window's start until somebody says done or `moving_grace` after its end; done: nothing of it is judged.
enum class BatchState { planned, frozen, moving, done };

std::string_view name_of(BatchState state);
std::optional<BatchState> batch_state_named(std::string_view name);

BatchState state_of(const Schedule& schedule, const Batch& batch, base::SystemTime now);

/// Planned or frozen: what it requires is still to be proven.
bool is_waiting(BatchState state);

/// When the batch became done: said so, or by time. Nothing: it is not done.
std::optional<base::SystemTime> done_since(const Schedule& schedule, const Batch& batch, base::SystemTime now);

/// The name of a batch that keeps the sweeps over this source back: one that moves while `during_window` is canaries.
/// Its source gets source checks and canaries on one lane.
std::optional<std::string> held_by(const Plan& plan, const std::string& source, base::SystemTime now);

/// Mailboxes that batches which are done list, and no other.
std::set<Subject> left_behind(const Plan& plan, base::SystemTime now);

/// The interval at which sweeps over a batch are asked for: daily, 6-hourly from T-72 h, hourly from T-4 h, each so
/// long before as one sweep and a half may take.
base::Duration sweep_cadence(const Schedule& schedule, const std::optional<Window>& window, base::SystemTime now);

/// The moments from which on sweeps over a batch with this window are asked for more often, in their order.
std::vector<base::SystemTime> quicker_from(const Schedule& schedule, const Window& window);

/// How old a look at a mailbox of the batch may be: 1.5 x the shortest sweep interval at which a sweep and a half could
/// have been finished since that pace began, be that by the clock or because the window or the schedule was changed.
base::Duration max_age(const Schedule& schedule, const Batch& batch, base::SystemTime now);

/// The moment for which the age of the looks at its mailboxes is judged: now; of a batch that moves or is done, the
/// start of its window, because from then on nobody sweeps over it.
base::SystemTime ages_judged_at(const Schedule& schedule, const Batch& batch, base::SystemTime now);

/// The batch's record with its pace as it is now: notes when the window or the sweep intervals were changed.
BatchRecord noting_pace(const Schedule& schedule, const Batch& batch, base::SystemTime now);

/// When the exception ends: withdrawn, over, or with the window.
base::SystemTime end_of(const Exception& exception, const Batch& batch);

/// The exceptions of the batch that hold now, one an address at most.
std::vector<const Exception*> exceptions_in_force(const Batch& batch, base::SystemTime now);

} // namespace mailpreflight::core
