#include "directory/read_account.hpp"

#include "directory/bind_verdict.hpp"
#include "directory/connection.hpp"

#include <fmt/format.h>

namespace mailpreflight::directory {

namespace {

using core::Cause;
using core::PresentationResult;
using core::Stage;

// RFC 4511 4.1.9
constexpr int success = 0;
constexpr int size_limit_exceeded = 4;

core::Failure with_place(core::Failure failure, const Settings& settings) {
    failure.detail = fmt::format("{}: {}", settings.url(), failure.detail);
    return failure;
}

/// Under the guard, once. What came of it goes back to the guard whatever happens.
core::Outcome<void> bind(Connection& connection,
                         core::CredentialGate& gate,
                         const Reader& reader,
                         const core::Door& door,
                         const base::Deadline& deadline) {
    auto permit = gate.begin(
        {.account = reader.account, .fingerprint = reader.fingerprint, .door = door, .proving = true}, deadline);
    if (!permit) {
        return tl::unexpected(std::move(permit.error()));
    }
    bool sent = false;
    const auto answer = reader.password.expose_to(
        [&](std::string_view password) { return connection.bind(reader.username, password, sent); });
    if (!answer) {
        permit->finish(sent ? PresentationResult::unanswered : PresentationResult::not_sent, answer.error().detail);
        return tl::unexpected(answer.error());
    }
    BindVerdict verdict = verdict_of_bind(answer->code, answer->diagnostic);
    permit->finish(
        {verdict.result,
         verdict.result == PresentationResult::accepted ? "LDAP bind" : "LDAP bind: " + verdict.failure.detail,
         verdict.failure.cause,
         {}});
    if (verdict.result != PresentationResult::accepted) {
        verdict.failure.detail = fmt::format("account {}: {}", reader.account, verdict.failure.detail);
        return tl::unexpected(std::move(verdict.failure));
    }
    return {};
}

core::Outcome<Attributes> find_one(Connection& connection, const Settings& settings) {
    const auto found = connection.search(settings.base, settings.filter, wanted_attributes());
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (found->entries.size() > 1 || found->code == size_limit_exceeded) {
        return core::failed(Stage::judge,
                            Cause::unexpected_answer,
                            fmt::format("more than one account below {} is {}: narrow base, or write username as "
                                        "user@domain",
                                        settings.base,
                                        settings.filter));
    }
    if (found->code != success) {
        return core::failed(Stage::judge,
                            Cause::unexpected_answer,
                            fmt::format("the search below {} ended with result {}{}",
                                        settings.base,
                                        found->code,
                                        found->diagnostic.empty() ? "" : ": " + found->diagnostic));
    }
    if (found->entries.empty()) {
        return core::failed(Stage::judge,
                            Cause::account_unknown,
                            fmt::format("no account below {} is {}", settings.base, settings.filter));
    }
    return found->entries.front();
}

} // namespace

std::string Settings::url() const {
    const bool literal = server.host.find(':') != std::string::npos;
    return fmt::format(
        "{}://{}:{}", start_tls ? "ldap" : "ldaps", literal ? "[" + server.host + "]" : server.host, server.port);
}

core::Outcome<AccountState> read_account(net::Network& network,
                                         core::CredentialGate& gate,
                                         const Settings& settings,
                                         const core::Door& door,
                                         base::SystemTime now,
                                         const base::Deadline& deadline) {
    // An empty password would bind as nobody, and look as if it had been accepted (RFC 4513 5.1.2).
    if (!settings.reader || settings.reader->password.empty() || settings.reader->username.empty()) {
        return core::failed(Stage::authenticate, Cause::secret_unreadable, settings.reader_problem);
    }
    auto connection = Connection::open(network, settings.server, settings.start_tls, deadline);
    if (!connection) {
        return tl::unexpected(with_place(std::move(connection.error()), settings));
    }
    if (auto bound = bind(*connection, gate, *settings.reader, door, deadline); !bound) {
        return tl::unexpected(with_place(std::move(bound.error()), settings));
    }
    const auto attributes = find_one(*connection, settings);
    if (!attributes) {
        return tl::unexpected(with_place(attributes.error(), settings));
    }
    return read_account_state(*attributes, settings.lockout_window, now);
}

} // namespace mailpreflight::directory
