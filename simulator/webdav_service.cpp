#include "simulator/webdav_service.hpp"

#include "simulator/owa_pages.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace mailpreflight::simulator {

namespace {

constexpr std::string_view root = "/exchange/";

struct DavFolder {
    std::string_view property;
    std::string_view folder; ///< as an English mailbox names it
};

// urn:schemas:httpmail: of the well-known folders.
constexpr std::array<DavFolder, 9> dav_folders = {{
    {"inbox", "Inbox"},
    {"deleteditems", "Deleted Items"},
    {"sentitems", "Sent Items"},
    {"sendmsg", "##DavMailSubmissionURI##"},
    {"drafts", "Drafts"},
    {"calendar", "Calendar"},
    {"tasks", "Tasks"},
    {"contacts", "Contacts"},
    {"outbox", "Outbox"},
}};

std::string local_part(std::string_view address) {
    return std::string(address.substr(0, address.find('@')));
}

/** NAME of /exchange/NAME/...; empty: the path that names nobody. */
std::string named(const HttpRequest& request) {
    const std::string path = request.path();
    return path.size() <= root.size()
               ? std::string()
               : percent_decode(path.substr(root.size(), path.find('/', root.size()) - root.size()), false);
}

/** By any of its addresses, or by its alias. */
const Mailbox* find_mailbox(const Organisation& organisation, const std::string& name) {
    if (name.find('@') != std::string::npos) {
        return organisation.find(name);
    }
    const Mailbox* found = nullptr;
    organisation.for_each([&](const Mailbox& mailbox) {
        if (equals_ignoring_case(local_part(mailbox.address), name)) {
            found = organisation.find(mailbox.address);
        }
    });
    return found;
}

HttpResponse short_page(int status) {
    return pages::html(status, fmt::format("<html><head><title>{}</title></head></html>", reason_phrase(status)));
}

HttpResponse multistatus(const HttpRequest& request, const std::string& name) {
    const std::string mailbox = fmt::format("https://{}{}{}/", request.host(), root, name);
    std::string folders;
    for (const auto& [property, folder] : dav_folders) {
        std::string path(folder);
        for (std::size_t blank = path.find(' '); blank != std::string::npos; blank = path.find(' ')) {
            path.replace(blank, 1, "%20");
        }
        folders += fmt::format("<d:{0}>{1}{2}</d:{0}>", property, xml_escape(mailbox), path);
    }
    HttpResponse response;
    response.status = 207;
    response.reason = "Multi-Status";
    response.add("Content-Type", "text/xml");
    response.body = fmt::format("<?xml version=\"1.0\"?><a:multistatus xmlns:b=\"urn:uuid:c2f41010-65b3-11d1-a29f-"
                                "00aa00c14882/\" xmlns:d=\"urn:schemas:httpmail:\" xmlns:a=\"DAV:\"><a:response>"
                                "<a:href>{0}</a:href><a:propstat><a:status>HTTP/1.1 200 OK</a:status><a:prop>"
                                "<a:displayname>{1}</a:displayname>{2}</a:prop></a:propstat></a:response>"
                                "</a:multistatus>",
                                xml_escape(mailbox),
                                xml_escape(name),
                                folders);
    return response;
}

/** What stands between a user and a mailbox: 0 for nothing. */
int refusal(const State& state, const Account& account, const Mailbox* mailbox, bool own) {
    if (mailbox == nullptr || mailbox->state == MailboxState::missing || mailbox->state == MailboxState::moved) {
        return 404;
    }
    if (mailbox->state == MailboxState::store_down || mailbox->state == MailboxState::in_transit) {
        return 503;
    }
    return own || state.organisation.has_full_access(account.logon_name(), *mailbox) ? 0 : 403;
}

OwaAnswer
signed_in(const HttpRequest& request, const State& state, const Account& account, const HttpResponse& unauthorized) {
    OwaAnswer answer;
    answer.account = account.logon_name();
    const std::string name = named(request);
    const Mailbox* const own = account.mailbox.empty() ? nullptr : state.organisation.find(account.mailbox);
    const Mailbox* const mailbox = name.empty() ? own : find_mailbox(state.organisation, name);
    answer.mailbox = mailbox == nullptr ? name : mailbox->address;
    const int refused = refusal(state, account, mailbox, mailbox == own);
    if (name.empty() && own == nullptr) {
        answer.response = unauthorized; // 401.5: no mailbox to associate with
    } else if (refused != 0) {
        answer.response = short_page(refused);
    } else if (request.method == "PROPFIND") {
        answer.response = multistatus(request, name.empty() ? local_part(mailbox->address) : name);
    } else if (request.method == "GET" || request.method == "HEAD") {
        answer.response = pages::html(
            200,
            fmt::format("<html><head><title>Microsoft Outlook Web Access</title><base href=\"https://{}{}{}/\"></head>"
                        "<frameset></frameset></html>",
                        request.host(),
                        root,
                        local_part(mailbox->address)));
    } else {
        answer.response = short_page(501); // nothing can be written
    }
    answer.response.add("MS-WebStorage", state.server.version.full());
    return answer;
}

} // namespace

bool has_webdav(const ServerSettings& server) {
    return server.version.product == Product::exchange_2003 ||
           (server.version.product == Product::exchange_2007 && server.webdav);
}

OwaAnswer serve_exchange(const HttpRequest& request, State& state, FormsSessions& sessions, TimePoint now) {
    const std::string path = request.path();
    OwaAnswer answer;
    if (path == "/exchweb/bin/auth/owalogon.asp" && state.server.version.product == Product::exchange_2003) {
        answer.response = pages::logon(request, state.server);
        return answer;
    }
    if (path == "/exchweb/bin/auth/owaauth.dll" && request.method == "POST" &&
        state.server.version.product == Product::exchange_2003) {
        return serve_logon_form(request, state, sessions, now);
    }
    if (path.starts_with("/exchweb")) {
        answer.response = short_page(request.method == "GET" ? 403 : 440);
        return answer;
    }
    FormsVisitor visitor = find_visitor(request, state, sessions, now);
    if (visitor.account == nullptr) {
        return std::move(visitor.refusal);
    }
    HttpResponse unauthorized = short_page(401);
    answer = signed_in(request, state, *visitor.account, unauthorized);
    answer.verdict = visitor.refusal.verdict;
    return answer;
}

OwaAnswer serve_exchange_authenticated(const HttpRequest& request,
                                       const State& state,
                                       const std::string& account,
                                       const HttpResponse& unauthorized) {
    return signed_in(request, state, *state.directory.find(account), unauthorized);
}

} // namespace mailpreflight::simulator
