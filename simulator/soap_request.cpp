#include "simulator/soap_request.hpp"

#include "simulator/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailpreflight::simulator {

namespace {

constexpr std::array<std::pair<std::string_view, ConnectingForm>, 4> forms = {{
    {"PrimarySmtpAddress", ConnectingForm::primary_smtp_address},
    {"SmtpAddress", ConnectingForm::smtp_address},
    {"PrincipalName", ConnectingForm::principal_name},
    {"SID", ConnectingForm::sid},
}};

void read_headers(SoapRequest& request, pugi::xml_node header) {
    std::vector<std::string_view> seen;
    for (pugi::xml_node entry = first_element(header); entry; entry = next_element(entry)) {
        const std::string_view name = local_name(entry);
        if (std::ranges::find(seen, name) != seen.end()) {
            request.duplicate_header = name;
        }
        seen.push_back(name);
        if (is_element(entry, xmlns::types, "RequestServerVersion")) {
            request.version = entry.attribute("Version").value();
        } else if (is_element(entry, xmlns::types, "ExchangeImpersonation")) {
            request.has_impersonation = true;
            const pugi::xml_node sid = child_element(entry, xmlns::types, "ConnectingSID");
            for (pugi::xml_node form = first_element(sid); form; form = next_element(form)) {
                const auto known =
                    std::ranges::find(forms, local_name(form), &std::pair<std::string_view, ConnectingForm>::first);
                if (known != forms.end() && namespace_of(form) == xmlns::types) {
                    request.connecting.push_back({known->second, trimmed(form.text().get())});
                }
            }
        }
    }
}

void collect_mailboxes(SoapRequest& request, pugi::xml_node node) {
    for (const pugi::xpath_node& found :
         node.select_nodes(".//*[local-name()='Mailbox']/*[local-name()='EmailAddress']")) {
        std::string address = trimmed(found.node().text().get());
        if (std::ranges::find(request.named_mailboxes, address) == request.named_mailboxes.end()) {
            request.named_mailboxes.push_back(std::move(address));
        }
    }
}

} // namespace

std::pair<int, int> SoapRequest::position_of(pugi::xml_node node) const {
    const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, node.offset_debug()));
    const std::string_view before = std::string_view(source).substr(0, std::min(offset, source.size()));
    const auto line = std::ranges::count(before, '\n') + 1;
    const auto line_start = before.rfind('\n');
    const std::size_t column = line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
    return {static_cast<int>(line), static_cast<int>(column) + 1};
}

std::vector<std::string> SoapRequest::mailboxes() const {
    std::vector<std::string> all;
    for (const ConnectingSid& sid : connecting) {
        all.push_back(sid.value);
    }
    for (const std::string& named : named_mailboxes) {
        if (std::ranges::find(all, named) == all.end()) {
            all.push_back(named);
        }
    }
    return all;
}

std::optional<SoapRequest> read_soap_request(std::string text) {
    SoapRequest request;
    request.source = std::move(text);
    request.document = std::make_unique<pugi::xml_document>();
    const auto parsed = request.document->load_buffer(
        request.source.data(), request.source.size(), pugi::parse_default | pugi::parse_doctype);
    if (!parsed) {
        return std::nullopt;
    }
    for (const pugi::xml_node node : request.document->children()) {
        if (node.type() == pugi::node_doctype) {
            return std::nullopt;
        }
    }
    const pugi::xml_node envelope = request.document->document_element();
    const pugi::xml_node body = child_element(envelope, xmlns::soap, "Body");
    request.is_envelope = is_element(envelope, xmlns::soap, "Envelope") && body;
    read_headers(request, child_element(envelope, xmlns::soap, "Header"));
    request.operation_node = first_element(body);
    request.operation = local_name(request.operation_node);
    collect_mailboxes(request, request.operation_node);
    return request;
}

} // namespace mailpreflight::simulator
