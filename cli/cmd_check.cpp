#include "cli/commands.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

namespace mailpreflight::cli {

namespace {

/// What the user sees while a check runs: a bar on a terminal, lines elsewhere.
class Progress {
public:
    explicit Progress(const Session& session) :
        session_(session),
        bar_(session.terminal().err_is_terminal && !session.options().plain) {}

    void show(const CheckTally& tally, const std::optional<api::CheckEvent>& event) {
        if (bar_) {
            session_.note("\r" + progress_bar(tally, session_.terminal().err) + "\x1b[K");
            return;
        }
        if (event) {
            if (const auto* const seen = std::get_if<api::CheckObserved>(&*event)) {
                const std::string line = observation_line(seen->observation, session_.terminal().err);
                session_.note(line.empty() ? line : line + "\n");
            }
        }
        const auto tenth = tally.total == 0 ? 0 : tally.done * 10 / tally.total;
        if (tenth > last_tenth_) {
            last_tenth_ = tenth;
            session_.note(fmt::format("{}/{}\n", tally.done, tally.total));
        }
    }

    void clear() const {
        if (bar_) {
            session_.note("\r\x1b[K");
        }
    }

private:
    const Session& session_;
    const bool bar_;
    std::uint64_t last_tenth_ = 0;
};

int cancel(Session& session, const std::string& id) {
    return session.show<api::CancelCheckCall>({.id = id}, [](const auto& cancelled) {
        return fmt::format("{} cancelled: {} taken out of the queue.\n",
                           safe(cancelled.id),
                           counted(cancelled.dropped, "check", "checks"));
    });
}

int start_only(Session& session, const CheckOptions& options) {
    return session.show<api::CheckCall>({.targets = options.targets, .wait = false}, [](const auto& accepted) {
        return fmt::format("{} accepted: {}.\n", safe(accepted.id), counted(accepted.total, "check", "checks"));
    });
}

} // namespace

int run_check(Session& session, const CheckOptions& options) {
    if (!options.cancel.empty()) {
        return cancel(session, options.cancel);
    }
    if (options.no_wait) {
        return start_only(session, options);
    }
    catch_interrupt();
    CheckTally tally;
    Progress progress(session);
    const bool json = session.options().json;
    const auto ended = session.client().stream<api::CheckCall>(
        {.targets = options.targets}, [&](std::string_view raw, const std::optional<api::CheckEvent>& event) {
            if (event) {
                tally.take(*event);
            }
            if (json) {
                session.print(std::string(raw) + "\n");
            } else {
                progress.show(tally, event);
            }
            return true;
        });
    if (!json) {
        progress.clear();
    }
    if (!ended && std::holds_alternative<api::Interrupted>(ended.error())) {
        session.note(
            fmt::format("The check goes on without you. To end it: mailpreflight check --cancel {}\n", safe(tally.id)));
        return exit_interrupted;
    }
    if (!ended && tally.id.empty()) {
        return session.fail(ended.error());
    }
    if (!json) {
        session.print(render(tally, session.terminal().out));
    }
    if (!ended && !tally.finished) {
        return session.fail(ended.error());
    }
    return tally.exit_code();
}

} // namespace mailpreflight::cli
