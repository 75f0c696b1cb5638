#include "report/redact.hpp"

#include "base/text.hpp"
#include "core/remedy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <stdexcept>

namespace mailpreflight::report {

namespace {

// First parts of a host's name that everybody has: they tell nothing, and stand in our own words too.
constexpr std::array<std::string_view, 14> usual_names{"mail",
                                                       "webmail",
                                                       "owa",
                                                       "ews",
                                                       "exchange",
                                                       "outlook",
                                                       "autodiscover",
                                                       "legacy",
                                                       "remote",
                                                       "hybrid",
                                                       "smtp",
                                                       "imap",
                                                       "pop",
                                                       "www"};

bool is_letter(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte >= 0x80;
}

bool is_of_run(char c) {
    return is_letter(c) || c == '.' || c == '-' || c == '_' || c == '+';
}

/// The letters, points and hyphens from `at` on, up to the last letter.
std::string_view run_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_of_run(text[end])) {
        ++end;
    }
    while (end > at && !is_letter(text[end - 1])) {
        --end;
    }
    return text.substr(at, end - at);
}

/// Is there no word that goes on from one side of `at` to the other?
bool is_border(std::string_view text, std::size_t at) {
    return at == 0 || at >= text.size() || !is_letter(text[at - 1]) || !is_letter(text[at]);
}

bool is_ip(int family, std::string_view text) {
    in6_addr bytes{};
    return inet_pton(family, std::string(text).c_str(), &bytes) == 1;
}

/// The IPv4 or IPv6 address that stands at `at`; empty: none.
std::string_view ip_at(std::string_view text, std::size_t at) {
    const std::string_view run = run_at(text, at);
    if (is_ip(AF_INET, run)) {
        return run;
    }
    const std::size_t end = std::min(text.find_first_not_of("0123456789abcdef:.", at), text.size());
    std::string_view colons = text.substr(at, end - at);
    while (!colons.empty() && !is_ip(AF_INET6, colons) && !is_letter(colons.back())) {
        colons.remove_suffix(1); // the colon of "2001:db8::7: refused"
    }
    return is_border(text, end) && is_ip(AF_INET6, colons) ? colons : std::string_view();
}

std::string_view prefix_of(Redactor::Kind kind) {
    switch (kind) {
    case Redactor::Kind::mailbox:
        return "mailbox";
    case Redactor::Kind::account:
        return "account";
    case Redactor::Kind::source:
        return "source";
    case Redactor::Kind::host:
        return "host";
    case Redactor::Kind::address:
        return "address";
    }
    throw std::logic_error("no such kind of name");
}

std::string_view behind(std::string_view text, char mark) {
    const std::size_t at = text.find(mark);
    return at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
}

std::string_view before(std::string_view text, char mark) {
    const std::size_t at = text.find(mark);
    return at == std::string_view::npos ? std::string_view() : text.substr(0, at);
}

/// "mail.contoso.example" of "https://mail.contoso.example:443/owa"
std::string host_of(const std::string& url) {
    const std::size_t scheme = url.find("://");
    const std::string rest = scheme == std::string::npos ? url : url.substr(scheme + 3);
    return rest.substr(0, rest.find_first_of(":/?#"));
}

} // namespace

std::string Redactor::word_for(Kind kind, const std::string& name) {
    std::string& word = words_[name];
    if (word.empty()) {
        word = fmt::format("{}-{:03}", prefix_of(kind), ++used_[kind]);
    }
    return word;
}

void Redactor::know(const std::string& spelling, const std::string& word) {
    words_.emplace(spelling, word);
    std::vector<std::string>& spellings = by_run_[std::string(run_at(spelling, 0))];
    if (std::find(spellings.begin(), spellings.end(), spelling) == spellings.end()) {
        spellings.push_back(spelling);
    }
}

void Redactor::declare(Kind kind, std::string_view given) {
    const std::string name = base::to_lower(base::trim(given));
    if (name.empty()) {
        return;
    }
    const std::string word = word_for(kind, name);
    know(name, word);
    for (const std::string& quoted : {core::powershell_quoted(name), core::shell_quoted(name)}) {
        know(quoted.substr(1, quoted.size() - 2), word);
    }
    const std::string_view domain = kind == Kind::host ? behind(name, '.') : behind(name, '@');
    if (domain.find('.') != std::string_view::npos && !is_ip(AF_INET, name)) {
        domains_.emplace(domain);
    }
}

void Redactor::declare_server(std::string_view given) {
    const std::string name = base::to_lower(base::trim(given));
    const std::string bare = name.substr(0, name.find('.'));
    const bool tells = !bare.empty() && !is_ip(AF_INET, name) && !is_ip(AF_INET6, name) &&
                       std::find(usual_names.begin(), usual_names.end(), bare) == usual_names.end();
    if (tells) {
        // Known by its first part already, by another name: the same server.
        const auto known = words_.find(bare);
        const bool is_host = known != words_.end() && known->second.starts_with(prefix_of(Kind::host));
        const std::string word = is_host ? known->second : word_for(Kind::host, name);
        words_.try_emplace(name, word);
        know(bare, word);
    }
    declare(Kind::host, name);
}

Redactor::Match Redactor::declared_at(std::string_view text, std::size_t at) const {
    Match match;
    if (!is_border(text, at)) {
        return match;
    }
    const auto try_run = [&](std::string_view run) {
        const auto found = by_run_.find(run);
        if (found == by_run_.end()) {
            return;
        }
        for (const std::string& spelling : found->second) {
            const bool here = text.substr(at, spelling.size()) == spelling && is_border(text, at + spelling.size());
            if (here && spelling.size() > match.length) {
                match = {spelling.size(), words_.at(spelling)};
            }
        }
    };
    try_run("");
    for (std::string_view run = run_at(text, at); !run.empty(); run = run_at(run, 0)) {
        try_run(run);
        // The same name may go on in the text: "contoso" in "contoso-hq".
        while (!run.empty() && is_letter(run.back())) {
            run.remove_suffix(1);
        }
    }
    return match;
}

bool Redactor::is_in_known_domain(std::string_view host) const {
    for (std::string_view rest = host; !rest.empty(); rest = behind(rest, '.')) {
        if (domains_.contains(rest)) {
            return true;
        }
    }
    return false;
}

Redactor::Match Redactor::formed_at(std::string_view text, std::size_t at) {
    if (!is_border(text, at)) {
        return {};
    }
    if (const std::string_view ip = ip_at(text, at); !ip.empty()) {
        return {ip.size(), word_for(Kind::host, std::string(ip))};
    }
    const std::string_view run = run_at(text, at);
    if (run.empty()) {
        return {};
    }
    if (at + run.size() < text.size() && text[at + run.size()] == '@') {
        const std::string_view domain = run_at(text, at + run.size() + 1);
        if (domain.find('.') != std::string_view::npos) {
            const std::string_view address = text.substr(at, run.size() + 1 + domain.size());
            return {address.size(), word_for(Kind::address, std::string(address))};
        }
    }
    return is_in_known_domain(run) ? Match{run.size(), word_for(Kind::host, std::string(run))} : Match{};
}

std::string Redactor::redacted(std::string_view text) {
    const std::string lower = base::to_lower(text);
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        Match match = declared_at(lower, at);
        if (Match formed = formed_at(lower, at); formed.length > match.length) {
            match = std::move(formed);
        }
        if (match.length == 0) {
            result += text[at++];
        } else {
            result += match.word;
            at += match.length;
        }
    }
    return result;
}

Report redacted(Report report) {
    using Kind = Redactor::Kind;
    Redactor redactor;
    Head& head = report.head;
    for (const MailboxRow& row : report.mailboxes) {
        redactor.declare(Kind::mailbox, row.address);
    }
    redactor.declare(Kind::source, head.source);
    const std::string_view username = head.login.username;
    for (const std::string_view name : {username,
                                        std::string_view(head.login.upn),
                                        behind(username, '\\'),
                                        before(username, '\\'),
                                        before(username, '@'),
                                        before(head.login.upn, '@'),
                                        std::string_view(head.login.account)}) {
        redactor.declare(Kind::account, name);
    }
    redactor.declare_server(host_of(head.url));
    for (const std::string& server : head.servers) {
        redactor.declare_server(server);
    }
    redactor.declare_server(head.vantage.host);
    redactor.declare(Kind::host, head.vantage.source_address);

    const auto hide = [&](std::string& text) { text = redactor.redacted(text); };
    const auto hide_check = [&](CheckRow& row) {
        hide(row.detail);
        hide(row.remedy);
    };
    for (std::string* const text : {&head.url,
                                    &head.source,
                                    &head.login.account,
                                    &head.login.username,
                                    &head.login.upn,
                                    &head.vantage.host,
                                    &head.vantage.source_address,
                                    &head.vantage.user_agent}) {
        hide(*text);
    }
    for (Finding& finding : head.findings) {
        hide(finding.why);
        hide(finding.remedy);
        std::for_each(finding.examples.begin(), finding.examples.end(), hide);
    }
    std::for_each(head.source_checks.begin(), head.source_checks.end(), hide_check);
    std::for_each(head.servers.begin(), head.servers.end(), hide);
    for (MailboxRow& row : report.mailboxes) {
        hide(row.address);
        if (row.excepted) {
            hide(row.excepted->reason);
        }
        std::for_each(row.checks.begin(), row.checks.end(), hide_check);
    }
    return report;
}

} // namespace mailpreflight::report
