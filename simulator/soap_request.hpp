#pragma once

#include "simulator/xml_names.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::simulator {

enum class ConnectingForm { primary_smtp_address, smtp_address, principal_name, sid };

struct ConnectingSid {
    ConnectingForm form = ConnectingForm::primary_smtp_address;
    std::string value;
};

/** A SOAP request, read but not judged. Move-only: the nodes belong to its document. */
struct SoapRequest {
    std::unique_ptr<pugi::xml_document> document;
    std::string source;                 ///< for line numbers
    bool is_envelope = false;           ///< a SOAP 1.1 Envelope with a Body
    std::optional<std::string> version; ///< RequestServerVersion
    std::string duplicate_header;       ///< name of a header that came twice; empty: none did
    bool has_impersonation = false;
    std::vector<ConnectingSid> connecting; ///< all forms given; a good request has exactly one
    std::string operation;                 ///< local name of the first element in the Body
    pugi::xml_node operation_node;
    std::vector<std::string> named_mailboxes; ///< t:Mailbox/t:EmailAddress, in order, each once

    /** Line and column of a node, counted from 1. */
    std::pair<int, int> position_of(pugi::xml_node node) const;
    /** Whom it is about: the impersonated address first, then the named ones. */
    std::vector<std::string> mailboxes() const;
};

/** Nothing if the text is not well-formed XML or carries a document type declaration. */
std::optional<SoapRequest> read_soap_request(std::string text);

} // namespace mailpreflight::simulator
