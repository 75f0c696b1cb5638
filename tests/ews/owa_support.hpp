#pragma once

#include "tests/ews/support.hpp"

#include <string>

namespace mailpreflight::ews::test {

inline const std::string owa_host = "mail.contoso.example";

/// A logon page as the reference describes those of 2013 to SE (owa-and-auth.md 2.2).
inline std::string logon_page(const std::string& action = "/owa/auth.owa", const std::string& more = "") {
    return "<!DOCTYPE html><!-- OwaPage = ASP.auth_logon_aspx --><html><head><title>Outlook</title>"
           "<link rel=\"shortcut icon\" href=\"/owa/auth/15.2.1748/themes/resources/favicon.ico\"></head><body>"
           "<form name=\"logonForm\" method=\"POST\" action=\"" +
           action +
           "\" enctype=\"application/x-www-form-urlencoded\">"
           "<input type=\"hidden\" name=\"destination\" value=\"https://mail.contoso.example/owa/\">"
           "<input type=\"hidden\" name=\"flags\" value=\"4\"><input type=\"hidden\" name=\"forcedownlevel\" "
           "value=\"0\">"
           "<input id=\"username\" name=\"username\"><input type=\"password\" name=\"password\">"
           "<input type=\"text\" name=\"passwordText\" style=\"display:none\"><input type=\"hidden\" name=\"isUtf8\" "
           "value=\"1\">" +
           more + "</form></body></html>";
}

inline http::Response page(int status, const std::string& body) {
    return response(status, body, {{"Content-Type", "text/html; charset=utf-8"}, {"X-FEServer", "FE1"}});
}

inline http::Response to(const std::string& location) {
    return response(302, "", {{"Location", location}, {"X-FEServer", "FE1"}});
}

inline http::Response logged_in(const std::string& location = "https://mail.contoso.example/owa/") {
    http::Response made = to(location);
    for (const char* const name : {"cadata", "cadataTTL", "cadataKey", "cadataIV", "cadataSig"}) {
        made.headers.add("Set-Cookie", std::string(name) + "=QUJD" + name + "; path=/; secure; HttpOnly");
    }
    return made;
}

inline http::Response shell() {
    http::Response made = page(200, "<html><body>OWA</body></html>");
    made.headers.add("Set-Cookie", "X-OWA-CANARY=abc; path=/; secure");
    made.headers.add("X-BEServer", "BE1");
    made.headers.add("X-OWA-Version", "15.2.1748.10");
    return made;
}

inline http::Response error_page(const std::string& type) {
    return to("https://mail.contoso.example/owa/auth/errorfe.aspx?httpCode=500&msg=1&owaError=" + type +
              "&owaVer=15.2.1748.10&be=BE1");
}

} // namespace mailpreflight::ews::test
