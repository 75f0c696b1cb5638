#include "base/text.hpp"
#include "config/build.hpp"
#include "config/checked_table.hpp"
#include "config/local_time.hpp"
#include "config/mailbox_list.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::config {

namespace {

std::vector<core::Way> build_ways(const Node& table, const std::string& path, Problems& problems) {
    std::vector<core::Way> ways;
    for (const PlacedText& item : texts_of(table, "prove")) {
        const auto way = core::way_named(item.text);
        if (way && std::find(ways.begin(), ways.end(), *way) != ways.end()) {
            problems.error(item.position, fmt::format("{}.prove: \"{}\" is named twice", path, item.text));
        } else if (way) {
            ways.push_back(*way);
        }
    }
    return ways.empty() ? std::vector{core::Way::impersonation} : ways;
}

std::optional<core::Window>
build_window(const Node& batch, const std::string& path, const BuildContext& context, Problems& problems) {
    const Node* table = batch.find("window");
    if (table == nullptr || table->kind != Node::Kind::table) {
        return std::nullopt;
    }
    const auto tell = [&](std::string_view key, std::string_view text) {
        problems.error(place_of(*table, key), fmt::format("{}.window.{}: {}", path, key, text));
    };
    core::Window window;
    if (const auto zone = text_of(*table, "zone"); zone && !zone->empty()) {
        auto iana = parse_zone(*zone);
        if (!iana) {
            tell("zone", iana.error().message());
            return std::nullopt;
        }
        window.zone = *std::move(iana);
    } else {
        return std::nullopt;
    }
    const auto read = [&](std::string_view key) -> std::optional<base::SystemTime> {
        const auto text = text_of(*table, key);
        if (!text) {
            return std::nullopt;
        }
        const auto moment = parse_moment(*text, window.zone);
        if (!moment) {
            tell(key, moment.error().message());
            return std::nullopt;
        }
        return *moment;
    };
    const auto start = read("start");
    const auto end = read("end");
    if (!start || !end) {
        return std::nullopt;
    }
    window.start = *start;
    window.end = *end;
    if (window.end <= window.start) {
        tell("end", "the window ends before it starts");
    } else if (context.now && window.end < *context.now) {
        problems.warning(place_of(*table, "end"),
                         fmt::format("{}.window: it has passed ({}); move it, or say `mailpreflight batch done`",
                                     path,
                                     base::to_rfc3339(window.end)));
    }
    return window;
}

void check_ways(
    const Node& table, const std::string& path, const core::Batch& batch, const Source& source, Problems& problems) {
    for (const core::Way way : batch.prove) {
        const bool needs_owa = way == core::Way::owa;
        if (needs_owa ? !source.owa : !source.ews) {
            problems.error(place_of(table, "prove"),
                           fmt::format("{}.prove: \"{}\" needs {}, which source {} does not have",
                                       path,
                                       core::name_of(way),
                                       needs_owa ? "OWA" : "EWS",
                                       source.name));
        }
    }
}

core::MailboxList build_list(const Node& table,
                             const std::string& path,
                             const std::string& file,
                             const BuildContext& context,
                             Problems& problems) {
    const auto read = context.read_list(file);
    if (!read) {
        return {.problems = {{0, read.error().message()}}};
    }
    ParsedList parsed = read_mailbox_list(read->content);
    if (parsed.has_passwords && read->readable_by_others) {
        problems.warning(
            place_of(table, "mailboxes"),
            fmt::format("{}.mailboxes: {} has a column of passwords and everybody on this host may read it: "
                        "chmod 0640, or take the column out (it is not used)",
                        path,
                        file));
    }
    return std::move(parsed.list);
}

/// Reads the individual passwords as far as to know that each mailbox has one. What is wrong makes the batch NO-GO, as
/// a bad row of its list does.
OwnLogins build_own_logins(const std::string& file, core::Batch& batch, const BuildContext& context) {
    OwnLogins logins{.file = file, .usernames = {}};
    const auto tell = [&](int line, std::string text) { batch.list.problems.push_back({line, std::move(text)}); };
    const auto list = context.read_passwords(file);
    if (!list) {
        tell(0, list.error().message());
        return logins;
    }
    for (const core::ListProblem& problem : list->problems) {
        const std::string where = problem.line > 0 ? fmt::format("{}, line {}", file, problem.line) : file;
        tell(0, fmt::format("{}: {}", where, problem.text));
    }
    for (const auto& [address, login] : list->passwords) {
        logins.usernames.emplace(address, login.username);
    }
    for (const core::ListedMailbox& mailbox : batch.list.mailboxes) {
        if (list->problems.empty() && !logins.usernames.contains(mailbox.address)) {
            tell(mailbox.line, fmt::format("{} has no password: add its row to {}", mailbox.address, file));
        }
    }
    return logins;
}

/// What individual passwords need, and what needs them.
void check_own_logins(
    const Node& table, const std::string& path, const core::Batch& batch, const Source* source, Problems& problems) {
    const bool has_passwords = text_of(table, "passwords").has_value();
    const bool wanted = std::find(batch.prove.begin(), batch.prove.end(), core::Way::own_login) != batch.prove.end();
    if (wanted && !has_passwords) {
        problems.error(
            place_of(table, "prove"),
            fmt::format("{}.prove: \"own_login\" needs passwords = \"FILE\", a private file with the columns "
                        "EmailAddress,UserName,Password",
                        path));
    }
    if (!wanted && has_passwords) {
        problems.error(
            place_of(table, "passwords"),
            fmt::format("{}.passwords: only prove = [\"own_login\"] uses them: name it, or take the key out", path));
    }
    if (wanted && source != nullptr && (source->auth == AuthChoice::oauth || source->is_exchange_online())) {
        problems.error(place_of(table, "prove"),
                       fmt::format("{}.prove: \"own_login\" needs a door that takes user names with passwords, and "
                                   "source {} takes tokens alone",
                                   path,
                                   source->name));
    }
}

std::vector<std::string> names_of(const std::map<std::string, Source>& sources) {
    std::vector<std::string> names;
    for (const auto& [name, source] : sources) {
        names.push_back(name);
    }
    return names;
}

} // namespace

void build_batches(const Node& document, const BuildContext& context, Config& config, Problems& problems) {
    for (const auto& [name, table] : named_tables(document, "batch")) {
        const std::string path = "batch." + name;
        core::Batch batch{.name = name};
        batch.source = text_of(*table, "source").value_or("");
        batch.prove = build_ways(*table, path, problems);
        batch.destination = text_of(*table, "destination").value_or(batch.destination);
        batch.window = build_window(*table, path, context, problems);
        if (config.sources.contains(name)) {
            problems.error(
                table->position,
                fmt::format("[{}]: a source has the same name, and `mailpreflight check {}` could not tell them "
                            "apart: rename one",
                            path,
                            name));
        }
        const auto source = config.sources.find(batch.source);
        check_own_logins(*table, path, batch, source == config.sources.end() ? nullptr : &source->second, problems);
        if (source != config.sources.end()) {
            check_ways(*table, path, batch, source->second, problems);
        } else if (!batch.source.empty()) {
            const std::string near = base::nearest(batch.source, names_of(config.sources));
            problems.error(place_of(*table, "source"),
                           fmt::format("{}.source: there is no [source.{}]{}",
                                       path,
                                       base::to_valid_utf8(base::shorten(batch.source, 64)),
                                       near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
        }
        if (const auto file = text_of(*table, "mailboxes"); file && !file->empty()) {
            const std::string list = resolved(context.folder, *file);
            config.list_files.emplace(name, list);
            batch.list = build_list(*table, path, list, context, problems);
        }
        if (const auto file = text_of(*table, "passwords"); file && !file->empty() && context.read_passwords) {
            config.own_logins.emplace(name, build_own_logins(resolved(context.folder, *file), batch, context));
        }
        config.batches.push_back(std::move(batch));
    }
}

} // namespace mailpreflight::config
