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

int run_explain(Session& session, const std::string& of);

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
int run_baseline_accept(Session& session, const api::AcceptBaselineRequest& request);

int run_credential_show(Session& session);
int run_credential_retry(Session& session, const api::RetryAccountRequest& request);

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
