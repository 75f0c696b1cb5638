#include "config/build.hpp"
#include "config/schema_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace mailpreflight::config {

namespace {

constexpr std::size_t most_list_problems_told = 20;

bool is_open(const core::Batch& batch, const Config& config, const std::optional<base::SystemTime>& now) {
    return !now || !batch.window || batch.window->end + config.schedule.moving_grace >= *now;
}

struct Place {
    std::string batch;
    int line = 0;
};

/// An address in two open batches of one source is a problem of the later one's list and none of its mailboxes.
void find_shared_addresses(Config& config, const std::optional<base::SystemTime>& now) {
    std::map<std::string, std::unordered_map<std::string, Place>> seen; // source → address → first place
    for (core::Batch& batch : config.batches) {
        if (!is_open(batch, config, now)) {
            continue;
        }
        auto& places = seen[batch.source];
        const auto is_taken = [&](const core::ListedMailbox& mailbox) {
            const auto [place, is_new] = places.emplace(mailbox.address, Place{batch.name, mailbox.line});
            if (is_new) {
                return false;
            }
            batch.list.problems.push_back(
                {mailbox.line,
                 fmt::format("{} is in batch {} already (line {} of its list): an address moves in one batch only",
                             mailbox.address,
                             place->second.batch,
                             place->second.line)});
            return true;
        };
        std::erase_if(batch.list.mailboxes, is_taken);
        std::stable_sort(batch.list.problems.begin(), batch.list.problems.end(), [](const auto& a, const auto& b) {
            return a.line < b.line;
        });
    }
}

void tell_list_problems(const Config& config, Problems& problems) {
    for (const core::Batch& batch : config.batches) {
        const auto file = config.list_files.find(batch.name);
        if (file == config.list_files.end()) {
            continue;
        }
        const auto& list = batch.list.problems;
        for (std::size_t i = 0; i < std::min(list.size(), most_list_problems_told); ++i) {
            problems.warning_in(
                file->second, list[i].line, fmt::format("{} (batch {} is NO-GO)", list[i].text, batch.name));
        }
        if (list.size() > most_list_problems_told) {
            problems.warning_in(
                file->second,
                0,
                fmt::format("{} more rows of batch {} are bad", list.size() - most_list_problems_told, batch.name));
        }
    }
}

/// Requests that one sweep over the batch makes.
double requests_of(const core::Batch& batch, const core::Schedule& schedule) {
    const std::size_t mailboxes = batch.list.mailboxes.size();
    std::size_t requests = 0;
    for (const core::Way way : batch.prove) {
        requests +=
            way == core::Way::owa ? std::min(mailboxes, static_cast<std::size_t>(schedule.owa_sample)) : mailboxes;
    }
    return static_cast<double>(requests);
}

/// What to say when that many requests do not fit into the interval at the source's rate.
std::optional<std::string>
too_slow(double requests, const Source& source, base::Duration interval, std::string_view setting) {
    const double rate = source.limits.requests_per_second;
    const double seconds = std::chrono::duration<double>(interval).count();
    if (rate <= 0 || seconds <= 0 || requests / rate <= seconds) {
        return std::nullopt;
    }
    const double needed = std::ceil(requests / seconds * 10) / 10;
    const auto takes = std::chrono::seconds(static_cast<std::int64_t>(requests / rate));
    return fmt::format("{:.0f} requests a sweep at {:g} per second take {}, longer than schedule.{} ({}): "
                       "requests_per_second = {:g} is needed, or a longer interval",
                       requests,
                       rate,
                       base::to_text(takes),
                       setting,
                       base::to_text(interval),
                       needed);
}

void check_rates(const Node& document, const BuildContext& context, const Config& config, Problems& problems) {
    std::map<std::string, double> totals;
    const auto tables = named_tables(document, "batch");
    for (std::size_t i = 0; i < config.batches.size(); ++i) {
        const core::Batch& batch = config.batches[i];
        const auto source = config.sources.find(batch.source);
        if (source == config.sources.end() || !is_open(batch, config, context.now)) {
            continue;
        }
        const double requests = requests_of(batch, config.schedule);
        totals[batch.source] += requests;
        auto text = too_slow(requests, source->second, config.schedule.sweep_interval_4h, "sweep_interval_4h");
        if (batch.window && text) {
            problems.warning(tables[i].table->position, fmt::format("[batch.{}]: {}", batch.name, *text));
        }
    }
    for (const auto& [name, table] : named_tables(document, "source")) {
        const auto text =
            too_slow(totals[name], config.sources.at(name), config.schedule.sweep_interval, "sweep_interval");
        if (text) {
            problems.warning(table->position, fmt::format("[source.{}]: {}", name, *text));
        }
    }
}

/// A mailbox that must open and must not: one of the two is always wrong.
void check_must_not_open(const Node& document, const Config& config, Problems& problems) {
    for (const auto& [name, table] : named_tables(document, "source")) {
        const auto& forbidden = config.sources.at(name).must_not_open;
        for (const core::Batch& batch : config.batches) {
            const bool contradicts =
                batch.source == name &&
                std::any_of(batch.list.mailboxes.begin(), batch.list.mailboxes.end(), [&](const auto& mailbox) {
                    return std::find(forbidden.begin(), forbidden.end(), mailbox.address) != forbidden.end();
                });
            if (contradicts) {
                problems.warning(
                    place_of(*table, "must_not_open"),
                    fmt::format("source.{}.must_not_open: batch {} moves one of these mailboxes, so it must open",
                                name,
                                batch.name));
            }
        }
    }
}

} // namespace

void check_across(const Node& document, const BuildContext& context, Config& config, Problems& problems) {
    find_shared_addresses(config, context.now);
    tell_list_problems(config, problems);
    check_rates(document, context, config, problems);
    check_must_not_open(document, config, problems);
}

} // namespace mailpreflight::config
