#pragma once

#include "http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailpreflight::ews {

/// What we send (ews.md 1.5): the second only after a version refusal.
enum class RequestVersion { exchange2010_sp1, exchange2007_sp1 };

std::string_view schema_name(RequestVersion version);

/// How calls of one lane are made; `version` is stepped down in place when the server refuses ours.
struct CallContext {
    std::string path = "/EWS/Exchange.asmx";
    std::string user_agent;
    RequestVersion version = RequestVersion::exchange2010_sp1;
    std::string host; ///< for the URL in evidence
    unsigned short port = 443;
};

/// A SOAP 1.1 request around one operation. `impersonate`: ExchangeImpersonation by PrimarySmtpAddress; `anchor`: the
/// mailbox that X-AnchorMailbox names, in both ways (ews.md 2.3). A new client-request-id each.
http::Request soap_request(const CallContext& context,
                           const std::string& operation,
                           const std::optional<std::string>& impersonate,
                           const std::string& anchor);

} // namespace mailpreflight::ews
