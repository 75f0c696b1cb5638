#include "base/text.hpp"
#include "config/build.hpp"
#include "config/checked_table.hpp"
#include "config/local_time.hpp"
#include "core/sweep_rate.hpp"

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

/// A batch that would have time enough by itself, but whose last hours other batches of its source share.
std::optional<std::string> too_slow_beside_others(const core::Plan& plan, const core::Batch& batch) {
    const auto slow = core::slow_sweep(plan, batch, batch.window->start - std::chrono::seconds(1));
    return slow && slow->beside_others ? std::optional(core::words_for(*slow)) : std::nullopt;
}

void check_rates(const Node& document, const BuildContext& context, const Config& config, Problems& problems) {
    std::map<std::string, double> totals;
    const core::Plan plan = config.plan();
    const auto tables = named_tables(document, "batch");
    for (std::size_t i = 0; i < config.batches.size(); ++i) {
        const core::Batch& batch = config.batches[i];
        const auto source = config.sources.find(batch.source);
        if (source == config.sources.end() || !is_open(batch, config, context.now)) {
            continue;
        }
        const auto requests = static_cast<double>(core::requests_of_sweep(batch, config.schedule));
        totals[batch.source] += requests;
        auto text = too_slow(requests, source->second, config.schedule.sweep_interval_4h, "sweep_interval_4h");
        if (batch.window && !text) {
            text = too_slow_beside_others(plan, batch);
        }
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

/// Where an application may go, and what it cannot do.
void check_oauth(const std::string& name,
                 const Node& table,
                 const Source& source,
                 const Account& account,
                 const Config& config,
                 Problems& problems) {
    if (!account.oauth) {
        if (source.auth == AuthChoice::oauth) {
            problems.error(
                place_of(table, "auth"),
                fmt::format("source.{}.auth: \"oauth\" needs an application: [account.{}.oauth] with tenant, "
                            "client_id and client_secret, or certificate and key",
                            name,
                            source.account));
        }
        return;
    }
    if (source.auth != AuthChoice::oauth && source.auth != AuthChoice::automatic) {
        problems.error(place_of(table, "auth"),
                       fmt::format("source.{}.auth: [account.{}] is an application, which logs in by \"oauth\" alone",
                                   name,
                                   source.account));
    }
    if (account.oauth->token) {
        return; // whose token it is, and of which cloud, only the token knows
    }
    const bool wants_full_access =
        std::any_of(config.batches.begin(), config.batches.end(), [&](const core::Batch& batch) {
            return batch.source == source.name &&
                   std::count(batch.prove.begin(), batch.prove.end(), core::Way::full_access) > 0;
        });
    if (wants_full_access) {
        problems.error(table.position,
                       fmt::format("[source.{}]: a batch wants full_access proved, and [account.{}] is an application, "
                                   "which opens mailboxes by impersonation alone",
                                   name,
                                   source.account));
    }
    const auto cloud = source.ews ? core::cloud_of_host(source.ews->host) : std::nullopt;
    if (cloud && core::authority_of(*cloud) != core::authority_of(account.oauth->cloud)) {
        problems.warning(
            table.position,
            fmt::format("[source.{}]: {} is Exchange Online of the cloud \"{}\", and [account.{}.oauth] says "
                        "cloud = \"{}\"",
                        name,
                        source.ews->host,
                        core::name_of(*cloud),
                        source.account,
                        core::name_of(account.oauth->cloud)));
    }
}

/// What an account cannot do without a password.
void check_means(const Node& document, const Config& config, Problems& problems) {
    for (const auto& [name, table] : named_tables(document, "source")) {
        const Source& source = config.sources.at(name);
        const auto account = config.accounts.find(source.account);
        if (account == config.accounts.end()) {
            continue;
        }
        check_oauth(name, *table, source, account->second, config, problems);
        if (account->second.password) {
            continue;
        }
        if (!account->second.oauth && (source.auth == AuthChoice::ntlm || source.auth == AuthChoice::basic)) {
            problems.error(place_of(*table, "auth"),
                           fmt::format("source.{}.auth: \"{}\" needs a password, and [account.{}] has none",
                                       name,
                                       name_of(source.auth),
                                       source.account));
        }
        const bool wants_form =
            std::any_of(config.batches.begin(), config.batches.end(), [&](const core::Batch& batch) {
                return batch.source == source.name &&
                       std::count(batch.prove.begin(), batch.prove.end(), core::Way::owa) > 0;
            });
        if (wants_form && !source.exchange) { // /exchange may stand behind HTTP authentication
            problems.error(table->position,
                           fmt::format("[source.{}]: a batch wants owa proved, whose form needs a password, and "
                                       "[account.{}] has none",
                                       name,
                                       source.account));
        } else if (source.owa && !source.exchange) {
            problems.warning(table->position,
                             fmt::format("[source.{}]: OWA is not logged in to: its form needs a password, and "
                                         "[account.{}] has none (owa_url = \"none\" says that it is meant)",
                                         name,
                                         source.account));
        }
    }
}

/// The part of a user name that the directory knows: CONTOSO\migadmin, migadmin@contoso.example and migadmin are one.
std::string bare_name(const std::string& username) {
    const std::string name = base::to_lower(username);
    const std::string after = name.substr(name.find('\\') + 1);
    return after.substr(0, after.find('@'));
}

/// What goes to a proxy goes there unencrypted: never the password that opens mailboxes.
void check_proxy_accounts(const Node& document, const Config& config, Problems& problems) {
    for (const auto& [name, table] : named_tables(document, "source")) {
        const auto account = config.accounts.find(config.sources.at(name).proxy_account);
        if (account == config.accounts.end()) {
            continue;
        }
        const auto opens = std::find_if(config.sources.begin(), config.sources.end(), [&](const auto& entry) {
            const auto other = config.accounts.find(entry.second.account);
            return other != config.accounts.end() &&
                   bare_name(other->second.username) == bare_name(account->second.username);
        });
        if (opens != config.sources.end()) {
            problems.error(place_of(*table, "proxy_account"),
                           fmt::format("source.{}.proxy_account: {} opens the mailboxes of [source.{}]; its password "
                                       "would go to the proxy unencrypted: use an account of its own",
                                       name,
                                       account->second.username,
                                       opens->first));
        } else {
            problems.warning(
                place_of(*table, "proxy_account"),
                fmt::format("source.{}.proxy_account: the password of {} goes to the proxy unencrypted: it "
                            "should be good for nothing else",
                            name,
                            account->second.username));
        }
    }
}

/// Exchange 2003 has no EWS, and only /exchange: where nothing but that is to be proved, EWS is not looked for unless
/// it was written down.
void leave_out_unneeded_ews(const Node& document, Config& config) {
    for (const auto& [name, table] : named_tables(document, "source")) {
        Source& source = config.sources.at(name);
        bool needed = !source.exchange || table->find("ews_url") != nullptr;
        bool proved = false;
        for (const core::Batch& batch : config.batches) {
            if (batch.source == name) {
                proved = true;
                needed = needed || batch.prove != std::vector{core::Way::owa};
            }
        }
        if (proved && !needed) {
            source.ews.reset();
        }
    }
}

/// A declared day that a window is not over by: its batch would be NO-GO.
void check_password_ends(const Node& document, const BuildContext& context, const Config& config, Problems& problems) {
    for (const auto& [name, table] : named_tables(document, "account")) {
        const auto account = config.accounts.find(name);
        if (account == config.accounts.end() || !account->second.password_expires) {
            continue;
        }
        for (const core::Batch& batch : config.batches) {
            const auto source = config.sources.find(batch.source);
            const bool concerned = source != config.sources.end() && source->second.account == name && batch.window &&
                                   (!context.now || *context.now < batch.window->end);
            if (concerned && *account->second.password_expires < batch.window->end) {
                problems.warning(
                    place_of(*table, "password_expires"),
                    fmt::format("account.{}.password_expires: this day begins before the window of batch {} "
                                "is over ({}): the batch will be NO-GO until the password is renewed",
                                name,
                                batch.name,
                                local_text(batch.window->end, batch.window->zone)));
            }
        }
    }
}

} // namespace

void check_across(const Node& document, const BuildContext& context, Config& config, Problems& problems) {
    leave_out_unneeded_ews(document, config);
    find_shared_addresses(config, context.now);
    tell_list_problems(config, problems);
    check_rates(document, context, config, problems);
    check_must_not_open(document, config, problems);
    check_means(document, config, problems);
    check_proxy_accounts(document, config, problems);
    check_password_ends(document, context, config, problems);
}

} // namespace mailpreflight::config
