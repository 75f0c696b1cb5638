#include "ews/get_folder.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace mailpreflight::ews {

namespace {

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    if (::EVP_Digest(text.data(), text.size(), digest.data(), &length, ::EVP_sha256(), nullptr) != 1) {
        return {};
    }
    std::string hex;
    for (unsigned int i = 0; i < length; ++i) {
        hex += fmt::format("{:02x}", digest.at(i));
    }
    return hex;
}

/// The folder of a success message: any element of m:Folders that has a FolderId.
const Element* first_folder(const Element& message) {
    const Element* const folders = message.child(messages_ns, "Folders");
    if (folders == nullptr || folders->children.size() != 1) {
        return nullptr; // one was asked for
    }
    for (const Element& folder : folders->children) {
        if (folder.child(types_ns, "FolderId") != nullptr) {
            return &folder;
        }
    }
    return nullptr;
}

} // namespace

std::string get_folder_operation(const std::optional<std::string>& mailbox) {
    const std::string id =
        mailbox
            ? fmt::format("<t:DistinguishedFolderId Id=\"msgfolderroot\"><t:Mailbox><t:EmailAddress>{}</t:EmailAddress>"
                          "</t:Mailbox></t:DistinguishedFolderId>",
                          xml_escaped(*mailbox))
            : "<t:DistinguishedFolderId Id=\"msgfolderroot\"/>";
    return "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
           "<t:FieldURI FieldURI=\"folder:EffectiveRights\"/></t:AdditionalProperties></m:FolderShape>"
           "<m:FolderIds>" +
           id + "</m:FolderIds></m:GetFolder>";
}

std::optional<FolderFacts> read_folder(const Element& message) {
    const Element* const folder = first_folder(message);
    if (folder == nullptr) {
        return std::nullopt;
    }
    const std::string_view id = folder->child(types_ns, "FolderId")->attribute("Id");
    if (id.empty()) {
        return std::nullopt;
    }
    FolderFacts facts;
    facts.id_digest = sha256_hex(id);
    const Element* const rights = folder->child(types_ns, "EffectiveRights");
    const Element* const read = rights == nullptr ? nullptr : rights->child(types_ns, "Read");
    facts.can_read = rights == nullptr || (read != nullptr && (read->text == "true" || read->text == "1"));
    return facts;
}

} // namespace mailpreflight::ews
