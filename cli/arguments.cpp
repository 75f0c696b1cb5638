#include "cli/arguments.hpp"

#include "api/words.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <memory>
#include <sstream>

namespace mailpreflight::cli {

namespace {

using Run = std::function<int(Session&)>;

constexpr const char* default_config = "/etc/mailpreflight/mailpreflight.toml";

/// One row of the command table: what it is called, what it is for, and how it adds its options to the parser. add()
/// returns what runs once they are read; the options live in the closure.
struct Command {
    const char* name; ///< "baseline accept": a command of a group
    const char* help;
    Run (*add)(CLI::App&);
};

/// A word of an enumeration as an option.
template <typename Enum>
CLI::Option* add_word(CLI::App& app, const std::string& flag, std::optional<Enum>& into, const std::string& help) {
    const auto read = [&into](const std::string& word) {
        into = api::Words<Enum>::from_word(word);
        if (!into) {
            throw CLI::ValidationError("'" + word + "' is none of its words");
        }
    };
    return app.add_option_function<std::string>(flag, read, help);
}

void add_limit(CLI::App& app, int& limit) {
    app.add_option("--limit", limit, "Rows of a page")->check(CLI::Range(1, api::most_rows))->capture_default_str();
}

template <typename Request>
void add_pages(CLI::App& app, Request& request, bool& all) {
    app.add_option("--after", request.after, "Begin behind this row (as the page before says)");
    add_limit(app, request.limit);
    app.add_flag("--all", all, "All pages, one after the other");
}

Run add_status(CLI::App& app) {
    auto batch = std::make_shared<std::string>();
    app.add_option("BATCH", *batch, "Only this batch");
    return [batch](Session& session) { return run_status(session, *batch); };
}

Run add_check(CLI::App& app) {
    auto options = std::make_shared<CheckOptions>();
    app.add_option("TARGET", options->targets, "Sources, batches and addresses; none: everything");
    app.add_flag("--no-wait", options->no_wait, "Return once it is accepted");
    app.add_option("--cancel", options->cancel, "Cancel this check (c7) instead");
    return [options](Session& session) { return run_check(session, *options); };
}

Run add_mailboxes(CLI::App& app) {
    auto options = std::make_shared<MailboxesOptions>();
    app.add_option("--source", options->request.source, "Only of this source");
    app.add_option("--batch", options->request.batch, "Only of this batch");
    add_word(app, "--state", options->request.state, "Only with a check in this state: pass, warn, fail, unknown");
    add_word(app, "--cause", options->request.cause, "Only with this cause, for example impersonation_denied");
    add_pages(app, options->request, options->all);
    return [options](Session& session) { return run_mailboxes(session, *options); };
}

Run add_report(CLI::App& app) {
    auto options = std::make_shared<ReportOptions>();
    app.add_option("BATCH", options->batch, "The batch")->required();
    const auto read = [options](const std::string& word) {
        options->format = report_format_named(word);
        if (!options->format) {
            throw CLI::ValidationError("'" + word + "' is none of text, json, csv, html, junit, nagios");
        }
    };
    app.add_option_function<std::string>(
        "--format", read, "text, json, csv, html, junit, nagios (exit codes of a plugin: docs/reports.md)");
    app.add_flag("--redact", options->redact, "Words such as mailbox-001 instead of addresses, account and hosts");
    app.add_option("-o,--output", options->output, "Into this file instead")->type_name("FILE");
    return [options](Session& session) { return run_report(session, *options); };
}

Run add_explain(CLI::App& app) {
    auto of = std::make_shared<std::string>();
    app.add_option("WHAT", *of, "An address, an incident (I17), a source or the code of a cause (throttled)")
        ->required();
    return [of](Session& session) { return run_explain(session, *of); };
}

Run add_drift(CLI::App& app) {
    auto options = std::make_shared<DriftOptions>();
    app.add_option("--source", options->request.source, "Only of this source");
    add_pages(app, options->request, options->all);
    return [options](Session& session) { return run_drift(session, *options); };
}

Run add_incidents(CLI::App& app) {
    auto request = std::make_shared<api::IncidentsRequest>();
    add_word(app, "--state", request->state, "open, acknowledged or resolved; else all that are not resolved");
    return [request](Session& session) { return run_incidents(session, *request); };
}

/// "8h" from now on, or "2026-12-05T08:00:00Z".
std::optional<base::SystemTime> moment_of(const std::string& text, base::SystemTime now) {
    if (const auto duration = base::parse_duration(text)) {
        return now + *duration;
    }
    const auto time = base::parse_rfc3339(text);
    return time ? std::optional(*time) : std::nullopt;
}

Run add_ack(CLI::App& app) {
    auto request = std::make_shared<api::AcknowledgeRequest>();
    app.add_option("INCIDENT", request->id, "As shown: I17")->required();
    app.add_option("-m,--comment", request->comment, "Why, and who looks after it")->required();
    auto until = std::make_shared<std::string>();
    app.add_option("--until", *until, "Silent until then at most: 8h, 2d, or 2026-12-05T08:00:00Z; else until it grows")
        ->check([](const std::string& text) {
            return moment_of(text, base::SystemTime{}) ? ""
                                                       : "neither a duration (8h, 2d) nor a time (RFC 3339): " + text;
        });
    return [request, until](Session& session) {
        if (!until->empty()) {
            request->until = moment_of(*until, base::RealClock().now());
        }
        return run_ack(session, *request);
    };
}

Run add_baseline_show(CLI::App& app) {
    auto options = std::make_shared<BaselineOptions>();
    app.add_option("SOURCE", options->request.source, "Only of this source");
    add_pages(app, options->request, options->all);
    return [options](Session& session) { return run_baseline_show(session, *options); };
}

/// "8h" ago, or "2026-12-05T08:00:00Z".
void add_before(CLI::App& app, std::optional<base::SystemTime>& before) {
    const auto read = [&before](const std::string& text) {
        const base::SystemTime now = base::RealClock().now();
        const auto ago = base::parse_duration(text);
        const auto time = base::parse_rfc3339(text);
        if (!ago && !time) {
            throw CLI::ValidationError("neither a duration (8h, 2d) nor a time (RFC 3339): " + text);
        }
        before = ago ? now - *ago : *time;
    };
    app.add_option_function<std::string>(
        "--before", read, "Only what is older: 8h, 2d, or a time (as the page before says)");
}

template <typename Request>
void add_scope(CLI::App& app, Request& request) {
    app.add_option("--batch", request.batch, "Only the mailboxes of this batch");
    add_word(app, "--cause", request.cause, "Only what is believed for this cause, or drifted by it");
}

Run add_baseline_diff(CLI::App& app) {
    auto options = std::make_shared<DiffBaselineOptions>();
    app.add_option("SOURCE", options->request.source, "The source")->required();
    app.add_option("SUBJECT", options->request.subject, "An address, or the source's name for its own checks");
    add_scope(app, options->request);
    add_pages(app, options->request, options->all);
    return [options](Session& session) { return run_baseline_diff(session, *options); };
}

Run add_baseline_history(CLI::App& app) {
    auto request = std::make_shared<api::BaselineHistoryRequest>();
    app.add_option("SOURCE", request->source, "Only of this source");
    add_before(app, request->before);
    add_limit(app, request->limit);
    return [request](Session& session) { return run_baseline_history(session, *request); };
}

Run add_timeline(CLI::App& app) {
    auto request = std::make_shared<api::TimelineRequest>();
    app.add_option("WHAT", request->of, "An address, an incident (I17), a batch or a source")->required();
    add_before(app, request->before);
    add_limit(app, request->limit);
    return [request](Session& session) { return run_timeline(session, *request); };
}

Run add_baseline_accept(CLI::App& app) {
    auto request = std::make_shared<api::AcceptBaselineRequest>();
    app.add_option("SOURCE", request->source, "The source")->required();
    app.add_option("SUBJECT", request->subjects, "Addresses, or the source's name for its own checks; none: all");
    add_scope(app, *request);
    app.add_option("-m,--reason", request->reason, "Why this is how it should be")->required();
    return [request](Session& session) { return run_baseline_accept(session, *request); };
}

template <int (*run)(Session&, const std::string&)>
Run add_batch_command(CLI::App& app) {
    auto batch = std::make_shared<std::string>();
    app.add_option("BATCH", *batch, "The batch")->required();
    return [batch](Session& session) { return run(session, *batch); };
}

Run add_batch_except(CLI::App& app) {
    auto request = std::make_shared<api::ExceptRequest>();
    app.add_option("ADDRESS", request->address, "The mailbox that the batch may move without")->required();
    app.add_option("--batch", request->batch, "Its batch, where several list it");
    app.add_option("-m,--reason", request->reason, "Why")->required();
    app.add_option(
           "--until",
           request->until,
           "\"2026-12-05 20:00\" in the window's zone, a time with an offset, window (its end), or now: withdraw")
        ->required();
    return [request](Session& session) { return run_batch_except(session, *request); };
}

Run add_batch_confirm(CLI::App& app) {
    auto request = std::make_shared<api::ConfirmBatchRequest>();
    app.add_option("BATCH", request->batch, "The batch")->required();
    app.add_option("--digest", request->digest, "Only if this list waits (SHA-256, as batch show says)");
    return [request](Session& session) { return run_batch_confirm(session, *request); };
}

Run add_batch_lint(CLI::App& app) {
    auto options = std::make_shared<BatchLintOptions>();
    options->config = default_config;
    app.add_option("--config", options->config, "The configuration file")->capture_default_str();
    app.add_option("BATCH", options->batch, "The batch")->required();
    return [options](Session& session) { return run_batch_lint(session, *options); };
}

Run add_credential_show(CLI::App&) {
    return run_credential_show;
}

Run add_credential_retry(CLI::App& app) {
    auto request = std::make_shared<api::RetryAccountRequest>();
    app.add_option(
           "ACCOUNT", request->name, "Name of [account.NAME], or the address of a mailbox with a password of its own")
        ->required();
    app.add_flag(
        "--force", request->force, "Also inside a lockout window or beyond the refusals of a day (may lock it!)");
    return [request](Session& session) { return run_credential_retry(session, *request); };
}

Run add_credential_release(CLI::App& app) {
    auto request = std::make_shared<api::ReleaseSprayBrakeRequest>();
    app.add_option("SOURCE", request->source, "Name of [source.NAME]")->required();
    return [request](Session& session) { return run_credential_release(session, *request); };
}

Run add_notices(CLI::App& app) {
    auto request = std::make_shared<api::NoticesRequest>();
    auto retry = std::make_shared<bool>(false);
    add_word(app, "--state", request->state, "owed, delivered or dead; else all");
    app.add_option("--receiver", request->receiver, "Only of this [notify.NAME], or journal");
    app.add_option("--limit", request->limit, "At most so many")->capture_default_str();
    app.add_flag("--retry", *retry, "Try again what is dead, and at once what waits");
    return [request, retry](Session& session) {
        return *retry ? run_notices_retry(session, {request->receiver}) : run_notices(session, *request);
    };
}

Run add_notify_test(CLI::App& app) {
    auto request = std::make_shared<api::TestReceiverRequest>();
    app.add_option("RECEIVER", request->receiver, "Name of [notify.NAME], or journal")->required();
    return [request](Session& session) { return run_notify_test(session, *request); };
}

Run add_config_check(CLI::App& app) {
    auto file = std::make_shared<std::string>(default_config);
    app.add_option("FILE", *file, "The configuration file")->capture_default_str();
    return [file](Session& session) { return run_config_check(session, *file); };
}

Run add_reload(CLI::App&) {
    return run_reload;
}

Run add_watch(CLI::App& app) {
    auto request = std::make_shared<api::WatchRequest>();
    app.add_option_function<std::uint64_t>(
        "--after",
        [request](std::uint64_t id) { request->after = id; },
        "Begin behind this event, if it is still kept");
    return [request](Session& session) { return run_watch(session, *request); };
}

Run add_version(CLI::App& app) {
    auto client = std::make_shared<bool>(false);
    app.add_flag("--client", *client, "Only of this program; the service is not asked");
    return [client](Session& session) { return run_version(session, *client); };
}

Run add_probe(CLI::App& app) {
    auto options = std::make_shared<ProbeOptions>();
    options->config = default_config;
    app.add_option("--config", options->config, "The configuration file")->capture_default_str();
    app.add_option("SOURCE", options->source, "The source")->required();
    app.add_option("ADDRESS", options->addresses, "Mailboxes; none: the first three of its batches");
    return [options](Session& session) { return run_probe(session, *options); };
}

Run add_doctor(CLI::App& app) {
    auto options = std::make_shared<DoctorOptions>();
    options->config = default_config;
    app.add_option("--config", options->config, "The configuration file")->capture_default_str();
    app.add_flag("--login", options->login, "End with one login, under the guard; else nothing is presented");
    app.add_option("SOURCE", options->source, "The source")->required();
    return [options](Session& session) { return run_doctor(session, *options); };
}

// In the order of the help text.
constexpr Command commands[] = {
    {"status",
     "Verdict of each batch (GO, NO-GO, UNKNOWN), its blockers and how to mend them; the sources",
     add_status},
    {"check", "Look now, and wait for the answer", add_check},
    {"report",
     "Verdict, what to fix and by whom, each mailbox: for people, spreadsheets, CI and monitoring",
     add_report},
    {"mailboxes", "What is believed of each mailbox", add_mailboxes},
    {"explain", "Why it is so: evidence, who mends it and how, history", add_explain},
    {"timeline", "What happened to a mailbox, an incident, a batch or a source, newest first", add_timeline},
    {"drift", "What differs from the baseline", add_drift},
    {"incidents", "Drift folded by source and cause", add_incidents},
    {"ack", "Acknowledge an incident: it stays silent until it grows", add_ack},
    {"baseline show", "What was accepted as how it should be", add_baseline_show},
    {"baseline diff",
     "What is believed otherwise than the baseline says: what accepting would change",
     add_baseline_diff},
    {"baseline history", "Who accepted what, when and why", add_baseline_history},
    {"baseline accept", "Accept what is believed now as how it should be", add_baseline_accept},
    {"batch show", "State, window, pace, list and exceptions of a batch", add_batch_command<run_batch_show>},
    {"batch except", "Let the batch move without a mailbox, until a time", add_batch_except},
    {"batch confirm", "Put a list in force that drops many mailboxes", add_batch_confirm},
    {"batch done", "The batch has moved: nothing of it is judged any more", add_batch_command<run_batch_done>},
    {"batch forget", "Delete what is kept of a done batch's addresses", add_batch_command<run_batch_forget>},
    {"batch lint", "What the list says as it lies on the disk; the service is not asked", add_batch_lint},
    {"credential show", "The accounts, and whether their secrets are proven, withheld or parked", add_credential_show},
    {"credential retry", "Let a parked account present its secret once more", add_credential_retry},
    {"credential release",
     "Try a source's individual passwords again after the spray brake stopped them",
     add_credential_release},
    {"notices", "What people were told, what they are owed, and what could not be delivered", add_notices},
    {"notify test", "Send a marked trial to a receiver and tell what came of it", add_notify_test},
    {"config check", "Read a configuration and tell every problem; nothing is changed", add_config_check},
    {"reload", "Make the service read configuration, lists and secrets again", add_reload},
    {"watch", "Show everything as it happens, until Ctrl-C", add_watch},
    {"probe", "One shot at a source without the service: each step with its time and evidence", add_probe},
    {"doctor", "What a source offers, what name it wants, what the guard knows, what to do next; no login", add_doctor},
    {"version", "Versions of this program and of the service", add_version},
};

constexpr const char* groups[][2] = {
    {"baseline", "What was accepted as how it should be"},
    {"batch", "The batches: what they wait for, and what is said of them"},
    {"credential", "The accounts and their secrets"},
    {"config", "The configuration file"},
    {"notify", "The receivers of notices"},
};

constexpr const char* footer =
    "Exit codes: 0 GO or all passed; 1 NO-GO or something failed; 2 usage; 3 UNKNOWN, or the "
    "service cannot be reached.\nMore: docs/cli.md";

std::string run_and_take(CLI::App& app, const CLI::ParseError& error, std::string& err, int& code) {
    std::ostringstream out;
    std::ostringstream wrong;
    const int told = app.exit(error, out, wrong);
    code = told == 0 ? exit_good : exit_usage;
    err = wrong.str();
    return out.str();
}

} // namespace

std::vector<std::string> command_names() {
    std::vector<std::string> names;
    for (const Command& command : commands) {
        names.emplace_back(command.name);
    }
    return names;
}

std::variant<Invocation, EarlyExit> read_arguments(const std::vector<std::string>& arguments) {
    CLI::App app("Proves, from the day a mail migration is planned, that the admin's credentials open every mailbox.",
                 "mailpreflight");
    Invocation invocation;
    app.set_version_flag("--version", std::string("mailpreflight ") + MAILPREFLIGHT_VERSION);
    app.add_option("--socket", invocation.global.socket, "Control or view socket of the service")
        ->type_name("PATH")
        ->default_str(std::string(default_control_socket));
    app.add_flag("--json", invocation.global.json, "Print the response as it came (streams: a line an event)");
    app.add_flag("--plain", invocation.global.plain, "Tabs between fields, no headings, nothing cut: for grep and awk");
    app.add_flag("--no-color", invocation.global.no_color, "No colour (so does the variable NO_COLOR)");
    app.add_flag("-q,--quiet", invocation.global.quiet, "Only the exit code, and what goes wrong");
    app.fallthrough();
    app.require_subcommand(1);
    app.footer(footer);

    std::map<std::string, CLI::App*> parents;
    for (const Command& command : commands) {
        const auto words = base::split(command.name, ' ');
        CLI::App* parent = &app;
        if (words.size() == 2) {
            CLI::App*& group = parents[words[0]];
            if (group == nullptr) {
                for (const auto& [name, help] : groups) {
                    if (words[0] == name) {
                        group = app.add_subcommand(name, help);
                    }
                }
                group->require_subcommand(1);
                group->fallthrough();
            }
            parent = group;
        }
        CLI::App* const sub = parent->add_subcommand(words.back(), command.help);
        sub->fallthrough();
        Run run = command.add(*sub);
        sub->callback([&invocation, run, name = std::string(command.name)] {
            invocation.command = name;
            invocation.run = run;
        });
    }
    try {
        // CLI11 takes them from the back.
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& error) {
        EarlyExit early;
        early.out = run_and_take(app, error, early.err, early.code);
        if (early.code != exit_good && !arguments.empty()) {
            const std::string meant = base::nearest(arguments.front(), command_names());
            if (!meant.empty() && meant != arguments.front()) {
                early.err += "Did you mean: mailpreflight " + meant + "\n";
            }
        }
        return early;
    }
    return invocation;
}

} // namespace mailpreflight::cli
