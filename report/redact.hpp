#pragma once

#include "report/report.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::report {

/// Replaces names by short words, the same name by the same word: mailbox-001, account-001, host-001, source-001. How a
/// name is written does not matter: its case, PowerShell's quotes, or what stands around it (no letter, no digit).
/// E-mail addresses, network addresses and hosts of a known domain need not be declared: their form tells.
class Redactor {
public:
    enum class Kind { mailbox, account, source, host, address };

    /// What to hide; the first kind that a name is declared as counts.
    void declare(Kind kind, std::string_view name);
    /// A server, by its whole name and by the first part of it: EX01 of ex01.contoso.example.
    void declare_server(std::string_view name);
    [[nodiscard]] std::string redacted(std::string_view text);

private:
    struct Match {
        std::size_t length = 0; ///< 0: no name begins here
        std::string word;
    };

    /// The word for a name, made where it is met first.
    std::string word_for(Kind kind, const std::string& name);
    void know(const std::string& spelling, const std::string& word);
    [[nodiscard]] Match declared_at(std::string_view text, std::size_t at) const;
    Match formed_at(std::string_view text, std::size_t at);
    [[nodiscard]] bool is_in_known_domain(std::string_view host) const;

    std::map<std::string, std::string> words_;
    std::map<Kind, std::size_t> used_;
    /// Spellings by the run of letters that they begin with.
    std::map<std::string, std::vector<std::string>, std::less<>> by_run_;
    std::set<std::string, std::less<>> domains_;
};

/// The report without the names of mailboxes, account, source and hosts. The batch keeps its name.
Report redacted(Report report);

} // namespace mailpreflight::report
