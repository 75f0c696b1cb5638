#pragma once

#include "api/service.hpp"
#include "cli/session.hpp"

#include <optional>
#include <string>
#include <vector>

// The commands: options in, exit code out. One file each (cmd_*.cpp); arguments.cpp holds the table.

namespace mailpreflight::cli {

int run_status(Session& session, const std::string& batch);

struct CheckOptions {
    std::vector<std::string> targets;
    bool no_wait = false;
    std::string cancel; ///< id of a check to cancel instead

    bool operator==(const CheckOptions&) const = default;
};
int run_check(Session& session, const CheckOptions& options);

struct MailboxesOptions {
    api::MailboxesRequest request;
    bool all = false;
};
int run_mailboxes(Session& session, MailboxesOptions options);

enum class ReportFormat { text, json, csv, html, junit, nagios };
std::optional<ReportFormat> report_format_named(std::string_view name);

struct ReportOptions {
    std::string batch;
    std::optional<ReportFormat> format; ///< none: JSON with --json, else text
    bool redact = false;
    std::string output; ///< a file instead of stdout

    bool operator==(const ReportOptions&) const = default;
};
int run_report(Session& session, const ReportOptions& options);

int run_explain(Session& session, const std::string& of);

int run_timeline(Session& session, const api::TimelineRequest& request);

struct DriftOptions {
    api::DriftRequest request;
    bool all = false;
};
int run_drift(Session& session, DriftOptions options);

int run_incidents(Session& session, const api::IncidentsRequest& request);
int run_ack(Session& session, const api::AcknowledgeRequest& request);

struct BaselineOptions {
    api::BaselineRequest request;
    bool all = false;
};
int run_baseline_show(Session& session, BaselineOptions options);
struct DiffBaselineOptions {
    api::DiffBaselineRequest request;
    bool all = false;
};
int run_baseline_diff(Session& session, DiffBaselineOptions options);
int run_baseline_history(Session& session, const api::BaselineHistoryRequest& request);
int run_baseline_accept(Session& session, const api::AcceptBaselineRequest& request);

int run_batch_show(Session& session, const std::string& batch);
int run_batch_except(Session& session, const api::ExceptRequest& request);
int run_batch_confirm(Session& session, const api::ConfirmBatchRequest& request);
int run_batch_done(Session& session, const std::string& batch);
int run_batch_forget(Session& session, const std::string& batch);

struct BatchLintOptions {
    std::string config; ///< the configuration file: the service is not asked
    std::string batch;
};
int run_batch_lint(Session& session, const BatchLintOptions& options);

int run_credential_show(Session& session);
int run_credential_retry(Session& session, const api::RetryAccountRequest& request);
int run_notices(Session& session, const api::NoticesRequest& request);
int run_notices_retry(Session& session, const api::RetryNoticesRequest& request);
int run_notify_test(Session& session, const api::TestReceiverRequest& request);
int run_credential_release(Session& session, const api::ReleaseSprayBrakeRequest& request);

int run_config_check(Session& session, const std::string& file);
int run_reload(Session& session);
int run_watch(Session& session, const api::WatchRequest& request);
int run_version(Session& session, bool client_only);

struct ProbeOptions {
    std::string config; ///< the configuration file: a probe needs no service
    std::string source;
    std::vector<std::string> addresses;
};
int run_probe(Session& session, const ProbeOptions& options);

struct DoctorOptions {
    std::string config; ///< the configuration file: doctor needs no service
    std::string source;
    bool login = false;
};
int run_doctor(Session& session, const DoctorOptions& options);

/// Pages of a list until the last one, or one alone.
template <typename Call, typename Request>
int show_pages(Session& session, Request request, bool all) {
    while (true) {
        std::string next;
        const int code = session.show<Call>(
            request,
            [&](const auto& page) {
                auto shown = page;
                shown.next = all ? "" : shown.next;
                return render(shown, base::RealClock().now(), session.terminal().out);
            },
            [&](const auto& page) {
                next = page.next;
                return exit_good;
            });
        if (code != exit_good || !all || next.empty() || next == request.after) {
            return code;
        }
        request.after = next;
    }
}

} // namespace mailpreflight::cli
