#pragma once

#include "notify/program.hpp"
#include "notify/receiver.hpp"
#include "notify/settings.hpp"

#include <string>
#include <string_view>

namespace mailpreflight::notify {

/// The program of a notice: argv as configured, the webhook's body as its input, and for what reads no JSON
/// MAILPREFLIGHT_ID, _SEVERITY and the others of docs/receivers.md in its environment.
Program
program_of(const core::Notice& notice, const Origin& origin, const CommandSettings& settings, std::string_view link);

/// 0: delivered. 64, 65, 77 and 78 (sysexits: usage, data, permission, configuration), 126 and 127: refused. All else,
/// 75 (EX_TEMPFAIL) and the time limit among it: later, as a script ends with 1 when a network was away, too.
Delivery delivery_of(const ProgramEnd& end, base::Duration time_limit);

class Command final : public Receiver {
public:
    Command(CommandSettings settings, Origin origin, std::string link);
    Delivery send(const core::Notice& notice, const base::Deadline& deadline) override;

private:
    CommandSettings settings_;
    Origin origin_;
    std::string link_;
};

} // namespace mailpreflight::notify
