#pragma once

#include "simulator/state.hpp"

#include <string>
#include <string_view>

/** Small organisations and requests for the tests. */
namespace mailpreflight::simulator::testing {

inline const std::string admin = "CONTOSO\\migadmin";
inline const std::string admin_password = "Corr3ct";

/** Administrator with impersonation on DB01 and Full Access to anna; anna, ben (DB01), outside (DB02). */
inline State small_world() {
    State state;
    state.directory.add({.domain = "CONTOSO",
                         .sam = "migadmin",
                         .upn = "migadmin@contoso.example",
                         .password = admin_password,
                         .mailbox = "migadmin@contoso.example"});
    state.directory.add({.domain = "CONTOSO", .sam = "nobox", .upn = "nobox@contoso.example", .password = "Nobox1"});
    state.organisation.add({.address = "migadmin@contoso.example", .database = "DB01"});
    state.organisation.add({.address = "anna@contoso.example",
                            .aliases = {"a.adler@contoso.example"},
                            .display_name = "Anna Adler",
                            .database = "DB01",
                            .folder_facts = {{.key = "inbox", .items = 42, .unread = 3, .bytes = 5'000'000'000}}});
    state.organisation.add({.address = "ben@contoso.example", .display_name = "Ben Baker", .database = "DB01"});
    state.organisation.add({.address = "outside@contoso.example", .display_name = "Olga Out", .database = "DB02"});
    state.organisation.impersonation.push_back({.assignee = admin, .all = false, .databases = {"DB01"}});
    state.organisation.impersonation.push_back({.assignee = "CONTOSO\\nobox", .all = true});
    state.organisation.full_access.push_back({.account = admin, .mailboxes = {"anna@contoso.example"}});
    return state;
}

inline std::string soap(std::string_view header, std::string_view body) {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
           "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
           "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "
           "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><s:Header>" +
           std::string(header) + "</s:Header><s:Body>" + std::string(body) + "</s:Body></s:Envelope>";
}

inline std::string version(std::string_view name) {
    return "<t:RequestServerVersion Version=\"" + std::string(name) + "\"/>";
}

inline std::string impersonate(std::string_view address, std::string_view form = "PrimarySmtpAddress") {
    const std::string element(form);
    return "<t:ExchangeImpersonation><t:ConnectingSID><t:" + element + ">" + std::string(address) + "</t:" + element +
           "></t:ConnectingSID></t:ExchangeImpersonation>";
}

inline std::string folder(std::string_view id, std::string_view mailbox = "") {
    std::string text = "<t:DistinguishedFolderId Id=\"" + std::string(id) + "\">";
    if (!mailbox.empty()) {
        text += "<t:Mailbox><t:EmailAddress>" + std::string(mailbox) + "</t:EmailAddress></t:Mailbox>";
    }
    return text + "</t:DistinguishedFolderId>";
}

inline std::string get_folder(std::string_view ids, std::string_view properties = "") {
    std::string shape = "<t:BaseShape>IdOnly</t:BaseShape>";
    if (!properties.empty()) {
        shape += "<t:AdditionalProperties>" + std::string(properties) + "</t:AdditionalProperties>";
    }
    return "<m:GetFolder><m:FolderShape>" + shape + "</m:FolderShape><m:FolderIds>" + std::string(ids) +
           "</m:FolderIds></m:GetFolder>";
}

/** The request that most tests need: anna's root by impersonation. */
inline std::string proof_of(std::string_view address) {
    return soap(version("Exchange2010_SP1") + impersonate(address), get_folder(folder("msgfolderroot")));
}

} // namespace mailpreflight::simulator::testing
