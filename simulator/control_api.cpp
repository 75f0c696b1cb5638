#include "simulator/control_api.hpp"

#include "simulator/json_reader.hpp"
#include "simulator/state_json.hpp"
#include "simulator/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace mailpreflight::simulator {

namespace {

constexpr std::size_t log_page = 10'000;

HttpResponse answer(int status, const std::string& json) {
    HttpResponse response;
    response.status = status;
    response.body = json;
    response.add("Content-Type", "application/json");
    return response;
}

HttpResponse refusal(int status, std::string_view reason) {
    Json json = Json::object();
    json["error"] = Json::string(std::string(reason));
    return answer(status, json.serialize());
}

HttpResponse done() {
    return answer(200, R"({"ok":true})");
}

std::string iso_time(TimePoint time) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    const std::time_t seconds = milliseconds / 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), milliseconds % 1000);
}

Json to_json(const LogEntry& entry) {
    Json json = Json::object(true);
    json["seq"] = Json::number(entry.seq);
    json["time"] = Json::string(iso_time(entry.time));
    json["door"] = Json::string(entry.door);
    json["method"] = Json::string(entry.method);
    json["target"] = Json::string(entry.target);
    json["user_agent"] = Json::string(entry.user_agent);
    json["user"] = Json::string(entry.user);
    json["operation"] = Json::string(entry.operation);
    json["mailbox"] = Json::string(entry.mailbox);
    json["mailboxes"] = simulator::to_json(entry.mailboxes);
    json["impersonated"] = Json::boolean(entry.impersonated);
    json["impersonated_and_named"] = Json::boolean(entry.impersonated_and_named);
    json["anchor"] = Json::string(entry.anchor);
    json["request_server_version"] = Json::string(entry.request_server_version);
    json["status"] = Json::number(entry.status);
    json["response_code"] = Json::string(entry.response_code);
    json["had_authorization"] = Json::boolean(entry.had_authorization);
    json["presentation"] = Json::string(entry.presentation);
    json["connection"] = Json::number(entry.connection);
    json["fault"] = Json::string(entry.fault);
    return json;
}

std::string log_as_json(const Shared& shared, const HttpRequest& request) {
    const std::string since = form_field(request.query(), "since").value_or("0");
    std::uint64_t seq = 0;
    std::from_chars(since.data(), since.data() + since.size(), seq);
    std::vector<LogEntry> entries = shared.log.since(seq);
    const bool more = entries.size() > log_page;
    entries.resize(std::min(entries.size(), log_page));
    std::vector<Json> list;
    for (const LogEntry& entry : entries) {
        list.push_back(to_json(entry));
    }
    Json json = Json::object(true);
    json["last"] = Json::number(shared.log.last());
    json["more"] = Json::boolean(more);
    json["entries"] = Json::array(std::move(list));
    return json.serialize();
}

std::string counters_as_json(const Shared& shared, const TransportCounters& transport, TimePoint now) {
    const Directory& directory = shared.state.directory;
    Json accounts = Json::array();
    for (const Account& account : directory.accounts()) {
        Json json = Json::object(true);
        json["account"] = Json::string(account.logon_name());
        json["bad_password_count"] = Json::number(account.bad_password_count);
        json["locked"] = Json::boolean(directory.is_locked(account, now));
        json["presentations"] = Json::number(account.presentations);
        json["refused"] = Json::number(account.refused_presentations);
        accounts[accounts.size()] = json;
    }
    Json doors = Json::object(true);
    for (const auto& [door, count] : directory.presentations_by_door()) {
        doors[std::string(name_of(door))] = Json::number(count);
    }
    Json json = Json::object(true);
    json["presentations"] = Json::number(directory.presentations());
    json["refused"] = Json::number(directory.refused_presentations());
    json["by_door"] = doors;
    json["accounts"] = accounts;
    json["posts_to_lang_owa"] = Json::number(shared.client_faults.posts_to_lang_owa);
    json["posts_to_foreign_forms"] = Json::number(shared.client_faults.posts_to_foreign_forms);
    json["token_requests"] = Json::number(shared.state.oauth.requests);
    json["token_refusals"] = Json::number(shared.state.oauth.refused);
    json["connections"] = Json::number(transport.connections);
    json["open_connections"] = Json::number(transport.open_connections);
    json["requests"] = Json::number(transport.requests);
    json["open_requests"] = Json::number(transport.open_requests);
    json["max_concurrent_requests"] = Json::number(transport.max_open_requests);
    json["failed_tls_handshakes"] = Json::number(transport.failed_handshakes);
    return json.serialize();
}

std::string presentations_as_json(const Directory& directory) {
    std::vector<Json> list;
    for (const Presentation& presentation : directory.history()) {
        Json json = Json::object(true);
        json["number"] = Json::number(presentation.number);
        json["time"] = Json::string(iso_time(presentation.time));
        json["door"] = Json::string(std::string(name_of(presentation.door)));
        json["name"] = Json::string(presentation.name);
        json["verdict"] = Json::string(std::string(name_of(presentation.verdict)));
        list.push_back(std::move(json));
    }
    return Json::array(std::move(list)).serialize();
}

/** {"databases":[...], "addresses":[...]}: what the scope of every role assignment loses or gets back. */
void change_exclusions(Organisation& organisation, std::string_view text, bool exclude) {
    const Json json = parse_json(text);
    JsonObject object(json, "body");
    std::vector<std::string> databases;
    std::vector<std::string> addresses;
    object.read("databases", databases);
    object.read("addresses", addresses);
    object.finish();
    const bool everything = databases.empty() && addresses.empty();
    for (ImpersonationGrant& grant : organisation.impersonation) {
        const auto change = [&](std::vector<std::string>& list, const std::vector<std::string>& names) {
            for (const std::string& name : names) {
                std::erase_if(list, [&](const std::string& entry) { return equals_ignoring_case(entry, name); });
                if (exclude) {
                    list.push_back(name);
                }
            }
        };
        change(grant.excluded_databases, databases);
        change(grant.excluded_addresses, addresses);
        if (everything && !exclude) {
            grant.excluded_databases.clear();
            grant.excluded_addresses.clear();
        }
    }
    if (everything && exclude) {
        organisation.impersonation.clear();
    }
}

std::string_view body_or_empty_object(const HttpRequest& request) {
    return trimmed(request.body).empty() ? std::string_view("{}") : std::string_view(request.body);
}

/** Behind "/mailboxes/" and the like; empty if the path is another. The case of the target is kept. */
std::string name_behind(const HttpRequest& request, std::string_view prefix) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    return path.starts_with(prefix) ? percent_decode(std::string_view(path).substr(prefix.size()), false)
                                    : std::string();
}

/** An account by logon name, UPN, or by its bare user name where only one has it. */
Account* find_account(Directory& directory, const std::string& name) {
    if (Account* found = directory.find(name)) {
        return found;
    }
    const Account* only = nullptr;
    for (const Account& account : directory.accounts()) {
        if (equals_ignoring_case(account.sam, name)) {
            only = only == nullptr ? &account : nullptr;
        }
    }
    return only == nullptr ? nullptr : directory.find(only->logon_name());
}

HttpResponse mend_all(Shared& shared) {
    const std::size_t mended = shared.state.organisation.mend_all();
    for (ImpersonationGrant& grant : shared.state.organisation.impersonation) {
        grant.excluded_addresses.clear();
        grant.excluded_databases.clear();
    }
    return answer(200, fmt::format(R"({{"ok":true,"mailboxes":{}}})", mended));
}

HttpResponse read_call(Shared& shared, const HttpRequest& request, const TransportCounters& transport, TimePoint now) {
    const std::string path = request.path();
    if (path == "/state") {
        const bool shown = form_field(request.query(), "passwords") == "shown";
        return answer(200, state_to_json(shared.state, shown ? Passwords::shown : Passwords::left_out, now));
    }
    if (path == "/log") {
        return answer(200, log_as_json(shared, request));
    }
    if (path == "/counters") {
        return answer(200, counters_as_json(shared, transport, now));
    }
    if (path == "/presentations") {
        return answer(200, presentations_as_json(shared.state.directory));
    }
    return refusal(404, "no such call");
}

HttpResponse write_call(Shared& shared, const HttpRequest& request, TimePoint now) {
    State& state = shared.state;
    const std::string path = request.path();
    const std::string_view body = body_or_empty_object(request);
    if (const std::string address = name_behind(request, "/mailboxes/"); !address.empty()) {
        change_mailbox(state.organisation, address, body);
    } else if (const std::string name = name_behind(request, "/accounts/"); !name.empty()) {
        Account* account = find_account(state.directory, name);
        if (account == nullptr) {
            return refusal(404, "no such account");
        }
        change_account(state.directory, *account, body, now);
    } else if (path == "/rights") {
        change_rights(state.organisation, body);
    } else if (path == "/rights/revoke-impersonation") {
        change_exclusions(state.organisation, body, true);
    } else if (path == "/rights/restore-impersonation") {
        change_exclusions(state.organisation, body, false);
    } else if (path == "/faults") {
        state.faults.add(fault_from_json(body));
    } else if (path == "/server") {
        change_server(state.server, body);
    } else if (path == "/oauth") {
        change_oauth(state.oauth, body);
    } else if (path == "/mend-all") {
        return mend_all(shared);
    } else {
        return refusal(404, "no such call");
    }
    return done();
}

} // namespace

ControlApi::ControlApi(World& world, ControlHooks hooks) :
    world_(world),
    hooks_(std::move(hooks)) {}

HttpResponse ControlApi::handle(const HttpRequest& request) {
    const TimePoint now = world_.now();
    const std::string path = request.path();
    try {
        if (request.method == "GET") {
            const TransportCounters transport = hooks_.transport();
            return world_.with([&](Shared& shared) { return read_call(shared, request, transport, now); });
        }
        if (request.method == "POST" && path == "/shutdown") {
            HttpResponse response = done();
            response.close = true;
            // After the answer is out, or its reader would see a reset.
            response.lease = {nullptr, [shutdown = hooks_.shutdown](void*) { shutdown(); }};
            return response;
        }
        if (request.method == "PUT" && path == "/state") {
            world_.with([&](Shared& shared) { state_from_json(shared.state, request.body, now); });
            hooks_.settings_changed();
            return done();
        }
        if (request.method == "DELETE" && path == "/faults") {
            world_.with([](Shared& shared) { shared.state.faults.clear(); });
            return done();
        }
        if (request.method == "POST") {
            HttpResponse response = world_.with([&](Shared& shared) { return write_call(shared, request, now); });
            hooks_.settings_changed();
            return response;
        }
        return refusal(405, "no such method");
    } catch (const std::exception& failure) {
        return refusal(400, failure.what());
    }
}

} // namespace mailpreflight::simulator
