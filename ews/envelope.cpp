#include "ews/envelope.hpp"

#include "ews/xml.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

namespace mailpreflight::ews {

namespace {

/// A random UUID (RFC 9562 4): what the server's logs and ours are matched by.
std::string new_request_id() {
    std::array<unsigned char, 16> bytes{};
    ::RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text += (i == 4 || i == 6 || i == 8 || i == 10) ? "-" : "";
        text += fmt::format("{:02x}", bytes[i]);
    }
    return text;
}

/// A header value: no line break may get in from a list.
std::string header_safe(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        safe += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
    return safe;
}

} // namespace

std::string_view schema_name(RequestVersion version) {
    switch (version) {
    case RequestVersion::exchange2010_sp1:
        return "Exchange2010_SP1";
    case RequestVersion::exchange2007_sp1:
        return "Exchange2007_SP1";
    }
    throw std::logic_error("no such request version");
}

http::Request soap_request(const CallContext& context,
                           const std::string& operation,
                           const std::optional<std::string>& impersonate,
                           const std::string& anchor) {
    std::string impersonation;
    if (impersonate) {
        impersonation =
            fmt::format("<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{}</t:PrimarySmtpAddress>"
                        "</t:ConnectingSID></t:ExchangeImpersonation>",
                        xml_escaped(*impersonate));
    }
    http::Request request;
    request.method = "POST";
    request.target = context.path;
    request.headers.add("Content-Type", "text/xml; charset=utf-8");
    request.headers.add("Accept", "text/xml");
    if (!context.user_agent.empty()) {
        request.headers.add("User-Agent", header_safe(context.user_agent));
    }
    if (!anchor.empty()) {
        request.headers.add("X-AnchorMailbox", header_safe(anchor));
    }
    request.headers.add("client-request-id", new_request_id());
    request.headers.add("return-client-request-id", "true");
    request.body = fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                               "<s:Envelope xmlns:s=\"{}\" xmlns:m=\"{}\" xmlns:t=\"{}\">"
                               "<s:Header><t:RequestServerVersion Version=\"{}\"/>{}</s:Header>"
                               "<s:Body>{}</s:Body></s:Envelope>",
                               soap_ns,
                               messages_ns,
                               types_ns,
                               schema_name(context.version),
                               impersonation,
                               operation);
    return request;
}

} // namespace mailpreflight::ews
