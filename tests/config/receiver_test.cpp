#include "config/receiver.hpp"

#include "tests/config/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailpreflight::config {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string waves = R"(
[batch.wave1]
source = "contoso"
mailboxes = "wave1.txt"

[batch.wave2]
source = "contoso"
mailboxes = "wave2.txt"
window = { start = "2026-12-05 22:00", end = "2026-12-06 04:00", zone = "America/Chicago" }

[source.fabrikam]
type = "exchange"
url = "https://mail.fabrikam.example/owa"
account = "migadmin"

[batch.wave3]
source = "fabrikam"
mailboxes = "wave3.txt"
window = { start = "2026-12-05 22:00", end = "2026-12-06 04:00", zone = "Europe/Berlin" }
)";

LoadResult parsed(const std::string& text) {
    return parse(test::minimal + waves + text, "/etc/mailpreflight/mailpreflight.toml", test::one_mailbox);
}

Receiver receiver(const std::string& settings, const std::string& name = "ops") {
    const LoadResult result = parsed("[notify." + name + "]\n" + settings);
    EXPECT_EQ(test::told(result.problems), "");
    if (!result.config || !result.config->receivers.contains(name)) {
        ADD_FAILURE() << "there is no receiver";
        return {};
    }
    return result.config->receivers.at(name);
}

const std::string command = "type = \"command\"\ncommand = [\"/usr/local/bin/tell\", \"--now\"]\n";

base::SystemTime at(std::string_view text) {
    return base::parse_rfc3339(text).value();
}

TEST(Receiver, has_the_defaults_that_are_documented) {
    Receiver expected;
    expected.name = "ops";
    expected.kind = core::ReceiverKind::command;
    expected.command = {"/usr/local/bin/tell", "--now"};
    const Receiver read = receiver(command);
    EXPECT_EQ(read, expected);
    EXPECT_EQ(read.pace, (core::NoticePace{60s, 10min, 12h}));
    EXPECT_EQ(read.urgent, (core::NoticePace{30s, 5min, 1h}));
    EXPECT_EQ(read.rights_repeat, 1h);
    EXPECT_EQ(read.most_an_hour, 20);
    EXPECT_EQ(read.give_up_after, 48h);
    EXPECT_EQ(read.resend_every, 1min);
    EXPECT_EQ(read.time_limit, 30s);
    EXPECT_FALSE(policy_of(read).last_digest);
}

TEST(Receiver, is_read_with_everything_that_an_operator_may_write_about_what_it_hears) {
    const Receiver read = receiver(command + R"(
sources = ["contoso"]
batches = ["wave1", "wave2"]
classes = ["rights", "blind"]
severity = "error"
resolved = "skip"
wait = "0s"
interval = "2m"
repeat = "3h"
urgent_wait = "4s"
urgent_interval = "5s"
urgent_repeat = "6m"
rights_repeat = "7m"
most_an_hour = 0
digest = "07:30"
digest_zone = "W. Europe Standard Time"
give_up_after = "8h"
resend_every = "9s"
time_limit = "10s"
link = "https://status.example.net/"
)");
    Receiver expected;
    expected.name = "ops";
    expected.kind = core::ReceiverKind::command;
    expected.sources = {"contoso"};
    expected.batches = {"wave1", "wave2"};
    expected.classes = {core::NoticeClass::rights, core::NoticeClass::blind};
    expected.at_least = core::Severity::error;
    expected.resolved = false;
    expected.pace = {0s, 2min, 3h};
    expected.urgent = {4s, 5s, 6min};
    expected.rights_repeat = 7min;
    expected.most_an_hour = 0;
    expected.digest = 7 * 60 + 30;
    expected.digest_zone = "Europe/Berlin";
    expected.give_up_after = 8h;
    expected.resend_every = 9s;
    expected.time_limit = 10s;
    expected.link = "https://status.example.net/";
    expected.command = {"/usr/local/bin/tell", "--now"};
    EXPECT_EQ(read, expected);

    const core::NoticePolicy policy = policy_of(read);
    EXPECT_EQ(policy.receiver, "ops");
    EXPECT_EQ(policy.kind, core::ReceiverKind::command);
    EXPECT_EQ(policy.sources, expected.sources);
    EXPECT_EQ(policy.batches, expected.batches);
    EXPECT_EQ(policy.classes, expected.classes);
    EXPECT_EQ(policy.at_least, core::Severity::error);
    EXPECT_FALSE(policy.resolved);
    EXPECT_EQ(policy.pace, expected.pace);
    EXPECT_EQ(policy.urgent, expected.urgent);
    EXPECT_EQ(policy.rights_repeat, 7min);
    EXPECT_EQ(policy.most_an_hour, 0U);
}

TEST(Receiver, of_email_is_read_with_where_it_is) {
    const Receiver read = receiver(R"(type = "email"
server = "smtp.example.net"
port = 2525
tls = "implicit"
ca_file = "ca.pem"
username = "mailpreflight"
password = { file = "smtp-password" }
from = "mailpreflight@example.net"
to = ["ops@example.net", "dba@example.net"]
)");
    EXPECT_EQ(read.kind, core::ReceiverKind::email);
    EXPECT_EQ(read.server, "smtp.example.net");
    EXPECT_EQ(read.port, 2525);
    EXPECT_EQ(read.mail_tls, "implicit");
    EXPECT_EQ(read.ca_file, "/etc/mailpreflight/ca.pem");
    EXPECT_EQ(read.username, "mailpreflight");
    EXPECT_TRUE(read.password);
    EXPECT_EQ(read.from, "mailpreflight@example.net");
    EXPECT_EQ(read.to, (std::vector<std::string>{"ops@example.net", "dba@example.net"}));
}

TEST(Receiver, of_a_webhook_is_read_with_its_secrets_and_the_content_of_its_template) {
    const Receiver read = receiver(R"(type = "webhook"
url = "http://hook.example.net/"
plain_http = "allow"
template = "body.txt"
content_type = "text/plain"
signing_key = { credential = "key" }
authorization = { credential = "token" }
)");
    EXPECT_EQ(read.url, "http://hook.example.net/");
    EXPECT_TRUE(read.plain_http);
    EXPECT_EQ(read.body_template, "body@contoso.example\n") << "as the reader of files gave it";
    EXPECT_EQ(read.content_type, "text/plain");
    EXPECT_TRUE(read.signing_key);
    EXPECT_TRUE(read.authorization);
    EXPECT_FALSE(read.secret_url);
}

TEST(Receiver, needs_a_template_that_can_be_read) {
    const ListReader nothing = [](const std::string& path) -> base::Result<std::string> {
        return base::failure(base::ErrorCode::io, "cannot read", path);
    };
    const LoadResult result = parse(test::minimal + "[notify.ops]\ntype = \"webhook\"\nurl = "
                                                    "\"https://hook.example.net/\"\ntemplate = \"body.txt\"\n",
                                    "/etc/mailpreflight/mailpreflight.toml",
                                    nothing);
    EXPECT_FALSE(result.config);
    EXPECT_THAT(test::told(result.problems),
                HasSubstr("error: notify.ops.template: cannot read: /etc/mailpreflight/body.txt"));
}

TEST(Receiver, takes_a_secret_url_for_a_url) {
    for (const std::string type : {"webhook", "alertmanager", "slack", "teams", "heartbeat"}) {
        EXPECT_TRUE(receiver("type = \"" + type + "\"\nsecret_url = { credential = \"hook\" }\n").secret_url) << type;
    }
    EXPECT_TRUE(receiver("type = \"pagerduty\"\nrouting_key = { credential = \"key\" }\n").routing_key);
}

TEST(Receiver, is_warned_of_whose_mail_goes_through_the_mail_system_under_test) {
    const auto of_server = [](const std::string& server) {
        return test::told(parsed("[notify.ops]\ntype = \"email\"\nserver = \"" + server +
                                 "\"\nfrom = \"a@example.net\"\nto = [\"b@example.net\"]\n")
                              .problems);
    };
    EXPECT_THAT(of_server("Mail.Contoso.Example"),
                HasSubstr("warning: notify.ops.server: Mail.Contoso.Example is the mail system under test (source "
                          "contoso): when it fails, nobody hears of it"));
    EXPECT_EQ(of_server("smtp.contoso.example"), "");
    EXPECT_TRUE(parsed("[notify.ops]\ntype = \"email\"\nserver = \"mail.contoso.example\"\nfrom = "
                       "\"a@example.net\"\nto = [\"b@example.net\"]\n")
                    .config);
}

TEST(DigestZone, is_that_of_the_first_window_among_the_receivers_batches) {
    const std::string digest = command + "digest = \"07:00\"\n";
    EXPECT_EQ(receiver(digest).digest_zone, "America/Chicago");
    EXPECT_EQ(receiver(digest + "batches = [\"wave3\"]\n").digest_zone, "Europe/Berlin");
    EXPECT_EQ(receiver(digest + "sources = [\"fabrikam\"]\n").digest_zone, "Europe/Berlin");
    EXPECT_EQ(receiver(digest + "batches = [\"wave1\"]\n").digest_zone, "UTC") << "it has no window";
    EXPECT_EQ(receiver(digest + "digest_zone = \"Asia/Kolkata\"\n").digest_zone, "Asia/Kolkata");
}

/// When a digest at this minute of the day is due that was due last.
std::string last_digest(std::string_view now, int minute, const std::string& zone) {
    Receiver read;
    read.digest = minute;
    read.digest_zone = zone;
    return base::to_rfc3339(policy_of(read).last_digest(at(now)));
}

constexpr int seven = 7 * 60;

TEST(DigestTime, is_the_same_hour_of_the_day_before_and_after_the_clocks_change) {
    const std::string chicago = "America/Chicago";
    EXPECT_EQ(last_digest("2026-03-07T20:00:00Z", seven, chicago), "2026-03-07T13:00:00.000Z");
    EXPECT_EQ(last_digest("2026-03-08T11:59:59Z", seven, chicago), "2026-03-07T13:00:00.000Z");
    EXPECT_EQ(last_digest("2026-03-08T12:00:00Z", seven, chicago), "2026-03-08T12:00:00.000Z");
    EXPECT_EQ(last_digest("2026-11-01T12:59:59Z", seven, chicago), "2026-10-31T12:00:00.000Z");
    EXPECT_EQ(last_digest("2026-11-01T13:00:00Z", seven, chicago), "2026-11-01T13:00:00.000Z");
    const std::string berlin = "Europe/Berlin";
    EXPECT_EQ(last_digest("2026-03-29T04:59:59Z", seven, berlin), "2026-03-28T06:00:00.000Z");
    EXPECT_EQ(last_digest("2026-03-29T05:00:00Z", seven, berlin), "2026-03-29T05:00:00.000Z");
    EXPECT_EQ(last_digest("2026-10-25T05:59:59Z", seven, berlin), "2026-10-24T05:00:00.000Z");
    EXPECT_EQ(last_digest("2026-10-25T06:00:00Z", seven, berlin), "2026-10-25T06:00:00.000Z");
}

TEST(DigestTime, is_an_hour_later_on_a_day_on_which_the_clocks_skip_it_or_show_it_twice) {
    EXPECT_EQ(last_digest("2026-03-08T20:00:00Z", 2 * 60 + 30, "America/Chicago"), "2026-03-08T08:30:00.000Z");
    EXPECT_EQ(last_digest("2026-11-01T20:00:00Z", 60 + 30, "America/Chicago"), "2026-11-01T08:30:00.000Z");
    EXPECT_EQ(last_digest("2026-03-29T20:00:00Z", 2 * 60 + 30, "Europe/Berlin"), "2026-03-29T01:30:00.000Z");
    EXPECT_EQ(last_digest("2026-10-25T20:00:00Z", 2 * 60 + 30, "Europe/Berlin"), "2026-10-25T02:30:00.000Z");
}

TEST(DigestTime, comes_once_a_day_and_never_goes_back_while_the_clocks_change) {
    for (const std::string zone : {"America/Chicago", "Europe/Berlin"}) {
        for (const int minute : {0, 60 + 30, 2 * 60, 2 * 60 + 30, seven, 23 * 60 + 30, 23 * 60 + 59}) {
            Receiver read;
            read.digest = minute;
            read.digest_zone = zone;
            const auto due = policy_of(read).last_digest;
            for (const std::string_view begin :
                 {"2026-03-06T16:00:00Z", "2026-03-27T16:00:00Z", "2026-10-23T16:00:00Z", "2026-10-30T16:00:00Z"}) {
                const base::SystemTime first = due(at(begin));
                base::SystemTime before = first;
                int digests = 0;
                for (base::SystemTime now = at(begin); now < at(begin) + 24h * 5; now += 10min) {
                    const base::SystemTime next = due(now);
                    ASSERT_LE(next, now);
                    ASSERT_GE(next, before) << zone << " " << minute << " at " << base::to_rfc3339(now);
                    digests += next == before ? 0 : 1;
                    before = next;
                }
                EXPECT_EQ(digests, 5) << zone << " " << minute << " from " << begin;
            }
        }
    }
}

std::string refused(std::string_view text) {
    const auto maintenance = parse_maintenance(text);
    return maintenance ? "none" : maintenance.error().message();
}

TEST(ParseMaintenance, reads_one_that_is_every_week) {
    const auto weekly = parse_maintenance("Sun 02:00-04:00 Europe/Berlin");
    ASSERT_TRUE(weekly) << weekly.error().message();
    EXPECT_FALSE(weekly->contains(at("2026-12-06T00:59:59Z")));
    EXPECT_TRUE(weekly->contains(at("2026-12-06T01:00:00Z")));
    EXPECT_TRUE(weekly->contains(at("2026-12-13T02:59:59Z")));
    EXPECT_FALSE(weekly->contains(at("2026-12-13T03:00:00Z")));
    EXPECT_FALSE(weekly->contains(at("2026-12-12T02:00:00Z"))) << "a Saturday";
}

TEST(ParseMaintenance, reads_one_that_is_once) {
    const auto once = parse_maintenance("2026-12-01 22:00 to 2026-12-02 02:00 America/Chicago");
    ASSERT_TRUE(once) << once.error().message();
    EXPECT_EQ(once->weekly, std::nullopt);
    EXPECT_EQ(once->start, at("2026-12-02T04:00:00Z"));
    EXPECT_EQ(once->end, at("2026-12-02T08:00:00Z"));
    EXPECT_FALSE(once->contains(once->start - 1us));
    EXPECT_TRUE(once->contains(once->start));
    EXPECT_TRUE(once->contains(once->end - 1us));
    EXPECT_FALSE(once->contains(once->end));
}

TEST(ParseMaintenance, reads_the_zone_by_its_windows_name) {
    const auto once = parse_maintenance("2026-12-01 22:00 to 2026-12-02 02:00 W. Europe Standard Time");
    ASSERT_TRUE(once) << once.error().message();
    EXPECT_EQ(once->start, at("2026-12-01T21:00:00Z"));
}

TEST(ParseMaintenance, refuses_what_ends_before_it_starts_and_what_is_no_time) {
    EXPECT_EQ(refused("2026-12-02 02:00 to 2026-12-01 22:00 UTC"),
              "\"2026-12-02 02:00 to 2026-12-01 22:00 UTC\" ends before it starts");
    for (const std::string_view text : {"",
                                        " to ",
                                        "Sun 02:00",
                                        "2026-12-01 22:00 to ",
                                        "2026-12-01 22:00 to 2026-12-02 02:00",
                                        "2026-12-01 22:00 to 2026-12-02 UTC",
                                        "tomorrow to 2026-12-02 02:00 UTC"}) {
        EXPECT_NE(refused(text), "none") << text;
    }
}

TEST(ParseMaintenance, says_what_is_wrong_with_the_zone_the_day_or_the_hour) {
    EXPECT_THAT(refused("Sun 02:00-04:00 Europe/Berlinn"), testing::HasSubstr("Europe/Berlinn"));
    EXPECT_THAT(refused("2026-12-01 22:00 to 2026-12-02 02:00 Europe/Berlinn"), testing::HasSubstr("Europe/Berlinn"));
    EXPECT_THAT(refused("2026-03-29 02:30 to 2026-03-29 06:00 Europe/Berlin"),
                testing::HasSubstr("2026-03-29 02:30 does not exist in Europe/Berlin"));
    EXPECT_THAT(refused("tomorrow to 2026-12-02 02:00 UTC"), testing::HasSubstr("found \"tomorrow\""));
    EXPECT_THAT(refused("Sun 02:00"), testing::HasSubstr("or once: \"2026-12-01 22:00 to"));
}

TEST(Maintenance, of_a_source_is_any_of_its_times) {
    std::string text = test::minimal;
    text += "maintenance = [\"Sun 02:00-04:00 Europe/Berlin\", \"2026-12-01 22:00 to 2026-12-02 02:00 "
            "America/Chicago\"]\n";
    const LoadResult result = parse(text, "mailpreflight.toml", test::one_mailbox);
    ASSERT_TRUE(result.config) << test::told(result.problems);
    const Source& source = result.config->sources.at("contoso");
    EXPECT_EQ(source.maintenance.size(), 2U);
    EXPECT_TRUE(source.in_maintenance(at("2026-12-06T01:00:00Z")));
    EXPECT_TRUE(source.in_maintenance(at("2026-12-02T04:00:00Z")));
    EXPECT_FALSE(source.in_maintenance(at("2026-12-02T08:00:00Z")));
}

} // namespace

} // namespace mailpreflight::config
