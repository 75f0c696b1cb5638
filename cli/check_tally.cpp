#include "cli/check_tally.hpp"

#include "cli/exit_code.hpp"

#include <algorithm>
#include <variant>

namespace mailpreflight::cli {

namespace {

struct Taker {
    CheckTally& tally;

    void add(const CheckTally::Key& key, const core::Subject& subject, const std::string& detail) const {
        auto& group = tally.groups[key];
        ++group.count;
        const std::string& name = subject.name.empty() ? subject.source : subject.name;
        if (group.examples.size() < 3) {
            group.examples.push_back(name);
        }
        if (group.count == 1) {
            group.detail = detail;
        }
    }
    void progress(std::uint64_t done, std::uint64_t total) const {
        tally.done = std::max(tally.done, done);
        tally.total = total;
    }

    void operator()(const api::CheckAccepted& event) const {
        tally.id = event.id;
        tally.total = event.total;
    }
    void operator()(const api::CheckObserved& event) const {
        const auto& seen = event.observation;
        progress(event.done, event.total);
        if (seen.state != core::State::pass) {
            add({.state = seen.state, .check = seen.key.check, .cause = seen.cause}, seen.key.subject, seen.detail);
        }
        tally.failed += seen.state == core::State::fail ? 1U : 0U;
    }
    void operator()(const api::CheckWithheld& event) const {
        progress(event.done, event.total);
        add({.withheld = true, .state = core::State::unknown, .check = event.key.check, .cause = event.cause},
            event.key.subject,
            event.detail);
    }
    void operator()(const api::CheckFinished& event) const {
        tally.finished = event;
    }
    void operator()(const api::Heartbeat&) const {}
    void operator()(const api::Skipped& event) const {
        tally.skipped += event.count;
    }
    void operator()(const api::Stopping&) const {
        tally.stopped = true;
    }
};

} // namespace

void CheckTally::take(const api::CheckEvent& event) {
    std::visit(Taker{*this}, event);
}

int CheckTally::exit_code() const {
    if (!finished) {
        return exit_unknown;
    }
    if (finished->failed > 0) {
        return exit_failed;
    }
    return finished->unknown + finished->withheld > 0 || finished->cancelled ? exit_unknown : exit_good;
}

} // namespace mailpreflight::cli
