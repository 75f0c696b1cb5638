#pragma once

#include "report/make.hpp"
#include "report/rows.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace mailpreflight::report {

using namespace std::chrono_literals;

inline const base::SystemTime noon = base::parse_rfc3339("2026-12-01T12:00:00Z").value();

/// Compares with tests/report/golden/NAME; with MAILPREFLIGHT_ACCEPT=1 writes it and skips, so that an update never
/// passes for a check.
inline void expect_golden(const std::string& name, const std::string& text) {
    const std::string path = "tests/report/golden/" + name;
    if (std::getenv("MAILPREFLIGHT_ACCEPT") != nullptr) {
        std::ofstream(path, std::ios::binary) << text;
        GTEST_SKIP() << path << " was rewritten";
    }
    std::ifstream file(path, std::ios::binary);
    ASSERT_TRUE(file) << path << " is missing; MAILPREFLIGHT_ACCEPT=1 writes it";
    std::ostringstream content;
    content << file.rdbuf();
    EXPECT_EQ(text, content.str()) << path;
}

/// A source, a batch of five mailboxes and what was seen of them.
struct Story {
    core::Plan plan;
    core::Tracks tracks;
    Setting setting{.version = "0.1.0",
                    .url = "https://mail.contoso.example/owa",
                    .vantage = {.host = "probe1.hoster.example",
                                .source_address = "192.0.2.99",
                                .user_agent = "mailpreflight/0.1.0"},
                    .names = {.account = "CONTOSO\\migadmin",
                              .upn = "migadmin@contoso.example",
                              .host = "mail.contoso.example",
                              .account_name = "contoso-admin"},
                    .local_time = [](base::SystemTime time, const std::string& zone) {
                        return base::to_rfc3339(time - 6h).substr(0, 10) + " " +
                               base::to_rfc3339(time - 6h).substr(11, 5) + " " + zone;
                    }};

    Story() {
        plan.sources.push_back({.name = "contoso"});
        core::Batch batch;
        batch.name = "wave1";
        batch.source = "contoso";
        batch.window = core::Window{noon + 112h, noon + 118h, "America/Chicago"};
        plan.batches.push_back(batch);
        for (const core::Check check :
             {core::Check::source_dns, core::Check::source_tcp, core::Check::tls_certificate, core::Check::ews_login}) {
            see_source(check, core::Cause::ok);
        }
    }

    core::Batch& batch() {
        return plan.batches.front();
    }
    void list(const std::string& address) {
        batch().list.mailboxes.push_back({address, {}, static_cast<int>(batch().list.mailboxes.size()) + 2});
    }
    /// Looked at so long ago, and believed.
    void see(core::TrackKey key,
             core::Cause cause,
             base::Duration ago,
             std::string detail = {},
             std::map<std::string, std::string> facts = {}) {
        core::Observation look = core::observe(key, noon - ago, cause, std::move(detail));
        look.connected_at = look.at;
        look.facts = std::move(facts);
        core::Track& track = tracks[key];
        track.latest = look;
        if (core::is_definite(look)) {
            track.definite = look;
            track.confirmed = look;
            track.confirmed_since = look.at;
        }
    }
    void see_source(core::Check check,
                    core::Cause cause,
                    std::string detail = {},
                    std::map<std::string, std::string> facts = {}) {
        see({check, core::Subject::of_source("contoso")}, cause, 2min, std::move(detail), std::move(facts));
    }
    void see_mailbox(const std::string& address, core::Cause cause, base::Duration ago, std::string detail = {}) {
        see({core::Check::mailbox_impersonation, core::Subject::of_mailbox("contoso", address)},
            cause,
            ago,
            std::move(detail));
    }
    [[nodiscard]] Report report() const {
        const core::Batch& of = plan.batches.front();
        const core::Readiness readiness = core::readiness(plan, of, tracks, setting.names, noon);
        return {make_head(plan, of, tracks, readiness, setting),
                make_rows(plan, of, tracks, setting.names, noon, 0, of.list.mailboxes.size())};
    }
};

/// NO-GO with a blocker of mailboxes, one of the source, an unknown and a warning.
inline Story no_go() {
    Story story;
    for (const char* address : {"anna@contoso.example",
                                "ben@contoso.example",
                                "o'brien@contoso.example",
                                "new@contoso.example",
                                "m\xC3\xBCller@contoso.example"}) {
        story.list(address);
    }
    story.see_mailbox("anna@contoso.example", core::Cause::ok, 5h);
    story.see_mailbox("ben@contoso.example", core::Cause::impersonation_denied, 3h, "ErrorImpersonateUserDenied");
    story.see_mailbox("o'brien@contoso.example", core::Cause::impersonation_denied, 4h, "ErrorImpersonateUserDenied");
    story.see_mailbox("m\xC3\xBCller@contoso.example", core::Cause::ok, 40h);
    story.see_source(core::Check::tls_certificate,
                     core::Cause::certificate_expires_soon,
                     "expires in 4 days",
                     {{"not_after", base::to_rfc3339(noon + 100h)}});
    story.see_source(core::Check::server_version, core::Cause::ok, "", {{"build", "15.1.2507.6"}});
    return story;
}

/// All passes, but nobody knows when the password ends.
inline Story go_with_a_warning() {
    Story story;
    story.list("anna@contoso.example");
    story.see_mailbox("anna@contoso.example", core::Cause::ok, 5h);
    return story;
}

inline Story go() {
    Story story = go_with_a_warning();
    story.see_source(core::Check::account_password,
                     core::Cause::ok,
                     "",
                     {{"password_expires", base::to_rfc3339(noon + 30 * 24h)}, {"told_by", "ews"}});
    return story;
}

/// One mailbox passes, the other does not and is excepted for a day.
inline Story go_with_an_exception() {
    Story story = go();
    story.list("ben@contoso.example");
    story.see_mailbox("ben@contoso.example", core::Cause::impersonation_denied, 3h);
    story.batch().record.exceptions = {{.address = "ben@contoso.example",
                                        .at = noon - 1h,
                                        .until = noon + 24h,
                                        .by = "uid 1000 (anna)",
                                        .reason = "=left, \"for good\""}};
    return story;
}

inline Story unknown() {
    Story story = go_with_a_warning();
    story.list("new@contoso.example");
    return story;
}

} // namespace mailpreflight::report
