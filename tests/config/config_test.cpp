#include "config/config.hpp"

#include "tests/config/support.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace mailpreflight::config {

namespace {

using testing::HasSubstr;

const std::string batch = R"(
[batch.wave1]
source = "contoso"
mailboxes = "wave1.txt"
window = { start = "2026-12-05 22:00", end = "2026-12-06 04:00", zone = "America/Chicago" }
)";

ListReader list_of(std::size_t mailboxes) {
    return [mailboxes](const std::string&) -> base::Result<std::string> {
        std::string text;
        for (std::size_t i = 0; i < mailboxes; ++i) {
            text += fmt::format("user{}@contoso.example\n", i);
        }
        return text;
    };
}

Config good(const std::string& text, const ListReader& reader = test::one_mailbox) {
    LoadResult result = parse(text, "/etc/mailpreflight/mailpreflight.toml", reader);
    EXPECT_TRUE(result.config) << test::told(result.problems);
    return result.config.value_or(Config{});
}

std::string problems(const std::string& text,
                     const ListReader& reader = test::one_mailbox,
                     std::optional<base::SystemTime> now = std::nullopt) {
    return test::told(parse(text, "test.toml", reader, now).problems);
}

std::string at_exchange(const std::string& of_source, const std::string& of_batch) {
    return R"(
[account.migadmin]
username = 'CONTOSO\migadmin'
password = { file = "secret" }

[source.contoso]
type = "exchange"
url = "https://mail.contoso.example/exchange"
account = "migadmin"
)" + of_source +
           R"(
[batch.wave1]
source = "contoso"
mailboxes = "wave1.txt"
)" + of_batch;
}

TEST(ParseConfig, source_of_exchange_2003_needs_no_word_about_ews) {
    const Config old = good(at_exchange("", "prove = [\"owa\"]\n"));
    EXPECT_FALSE(old.sources.at("contoso").ews);
    EXPECT_TRUE(old.sources.at("contoso").exchange);
    EXPECT_FALSE(old.plan().sources.at(0).has_ews);
    EXPECT_TRUE(old.plan().sources.at(0).has_owa);
    EXPECT_TRUE(good(at_exchange("", "prove = [\"owa\", \"full_access\"]\n")).sources.at("contoso").ews);
    EXPECT_TRUE(good(at_exchange("", "")).sources.at("contoso").ews);
    const std::string written = "ews_url = \"https://mail.contoso.example/EWS/Exchange.asmx\"\n";
    EXPECT_TRUE(good(at_exchange(written, "prove = [\"owa\"]\n")).sources.at("contoso").ews);
}

TEST(ParseConfig, owa_url_stands_above_an_exchange_in_url) {
    const Config config = good(at_exchange("owa_url = \"https://mail.contoso.example/owa\"\n", "prove = [\"owa\"]\n"));
    EXPECT_FALSE(config.sources.at("contoso").exchange);
    EXPECT_EQ(config.sources.at("contoso").owa->path, "/owa");
}

TEST(ParseConfig, only_tmg_may_be_posted_to) {
    EXPECT_EQ(good(at_exchange("owa_front_door = \"tmg\"\n", "")).sources.at("contoso").owa_front_door, "tmg");
    EXPECT_EQ(good(at_exchange("", "")).sources.at("contoso").owa_front_door, "");
    EXPECT_THAT(problems(at_exchange("owa_front_door = \"adfs\"\n", "")), HasSubstr("owa_front_door"));
}

TEST(ParseConfig, reads_everything_that_an_operator_may_write) {
    const Config config = good(R"(
[account.migadmin]
username = 'CONTOSO\migadmin'
upn = "migadmin@contoso.example"
password = { credential = "contoso-admin" }
lockout_threshold = 5
lockout_window = "30m"
password_expires = 2026-12-24

[account.proxy]
username = "proxyuser"
password = { credential = "proxy" }

[source.contoso]
type = "exchange"
url = "https://Mail.contoso.example/owa"
ews_url = "https://EWS.contoso.example/EWS/Exchange.asmx"
account = "migadmin"
hosts = ["ews.Contoso.example"]
auth = "basic"
user_agent = "MigrationTool/7.1"
ip_version = "4"
proxy = "http://Proxy.contoso.example:3128"
proxy_account = "proxy"
must_not_open = ["CEO@contoso.example"]
[source.contoso.tls]
ca_file = "contoso-ca.pem"
pin_sha256 = ["AA:00112233445566778899aabbccddeeff00112233445566778899aabbccdd:FF"]
server_name = "exchange.contoso.local"
legacy = ["sha1-signature", "tls1.0", "sha1-signature"]
[source.contoso.limits]
lanes = 3
requests_per_second = 10
request_timeout = "30s"
quiet = ["daily 08:00-10:00 America/Chicago"]

[batch.wave1]
source = "contoso"
mailboxes = "wave1.csv"
prove = ["full_access", "owa"]
destination = "exchange-online"
[batch.wave1.window]
start = 2026-12-05T22:00:00
end = 2026-12-06T04:00:00-06:00
zone = "Central Standard Time"

[schedule]
login_interval = "10m"
tls_floor_interval = "2h"
most_canaries = 7
[api]
control_socket = "control.sock"
[daemon]
total_lanes = 8
[store]
retention = "30d"
)");
    Config expected;
    expected.accounts["migadmin"] = {
        .name = "migadmin",
        .username = "CONTOSO\\migadmin",
        .upn = "migadmin@contoso.example",
        .password = SecretReference{SecretReference::Kind::credential, "contoso-admin"},
        .lockout_threshold = 5,
        .lockout_window = std::chrono::minutes(30),
        .password_expires = std::chrono::year(2026) / 12 / 24,
    };
    expected.accounts["proxy"] = {
        .name = "proxy",
        .username = "proxyuser",
        .password = SecretReference{SecretReference::Kind::credential, "proxy"},
    };
    expected.sources["contoso"] = {
        .name = "contoso",
        .type = SourceType::exchange,
        .url = "https://Mail.contoso.example/owa",
        .ews = EndpointUrl{"ews.contoso.example", 443, "/EWS/Exchange.asmx"},
        .owa = EndpointUrl{"mail.contoso.example", 443, "/owa"},
        .account = "migadmin",
        .hosts = {"ews.contoso.example"},
        .auth = AuthChoice::basic,
        .user_agent = "MigrationTool/7.1",
        .ip_version = IpVersion::v4,
        .proxy = ProxyAddress{"proxy.contoso.example", 3128},
        .proxy_account = "proxy",
        .must_not_open = {"ceo@contoso.example"},
        .tls = {.ca_file = "/etc/mailpreflight/contoso-ca.pem",
                .pin_sha256 = {"aa00112233445566778899aabbccddeeff00112233445566778899aabbccddff"},
                .server_name = "exchange.contoso.local",
                .legacy = {core::TlsWeakness::tls10, core::TlsWeakness::sha1_signature}},
        .limits = {.lanes = 3,
                   .requests_per_second = 10,
                   .request_timeout = std::chrono::seconds(30),
                   .quiet = {{0x7F, 480, 600, "America/Chicago"}}},
    };
    core::Batch wave{.name = "wave1",
                     .source = "contoso",
                     .prove = {core::Way::full_access, core::Way::owa},
                     .destination = "exchange-online"};
    wave.window = core::Window{
        *base::parse_rfc3339("2026-12-06T04:00:00Z"), *base::parse_rfc3339("2026-12-06T10:00:00Z"), "America/Chicago"};
    wave.list.mailboxes = {{"wave1@contoso.example", {}, 1}};
    wave.list.digest = config.batches.at(0).list.digest;
    expected.batches = {wave};
    expected.list_files = {{"wave1", "/etc/mailpreflight/wave1.csv"}};
    expected.schedule.login_interval = std::chrono::minutes(10);
    expected.schedule.tls_floor_interval = std::chrono::hours(2);
    expected.schedule.most_canaries = 7;
    expected.api.control_socket = "/etc/mailpreflight/control.sock";
    expected.daemon.total_lanes = 8;
    expected.store.retention = std::chrono::hours(24 * 30);
    EXPECT_EQ(config.accounts, expected.accounts);
    EXPECT_EQ(config.sources, expected.sources);
    EXPECT_EQ(config.batches, expected.batches);
    EXPECT_EQ(config, expected);
}

TEST(ParseConfig, gives_core_its_plan) {
    const Config config = good(test::minimal + "ews_url = \"none\"\nmust_not_open = [\"ceo@contoso.example\"]\n" +
                               "[batch.wave1]\nsource = \"contoso\"\nmailboxes = \"w.txt\"\nprove = [\"owa\"]\n");
    const core::Plan expected{
        .sources = {{.name = "contoso",
                     .has_ews = false,
                     .has_owa = true,
                     .must_not_open = {"ceo@contoso.example"},
                     .requests_per_second = 5}},
        .batches = config.batches,
    };
    EXPECT_EQ(config.plan(), expected);
}

TEST(ParseConfig, says_to_which_hosts_a_credential_may_go) {
    const Source source = good(test::minimal + "hosts = [\"ews.contoso.example\"]\n").sources.at("contoso");
    EXPECT_TRUE(source.may_visit("MAIL.contoso.example"));
    EXPECT_TRUE(source.may_visit("ews.contoso.example"));
    EXPECT_FALSE(source.may_visit("autodiscover.contoso.example"));
    EXPECT_FALSE(source.may_visit(""));
}

TEST(ParseConfig, keeps_batches_in_the_order_of_the_file) {
    const Config config = good(test::minimal + "[batch.zeta]\nsource = \"contoso\"\nmailboxes = \"z.txt\"\n" +
                               "[batch.alpha]\nsource = \"contoso\"\nmailboxes = \"a.txt\"\n");
    ASSERT_EQ(config.batches.size(), 2U);
    EXPECT_EQ(config.batches[0].name, "zeta");
}

TEST(ParseConfig, makes_a_bad_list_a_problem_of_its_batch_only) {
    const auto missing = [](const std::string&) -> base::Result<std::string> {
        return base::failure(base::ErrorCode::not_found, "cannot open", "wave1.txt");
    };
    const LoadResult result = parse(test::minimal + batch, "test.toml", missing);
    ASSERT_TRUE(result.config);
    EXPECT_EQ(result.config->batches[0].list.problems, (std::vector<core::ListProblem>{{0, "cannot open: wave1.txt"}}));
    EXPECT_EQ(test::told(result.problems), "wave1.txt: warning: cannot open: wave1.txt (batch wave1 is NO-GO)\n");
}

TEST(ParseConfig, gives_an_address_in_two_batches_to_the_first) {
    const auto same = [](const std::string&) -> base::Result<std::string> { return "alice@contoso.example\n"; };
    const std::string text = test::minimal + batch + "[batch.wave2]\nsource = \"contoso\"\nmailboxes = \"wave2.txt\"\n";
    const LoadResult result = parse(text, "test.toml", same);
    ASSERT_TRUE(result.config);
    EXPECT_EQ(result.config->batches[0].list.mailboxes.size(), 1U);
    EXPECT_TRUE(result.config->batches[0].list.problems.empty());
    EXPECT_TRUE(result.config->batches[1].list.mailboxes.empty());
    EXPECT_EQ(
        result.config->batches[1].list.problems,
        (std::vector<core::ListProblem>{{1,
                                         "alice@contoso.example is in batch wave1 already (line 1 of its list): an "
                                         "address moves in one batch only"}}));

    const LoadResult later = parse(text, "test.toml", same, *base::parse_rfc3339("2027-01-01T00:00:00Z"));
    ASSERT_TRUE(later.config);
    EXPECT_EQ(later.config->batches[1].list.mailboxes.size(), 1U) << "wave1 is done by then";
}

TEST(ParseConfig, warns_when_the_rate_is_too_slow_for_the_sweeps) {
    EXPECT_EQ(problems(test::minimal + batch, list_of(18'000)), "");
    EXPECT_EQ(
        problems(test::minimal + batch, list_of(20'000)),
        "test.toml:11:1: warning: [batch.wave1]: 20000 requests a sweep at 5 per second take 1h6m40s, longer than "
        "schedule.sweep_interval_4h (1h): requests_per_second = 5.6 is needed, or a longer interval\n");
    EXPECT_THAT(
        problems(test::minimal + "[source.contoso.limits]\nrequests_per_second = 0.1\n" + batch, list_of(10'000)),
        HasSubstr("[source.contoso]: 10000 requests a sweep at 0.1 per second take 1d3h46m40s, longer than "
                  "schedule.sweep_interval (1d): requests_per_second = 0.2 is needed"));
}

TEST(ParseConfig, counts_a_sample_for_owa_and_each_other_way) {
    const std::string ways = "prove = [\"impersonation\", \"full_access\", \"owa\"]\n";
    EXPECT_THAT(problems(test::minimal + batch + ways, list_of(10'000)), HasSubstr("20005 requests a sweep"));
}

TEST(ParseConfig, warns_of_batches_whose_last_hours_are_too_short_together) {
    const ListReader reader = [](const std::string& path) -> base::Result<std::string> {
        std::string text;
        for (int i = 0; i < 10'000; ++i) {
            text += fmt::format("user{}-of-{}@contoso.example\n", i, path.ends_with("two.txt") ? 2 : 1);
        }
        return text;
    };
    EXPECT_EQ(problems(test::minimal + batch, reader), "");
    const std::string second = "[batch.wave2]\nsource = \"contoso\"\nmailboxes = \"two.txt\"\n"
                               "window = { start = \"2026-12-05 22:00\", end = \"2026-12-06 04:00\", "
                               "zone = \"America/Chicago\" }\n";
    EXPECT_THAT(problems(test::minimal + batch + second, reader),
                HasSubstr("[batch.wave2]: 10000 requests a sweep at 5 per second take 33m20s of 1h, and other batches "
                          "of the source are swept over beside it: requests_per_second = 5.6 is needed"));
}

TEST(ParseConfig, warns_of_what_is_doubtful) {
    EXPECT_THAT(problems(test::minimal + "[source.contoso.limits]\nlanes = 8\n"), HasSubstr("8 connections at a time"));
    EXPECT_THAT(problems(test::minimal + batch, test::one_mailbox, *base::parse_rfc3339("2026-12-07T00:00:00Z")),
                HasSubstr("it has passed (2026-12-06T10:00:00.000Z)"));
    EXPECT_THAT(problems("[schedule]\nsweep_interval = \"30m\"\n" + test::minimal),
                HasSubstr("rarer towards the window"));
    EXPECT_THAT(problems(test::minimal + "must_not_open = [\"wave1@contoso.example\"]\n" + batch),
                HasSubstr("so it must open"));
}

TEST(ParseConfig, reads_who_tells_of_the_account) {
    const auto ldap = [](const std::string& table) {
        const LoadResult result =
            parse("[account.migadmin]\nusername = 'CONTOSO\\migadmin'\npassword = { file = \"p\" }\n"
                  "[account.reader]\nusername = 'CN=reader,DC=contoso,DC=example'\n"
                  "password = { file = \"r\" }\n[account.migadmin.ldap]\n" +
                      table,
                  "/etc/mpf/mailpreflight.toml",
                  test::one_mailbox);
        return result.config ? result.config->accounts.at("migadmin").ldap : std::nullopt;
    };
    EXPECT_EQ(ldap("url = \"ldaps://DC1.contoso.example\"\nbase = \"DC=contoso,DC=example\"\naccount = \"reader\"\n"
                   "ca_file = \"ca.pem\"\nserver_name = \"dc.contoso.example\""),
              (Ldap{"dc1.contoso.example",
                    636,
                    false,
                    "DC=contoso,DC=example",
                    "reader",
                    "/etc/mpf/ca.pem",
                    "dc.contoso.example"}));
    const std::string rest = "\nbase = \"DC=contoso\"\naccount = \"reader\"";
    EXPECT_EQ(ldap("url = \"ldap://dc1\"" + rest)->port, 389);
    EXPECT_TRUE(ldap("url = \"ldap://dc1\"" + rest)->start_tls);
    EXPECT_EQ(ldap("url = \"ldaps://[2001:db8::1]:3636\"" + rest)->port, 3636);
    EXPECT_EQ(ldap("url = \"ldaps://[2001:db8::1]\"" + rest)->host, "2001:db8::1");
    EXPECT_EQ(ldap("url = \"ldaps://dc1:443\"" + rest)->port, 443);
}

TEST(ParseConfig, warns_of_a_declared_day_before_a_window_is_over) {
    const auto told = [](const std::string& day, const char* now) {
        return test::told(
            parse("[account.a]\nusername = \"a\"\npassword = { file = \"p\" }\npassword_expires = " + day +
                      "\n[source.s]\ntype = \"exchange\"\nurl = \"https://mail.contoso.example\"\n"
                      "account = \"a\"\n[batch.wave2]\nsource = \"s\"\nmailboxes = \"l\"\n"
                      "window = { start = \"2026-12-05 22:00\", end = \"2026-12-06 04:00\", zone = "
                      "\"America/Chicago\" }\n",
                  "c.toml",
                  test::one_mailbox,
                  *base::parse_rfc3339(now))
                .problems);
    };
    const std::string warning = "account.a.password_expires: this day begins before the window of batch wave2 is over "
                                "(2026-12-06 04:00 America/Chicago)";
    EXPECT_NE(told("2026-12-06", "2026-11-01T00:00:00Z").find(warning), std::string::npos);
    EXPECT_EQ(told("2026-12-07", "2026-11-01T00:00:00Z").find(warning), std::string::npos);
    EXPECT_EQ(told("2026-12-06", "2026-12-06T10:00:00Z").find(warning), std::string::npos) << "it is over";
}

TEST(ParseConfig, stays_upright_on_hostile_text) {
    EXPECT_THAT(problems("a" + std::string(20'000, '.')), HasSubstr("line is longer than"));
    std::string deep = "a";
    for (int i = 0; i < 3000; ++i) {
        deep += ".a";
    }
    EXPECT_THAT(problems(deep + " = 1\n"), HasSubstr("nested deeper than"));
    EXPECT_NE(problems(std::string("\0\xFF\xFE", 3)), "");
    EXPECT_NE(problems("[" + std::string(5000, '[')), "");
}

TEST(LoadConfig, reads_lists_beside_the_file_and_warns_of_readable_passwords) {
    const test::TemporaryFolder folder;
    test::write(folder / "m.toml", test::minimal + batch);
    test::write(folder / "wave1.txt", "EmailAddress,Password\nalice@contoso.example,PLANTED\n");
    ::chmod((folder / "wave1.txt").c_str(), 0644);
    const auto now = *base::parse_rfc3339("2026-11-22T00:00:00Z");
    const LoadResult result = load(folder / "m.toml", now);
    ASSERT_TRUE(result.config) << test::told(result.problems);
    EXPECT_EQ(result.config->batches[0].list.mailboxes,
              (std::vector<core::ListedMailbox>{{"alice@contoso.example", {}, 2}}));
    EXPECT_EQ(result.config->accounts.at("migadmin").password->value, (folder / "secret").string());
    EXPECT_THAT(test::told(result.problems), HasSubstr("everybody on this host may read it"));
    EXPECT_EQ(test::told(result.problems).find("PLANTED"), std::string::npos);

    ::chmod((folder / "wave1.txt").c_str(), 0640);
    EXPECT_EQ(test::told(load(folder / "m.toml", now).problems), "");
}

TEST(LoadConfig, tells_a_file_that_cannot_be_read) {
    const LoadResult result = load("/nonexistent/m.toml");
    EXPECT_FALSE(result.config);
    EXPECT_EQ(test::told(result.problems),
              "/nonexistent/m.toml: error: cannot open: /nonexistent/m.toml: No such file or directory\n");
}

} // namespace

} // namespace mailpreflight::config
