#include "config/schema_notify.hpp"

namespace mailpreflight::config {

std::vector<Table> notify_tables() {
    const std::string_view secret = "never the text itself: put it into a file that only the daemon can read and use "
                                    "{ file = \"/path\" } or { credential = \"NAME\" }";
    return {
        {.path = "notify.*",
         .paragraph = "Somebody who is told what was found. The journal is told everything without a table of its own. "
                      "What each type sends: docs/receivers.md; when: docs/alerting.md."},
        {.path = "notify.*.password",
         .not_a_table = secret,
         .paragraph = "Where the password of `username` is kept; exactly one of the two keys."},
        {.path = "notify.*.secret_url",
         .not_a_table = secret,
         .paragraph =
             "Where a URL is kept that is itself a secret (Slack's, Teams', a heartbeat's), instead of `url`."},
        {.path = "notify.*.signing_key",
         .not_a_table = secret,
         .paragraph = "webhook: where the key is kept by which bodies are signed (HMAC-SHA-256)."},
        {.path = "notify.*.authorization",
         .not_a_table = secret,
         .paragraph = "webhook: where the value of the field Authorization is kept, \"Bearer ...\" for instance."},
        {.path = "notify.*.bearer",
         .not_a_table = secret,
         .paragraph = "alertmanager: where a bearer token is kept, instead of `username` and `password`."},
        {.path = "notify.*.routing_key",
         .not_a_table = secret,
         .paragraph = "pagerduty: where the integration key of Events API v2 is kept."},
    };
}

std::vector<Option> notify_options() {
    using enum OptionType;
    std::vector<Option> options{
        {.table = "notify.*",
         .key = "type",
         .type = word,
         .required = true,
         .words = {"email", "webhook", "alertmanager", "command", "slack", "teams", "pagerduty", "heartbeat"},
         .paragraph = "How it is told."},
        {.table = "notify.*",
         .key = "sources",
         .type = texts,
         .default_value = "[]",
         .paragraph = "Only what concerns these sources; empty: all."},
        {.table = "notify.*",
         .key = "batches",
         .type = texts,
         .default_value = "[]",
         .paragraph = "Only what concerns these batches; empty: all."},
        {.table = "notify.*",
         .key = "classes",
         .type = word_list,
         .default_value = "[]",
         .words = {"rights", "incident", "verdict", "blind", "digest", "summary", "held"},
         .paragraph =
             "Only notices of these classes; empty: all. `rights`: admin rights lost or gained; `blind`: we do "
             "not see a source."},
        {.table = "notify.*",
         .key = "severity",
         .type = word,
         .default_value = "\"info\"",
         .words = {"info", "warning", "error", "critical"},
         .paragraph = "Only what is at least so bad."},
        {.table = "notify.*",
         .key = "resolved",
         .type = word,
         .default_value = "\"send\"",
         .words = {"send", "skip"},
         .paragraph = "Whether it is told that an incident is over."},
        {.table = "notify.*",
         .key = "most_an_hour",
         .type = integer,
         .default_value = "20",
         .least = "0",
         .most = "1000",
         .paragraph =
             "Notices an hour, but of admin rights; beyond it one says how many more are held, and they go when "
             "there is room. 0: no cap. Not for alertmanager and pagerduty, which group by themselves."},
        {.table = "notify.*",
         .key = "digest",
         .paragraph =
             "When a digest goes, \"07:00\": daily while a batch has a window ahead, else weekly. Without it: none."},
        {.table = "notify.*",
         .key = "digest_zone",
         .default_value = "\"\"",
         .paragraph = "The digest's time zone; empty: that of the first window among its batches, else UTC."},
        {.table = "notify.*",
         .key = "link",
         .default_value = "\"\"",
         .paragraph = "An address where people see more, told where the receiver has a place for it."},
        {.table = "notify.*",
         .key = "server",
         .paragraph = "email: the host of the SMTP server. Not the mail system under test: it cannot tell of itself."},
        {.table = "notify.*",
         .key = "port",
         .type = integer,
         .default_value = "0",
         .least = "0",
         .most = "65535",
         .paragraph = "email: 0 stands for 587, with `tls = \"implicit\"` 465, with \"none\" 25."},
        {.table = "notify.*",
         .key = "tls",
         .type = word,
         .default_value = "\"starttls\"",
         .words = {"starttls", "implicit", "none"},
         .paragraph = "email: STARTTLS is demanded, never only tried; `none` never sends a password but to this host."},
        {.table = "notify.*",
         .key = "ca_file",
         .type = path,
         .default_value = "\"\"",
         .paragraph = "Authorities that its certificate must come from; empty: the system's."},
        {.table = "notify.*",
         .key = "username",
         .paragraph = "email, alertmanager: who logs in, with `password`; without it nobody."},
        {.table = "notify.*", .key = "from", .paragraph = "email: the sender's address."},
        {.table = "notify.*", .key = "to", .type = texts, .paragraph = "email: the addresses of those who are told."},
        {.table = "notify.*",
         .key = "url",
         .paragraph = "All by HTTP: where to. pagerduty: its own when empty. A URL that is a secret goes into "
                      "`secret_url`."},
        {.table = "notify.*",
         .key = "plain_http",
         .type = word,
         .default_value = "\"refuse\"",
         .words = {"refuse", "allow"},
         .paragraph = "Whether a URL may begin with http:// where it is not this host."},
        {.table = "notify.*",
         .key = "template",
         .type = path,
         .paragraph =
             "webhook: a file that is the body, with {title}, {text} and others filled in. docs/receivers.md."},
        {.table = "notify.*",
         .key = "content_type",
         .default_value = "\"application/json\"",
         .paragraph = "webhook: of a `template`."},
        {.table = "notify.*",
         .key = "command",
         .type = texts,
         .paragraph =
             "command: a program by its absolute path and its arguments, run without a shell; the notice is JSON "
             "on its standard input."},
    };
    for (const std::string_view table : {"notify.*.password",
                                         "notify.*.secret_url",
                                         "notify.*.signing_key",
                                         "notify.*.authorization",
                                         "notify.*.bearer",
                                         "notify.*.routing_key"}) {
        options.push_back({.table = table,
                           .key = "credential",
                           .paragraph = "The name of a systemd credential (`LoadCredential=NAME:/path`), read from "
                                        "`$CREDENTIALS_DIRECTORY`."});
        options.push_back({.table = table,
                           .key = "file",
                           .type = path,
                           .paragraph = "A file that nobody else can read, as for a password of an account."});
    }
    const auto duration_option = [&](std::string_view key,
                                     std::string_view value,
                                     std::string_view least,
                                     std::string_view most,
                                     std::string_view paragraph) {
        options.push_back({.table = "notify.*",
                           .key = key,
                           .type = duration,
                           .default_value = value,
                           .least = least,
                           .most = most,
                           .paragraph = paragraph});
    };
    duration_option("wait", "\"60s\"", "0s", "1d", "How long an incident or a verdict must hold before it is told.");
    duration_option("interval", "\"10m\"", "1s", "1d", "At most so often it is told that an incident grows.");
    duration_option("repeat", "\"12h\"", "1m", "60d", "What nobody acknowledged is said again.");
    duration_option("urgent_wait", "\"30s\"", "0s", "1d", "`wait` of what concerns a batch inside T-24 h.");
    duration_option("urgent_interval", "\"5m\"", "1s", "1d", "`interval` of what concerns a batch inside T-24 h.");
    duration_option("urgent_repeat", "\"1h\"", "1m", "60d", "`repeat` of what concerns a batch inside T-24 h.");
    duration_option("rights_repeat", "\"1h\"", "1m", "60d", "`repeat` of admin rights lost or gained.");
    duration_option("give_up_after",
                    "\"2d\"",
                    "1m",
                    "30d",
                    "How long a notice is tried that cannot be delivered; then it is dead: `mailpreflight notices`.");
    duration_option("resend_every", "\"1m\"", "1s", "1h", "alertmanager: how often what goes on is told again.");
    duration_option("time_limit", "\"30s\"", "1s", "10m", "command: how long it may run.");
    return options;
}

} // namespace mailpreflight::config
