#pragma once

#include "simulator/http_auth.hpp"
#include "simulator/world.hpp"

namespace mailpreflight::simulator {

/** How the EWS virtual directory authenticates. */
AuthPolicy ews_auth_policy(const State& state, const HttpRequest& request);

/** One HTTP request to Exchange.asmx: authentication, policy, SOAP, headers. Fills in the log entry. */
HttpResponse
serve_ews_endpoint(Shared& shared, const HttpRequest& request, Connection& connection, TimePoint now, LogEntry& entry);

} // namespace mailpreflight::simulator
