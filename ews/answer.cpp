#include "ews/answer.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <charconv>

namespace mailpreflight::ews {

namespace {

constexpr std::size_t longest_message = 300;

std::optional<long long> number(std::string_view text) {
    long long value = 0;
    text = base::trim(text);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

int attribute_number(const Element& element, std::string_view name) {
    const auto value = number(element.attribute(name));
    return value && *value >= 0 && *value < 1'000'000 ? static_cast<int>(*value) : 0;
}

std::optional<ServerVersion> server_version(const Element& envelope) {
    const Element* const header = envelope.child(soap_ns, "Header");
    const Element* const info = header == nullptr ? nullptr : header->child(types_ns, "ServerVersionInfo");
    if (info == nullptr) {
        return std::nullopt;
    }
    if (info->attribute("MajorVersion").empty()) {
        return std::nullopt;
    }
    ServerVersion version;
    version.major = attribute_number(*info, "MajorVersion");
    version.minor = attribute_number(*info, "MinorVersion");
    version.build = attribute_number(*info, "MajorBuildNumber");
    version.revision = attribute_number(*info, "MinorBuildNumber");
    version.schema = info->attribute("Version");
    return version;
}

/// `<t:Value Name="...">` of a MessageXml, which stands in either of two namespaces (ews.md 1.7).
std::optional<std::string> message_value(const Element* message_xml, std::string_view name) {
    if (message_xml == nullptr) {
        return std::nullopt;
    }
    for (const Element& value : message_xml->children) {
        if (value.name == "Value" && value.attribute("Name") == name) {
            return value.text;
        }
    }
    return std::nullopt;
}

/// "Suggested backoff time 5000 ms." at the end of a text, where no MessageXml has the number.
std::optional<long long> suggested_back_off(std::string_view text) {
    constexpr std::string_view words = "uggested backoff time ";
    const std::size_t at = text.find(words);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view rest = text.substr(at + words.size());
    return number(rest.substr(0, rest.find(' ')));
}

bool is_throttling(core::Cause cause) {
    return cause == core::Cause::throttled || cause == core::Cause::server_busy;
}

struct Said {
    std::string code;
    std::string text;
    const Element* message_xml = nullptr;
};

/// A generic error may hide the real one (ews.md 4.1).
Said unwrapped(Said said) {
    if (said.code != "ErrorInternalServerError") {
        return said;
    }
    if (auto inner = message_value(said.message_xml, "InnerErrorResponseCode")) {
        said.code = *inner;
        if (auto text = message_value(said.message_xml, "InnerErrorMessageText")) {
            said.text = *text;
        }
    }
    return said;
}

void judge(Answer& answer, Said said, Transport transport, Operation operation) {
    said = unwrapped(std::move(said));
    const bool moved_recently = said.text.find("may have been moved recently") != std::string::npos ||
                                said.text.find("contains outdated information") != std::string::npos;
    const bool has_guid = message_value(said.message_xml, "MailboxGuid").has_value();
    answer.cause = cause_of(said.code, transport, operation, has_guid, moved_recently);
    answer.version_refused = is_version_refusal(said.code);
    answer.evidence.response_code = base::shorten(said.code, 100);
    answer.evidence.message = base::shorten(base::to_valid_utf8(said.text), longest_message);
    answer.primary_address = message_value(said.message_xml, "Primary");
    if (is_throttling(answer.cause)) {
        auto wait = number(message_value(said.message_xml, "BackOffMilliseconds").value_or(""));
        if (!wait) {
            wait = suggested_back_off(said.text);
        }
        if (!wait) {
            wait = suggested_back_off(message_value(said.message_xml, "ErrorMessage").value_or(""));
        }
        constexpr long long longest = 3'600'000;
        answer.back_off = std::chrono::milliseconds(wait && *wait > 0 ? std::min(*wait, longest) : 0);
    }
    if (answer.cause != core::Cause::ok) {
        const std::string& code = answer.evidence.response_code;
        answer.detail = fmt::format("{}: {}", code.empty() ? "no response code" : code, answer.evidence.message);
    }
    if (transport == Transport::fault && answer.cause == core::Cause::ok) {
        answer.cause = core::Cause::unexpected_answer; // a Fault that says NoError
    }
}

/// Retry-After where the body named no number.
void ask_to_wait(Answer& answer, const http::Response& response) {
    const auto wait = retry_after(response);
    if (wait && (!answer.back_off || *answer.back_off == base::Duration::zero())) {
        answer.back_off = wait;
    }
}

/// A front end that could not serve names its own code (ews.md 5.1).
std::string cas_error(const http::Response& response) {
    return base::shorten(base::to_valid_utf8(response.headers.first("X-CasErrorCode")), 100);
}

Read judged_by_http(Answer answer, const http::Response& response, const CallContext& context) {
    answer.cause = cause_of_http(response, context.host);
    answer.evidence.response_code = cas_error(response);
    answer.detail = fmt::format("HTTP {} {}", response.status, base::shorten(base::to_valid_utf8(response.reason), 60));
    answer.front_door = front_door_before_ews(response, context.host);
    if (answer.front_door) {
        answer.detail += ": " + to_text(*answer.front_door);
    }
    if (is_throttling(answer.cause)) {
        answer.back_off = base::Duration::zero();
    }
    ask_to_wait(answer, response);
    return {std::move(answer), std::nullopt};
}

/// The code after the prefix of a faultcode: "a:ErrorSchemaValidation".
std::string without_prefix(std::string_view code) {
    const std::size_t colon = code.find(':');
    return std::string(colon == std::string_view::npos ? code : code.substr(colon + 1));
}

Said said_by_fault(const Element& fault) {
    Said said;
    const Element* const detail = fault.child_named("detail");
    if (detail != nullptr) {
        if (const Element* const code = detail->child_named("ResponseCode")) {
            said.code = code->text;
        }
        said.message_xml = detail->child_named("MessageXml");
        if (const Element* const message = detail->child_named("Message")) {
            said.text = message->text;
        }
    }
    if (const Element* const code = fault.child_named("faultcode"); said.code.empty() && code != nullptr) {
        said.code = without_prefix(code->text);
    }
    if (const Element* const text = fault.child_named("faultstring"); said.text.empty() && text != nullptr) {
        said.text = text->text;
    }
    return said;
}

Said said_by_message(const Element& message) {
    Said said;
    if (const Element* const code = message.child(messages_ns, "ResponseCode")) {
        said.code = code->text;
    }
    if (const Element* const text = message.child(messages_ns, "MessageText")) {
        said.text = text->text;
    }
    said.message_xml = message.child_named("MessageXml");
    return said;
}

const Element* first_message(const Element& body, std::string_view response_name) {
    const Element* const response = body.child(messages_ns, response_name);
    const Element* const messages = response == nullptr ? nullptr : response->child(messages_ns, "ResponseMessages");
    if (messages == nullptr) { // GetPasswordExpirationDate has no array around its message
        return response != nullptr && !response->attribute("ResponseClass").empty() ? response : nullptr;
    }
    const std::string wanted = std::string(response_name) + "Message";
    return messages->children.size() == 1 ? messages->child(messages_ns, wanted) : nullptr;
}

} // namespace

Read read_answer(const http::Request& request,
                 const http::Response& response,
                 const CallContext& context,
                 std::string_view response_name,
                 Operation operation) {
    Read read;
    Answer& answer = read.answer;
    answer.evidence = evidence_of(request, response, context.host, context.port);
    const auto envelope = parse_xml(response.body);
    const bool is_soap = envelope && envelope->name == "Envelope" && envelope->ns == soap_ns;
    const Element* const body = is_soap ? envelope->child(soap_ns, "Body") : nullptr;
    if (body == nullptr) {
        read = judged_by_http(std::move(answer), response, context);
        if (!envelope && read.answer.cause == core::Cause::unexpected_answer) {
            read.answer.detail += ": " + base::shorten(envelope.error().message(), 200);
        }
        // Some front ends put a version refusal into a plain page (ews.md 5.1).
        if (response.status == 500 &&
            (response.body.find("ErrorInvalidSchemaVersionForMailboxVersion") != std::string::npos ||
             response.body.find("The specified server version is invalid") != std::string::npos)) {
            read.answer.version_refused = true;
            read.answer.cause = core::Cause::version_refused;
        }
        return read;
    }
    answer.server_version = server_version(*envelope);
    if (const Element* const fault = body->child(soap_ns, "Fault")) {
        judge(answer, said_by_fault(*fault), Transport::fault, operation);
        ask_to_wait(answer, response);
        return read;
    }
    const Element* const message = first_message(*body, response_name);
    if (message == nullptr) {
        answer.cause = core::Cause::unexpected_answer;
        answer.detail = fmt::format("the answer is not a {} of one message", response_name);
        return read;
    }
    judge(answer, said_by_message(*message), Transport::message, operation);
    ask_to_wait(answer, response);
    const bool says_success = message->attribute("ResponseClass") == "Success";
    if (answer.cause == core::Cause::ok && !says_success) {
        answer.cause = core::Cause::unexpected_answer;
        answer.detail = "the answer says NoError, but not Success";
    }
    read.message = *message;
    return read;
}

Read read_unasked_answer(const http::Request& request, const http::Response& response, const CallContext& context) {
    Answer answer;
    answer.evidence = evidence_of(request, response, context.host, context.port);
    Read read = judged_by_http(std::move(answer), response, context);
    if (read.answer.cause == core::Cause::unexpected_answer) {
        read.answer.detail += ": the server answered without asking for a login";
    }
    return read;
}

} // namespace mailpreflight::ews
