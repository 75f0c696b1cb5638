#pragma once

#include "base/clock.hpp"
#include "core/batch_record.hpp"
#include "core/check.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::core {

/// A way into a mailbox that a batch may require (`prove`).
enum class Way { impersonation, full_access, owa, own_login };

std::string_view name_of(Way way);
std::optional<Way> way_named(std::string_view name);
/// The check that proves the way.
Check check_of(Way way);

/// Start and end of a cutover; the zone was resolved when the configuration was loaded.
struct Window {
    base::SystemTime start;
    base::SystemTime end;
    std::string zone; ///< IANA name, for showing local time

    bool operator==(const Window&) const = default;
};

/// One row of a mailbox list.
struct ListedMailbox {
    std::string address;                       ///< lower case
    std::map<std::string, std::string> labels; ///< extra columns, "Database" -> "DB03"
    int line = 0;

    bool operator==(const ListedMailbox&) const = default;
};

/// A row that cannot be used, or a list that cannot be read (line 0).
struct ListProblem {
    int line = 0;
    std::string text; ///< what is wrong and how to mend it, without any password

    bool operator==(const ListProblem&) const = default;
};

struct MailboxList {
    std::vector<ListedMailbox> mailboxes;
    std::vector<ListProblem> problems;
    std::string digest; ///< SHA-256 of the file's bytes, to see that it changed

    bool operator==(const MailboxList&) const = default;
};

/// What moves together: [batch.NAME] with its list read.
struct Batch {
    std::string name;
    std::string source;
    std::vector<Way> prove{Way::impersonation};
    std::string destination = "hosted-exchange";
    std::optional<Window> window;
    MailboxList list;   ///< the one in force; its problems are those of the newest read
    BatchRecord record; ///< filled in by the service

    bool operator==(const Batch&) const = default;
};

/// What goes on beside source checks on a source of which a batch moves.
enum class DuringWindow { canaries, sweeps };

std::string_view name_of(DuringWindow choice);
std::optional<DuringWindow> during_window_named(std::string_view name);

/// [schedule]: the numbers of DESIGN section 6; every one is a documented setting.
struct Schedule {
    base::Duration source_interval = std::chrono::minutes(5);  ///< source checks
    base::Duration login_interval = std::chrono::minutes(15);  ///< how long an accepted secret counts as proven
    base::Duration tls_floor_interval = std::chrono::hours(6); ///< versions change rarely, and cost five connections
    base::Duration canary_interval = std::chrono::minutes(15);
    base::Duration sweep_interval = std::chrono::hours(24);    ///< over a source
    base::Duration sweep_interval_72h = std::chrono::hours(6); ///< over a batch from T-72 h
    base::Duration sweep_interval_4h = std::chrono::hours(1);  ///< over a batch from T-4 h
    base::Duration confirm_after = std::chrono::minutes(15);
    base::Duration confirm_after_4h = std::chrono::minutes(5);
    base::Duration blind_after = std::chrono::minutes(30);
    base::Duration freeze = std::chrono::hours(24);       ///< before the window, where any drift is critical
    base::Duration moving_grace = std::chrono::hours(24); ///< after the window's end a batch counts as done
    DuringWindow during_window = DuringWindow::canaries;
    int most_canaries = 20;
    int owa_sample = 5; ///< mailboxes of a batch opened by explicit logon a sweep, where `prove` names owa

    bool operator==(const Schedule&) const = default;
};

/// The ways that the mailbox at `index` of a batch must be opened by: all that `prove` names, but of explicit logon
/// only the first `owa_sample` mailboxes where another way proves the rest.
std::vector<Way> required_ways(const Batch& batch, std::size_t index, const Schedule& schedule);

/// What judgement and schedule need to know of a source; where and how to reach it is config's.
struct SourcePlan {
    std::string name;
    bool has_ews = true;
    bool has_owa = true;
    bool has_user_agent = false;            ///< the migration tool's own is configured
    std::vector<std::string> must_not_open; ///< negative canaries, lower case
    bool is_exchange_online = false;
    double requests_per_second = 0; ///< permitted over all lanes; 0: without limit
    bool has_own_logins = false;    ///< a batch proves its mailboxes by their individual passwords

    bool operator==(const SourcePlan&) const = default;
};

/// The check that a negative canary must fail: by EWS, or where there is none by OWA's door.
Check negative_check(const SourcePlan& source);

/// All that core needs of a configuration.
struct Plan {
    std::vector<SourcePlan> sources;
    std::vector<Batch> batches;
    Schedule schedule;

    bool operator==(const Plan&) const = default;
};

} // namespace mailpreflight::core
