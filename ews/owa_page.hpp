#pragma once

#include "core/cause.hpp"
#include "http/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailpreflight::ews {

/// A form of an HTML page, as far as logging in needs it.
struct HtmlForm {
    std::string action;             ///< as written, may be relative or empty
    std::string method;             ///< lower case, "" when absent
    std::vector<std::string> asked; ///< names of the fields that a person fills in: text, password and the like
    /// Name and value of what a browser sends: of radio buttons and boxes the chosen one, of buttons the first.
    std::vector<std::pair<std::string, std::string>> fields;

    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] std::string_view value(std::string_view name) const;
    bool operator==(const HtmlForm&) const = default;
};

/// All forms of a page, at most 20, each with at most 100 fields. Pure; any bytes will do. A page of more than 256 KiB
/// or 4000 tags has none for us: the parser's time grows with the square of the depth.
std::vector<HtmlForm> forms_of(std::string_view html);

/// The form that may be posted to: a POST form that asks for exactly OWA's fields `username` and `password`
/// (passwordText is its hidden twin), has `destination`, and goes to auth.owa or owaauth.dll, of whatever host: the
/// caller compares that (owa-and-auth.md 2.1, 2.2). Anything else is another product's page.
std::optional<HtmlForm> owa_logon_form(std::string_view html);

/// The form of ISA and TMG: goes to /CookieAuth.dll?Logon, asks for user name and password alone, and carries `curl`.
/// It is posted to only where the operator says so.
std::optional<HtmlForm> tmg_logon_form(std::string_view html);

/// Where a page of 2007's time leads a browser that runs its script (variables a_sUrl and a_sLgn or a_sLgnQS), or by
/// its only frame: relative or absolute, as written; empty: nowhere (owa-and-auth.md 2.2).
std::string scripted_location(std::string_view html);

/// The LogonFormat that the label of the field for the name hints at, by what no language changes: "FullDomain" for a
/// backslash, "PrincipalName" for an @ or "UPN", else "unknown".
std::string logon_format_of(std::string_view html);

/// The page that asks for language and time zone: its form goes to lang.owa and is never submitted.
bool is_language_page(std::string_view html);

/// A page of OWA's own logon that says the last try was refused (an element with id signInErrorDiv).
bool shows_sign_in_error(std::string_view html);

/// The build in the resource paths of a logon page: "15.2.1748", "14.3.169.1"; empty: none (owa-and-auth.md 4).
std::string build_of_page(std::string_view html);

/// The last OWA exception type that an answer names: header X-OWA-Error, owaError of an error page's address; empty:
/// none.
std::string owa_error_of(const http::Response& response);

/// What an OWA exception type means for the mailbox or account that was asked for (owa-and-auth.md 3.3).
core::Cause cause_of_owa_error(std::string_view exception_type);

/// A parameter of a URL's query, percent-decoded; empty when absent. Names compare without case.
std::string query_value(std::string_view target, std::string_view name);

} // namespace mailpreflight::ews
