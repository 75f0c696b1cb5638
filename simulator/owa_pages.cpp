#include "simulator/owa_pages.hpp"

#include "simulator/text.hpp"

#include <fmt/format.h>

namespace mailpreflight::simulator::pages {

namespace {

std::string resource_path(const ServerSettings& server) {
    // Up to 2010 with four parts below /owa, from 2013 on with three below /owa/auth.
    if (server.version.product <= Product::exchange_2010) {
        return "/owa/" + server.version.full() + "/themes/resources/";
    }
    return "/owa/auth/" + server.version.cumulative_update() + "/themes/resources/";
}

std::string page(std::string_view title, std::string_view body) {
    return fmt::format("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.0 Transitional//EN\">\r\n"
                       "<!-- Copyright (c) 2011 Microsoft Corporation.  All rights reserved. -->\r\n"
                       "<html><head><title>{}</title></head><body>{}</body></html>\r\n",
                       title,
                       body);
}

} // namespace

HttpResponse html(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    response.add("Content-Type", "text/html; charset=utf-8");
    return response;
}

HttpResponse redirect(std::string location) {
    HttpResponse response =
        html(302,
             fmt::format("<html><head><title>Object moved</title></head><body>\r\n<h2>Object moved to "
                         "<a href=\"{}\">here</a>.</h2>\r\n</body></html>\r\n",
                         xml_escape(location)));
    response.add("Location", std::move(location));
    return response;
}

HttpResponse to_logon(const HttpRequest& request, std::string_view destination, int reason) {
    return redirect(fmt::format(
        "https://{}/owa/auth/logon.aspx?url={}&reason={}", request.host(), percent_encode(destination), reason));
}

HttpResponse logon(const HttpRequest& request, const ServerSettings& server) {
    const std::string query = request.query();
    const std::string destination = form_field(query, "url").value_or(fmt::format("https://{}/owa/", request.host()));
    const std::string reason = form_field(query, "reason").value_or("0");
    const bool old = server.version.product == Product::exchange_2007;
    const bool modern = server.version.product >= Product::exchange_2016;
    std::string note;
    if (reason == "2") {
        note = "<div id=\"signInErrorDiv\" class=\"signInError\" role=\"alert\">The user name or password you entered "
               "isn't correct. Try entering it again.</div>";
    } else if (reason != "0") {
        note = "<div id=\"expltxt\" class=\"signInExpl\">Your session has ended. To protect your account, sign in "
               "again.</div>";
    }
    return html(200,
                page(modern ? "Outlook" : "Outlook Web App",
                     fmt::format("<!-- OwaPage = ASP.auth_logon_aspx -->"
                                 "<!-- {{57A118C6-2DA9-419d-BE9A-F92B0F9A418B}} -->"
                                 "<link rel=\"shortcut icon\" href=\"{}favicon.ico\" type=\"image/x-icon\">"
                                 "<noscript>To use Outlook, browser settings must allow scripts to run.</noscript>"
                                 "<form action=\"{}\" method=\"POST\" name=\"logonForm\" "
                                 "enctype=\"application/x-www-form-urlencoded\" autocomplete=\"off\">"
                                 "<input type=\"hidden\" name=\"destination\" value=\"{}\">"
                                 "<input type=\"hidden\" name=\"flags\" value=\"4\">"
                                 "<input type=\"hidden\" name=\"forcedownlevel\" value=\"0\">{}"
                                 "<label for=\"username\">Domain\\user name:</label>"
                                 "<input id=\"username\" name=\"username\" class=\"signInInputText\">"
                                 "<input id=\"password\" name=\"password\" type=\"password\">"
                                 "<input id=\"passwordText\" name=\"passwordText\" style=\"display: none;\">"
                                 "<input type=\"hidden\" name=\"isUtf8\" value=\"1\">"
                                 "<div class=\"signInEnter\">sign in</div></form>",
                                 resource_path(server),
                                 old ? "owaauth.dll" : "/owa/auth.owa",
                                 xml_escape(destination),
                                 note)));
}

HttpResponse login_timeout() {
    HttpResponse response =
        html(440, "<html><head><title>440 Login Timeout</title></head><body>440 Login Timeout</body></html>");
    response.close = true;
    return response;
}

HttpResponse expired_password(const ServerSettings& server) {
    return html(200,
                page("Outlook",
                     fmt::format("<!-- OwaPage = ASP.auth_expiredpassword_aspx --><link href=\"{}owafont.css\">"
                                 "<form action=\"/owa/auth/expiredpassword.aspx?url=/owa/auth.owa\" "
                                 "method=\"POST\" name=\"expPwdForm\">"
                                 "<input name=\"username\"><input name=\"oldPwd\" type=\"password\">"
                                 "<input name=\"newPwd1\" type=\"password\">"
                                 "<input name=\"newPwd2\" type=\"password\"></form>",
                                 resource_path(server))));
}

HttpResponse language_selection(const ServerSettings& server) {
    return html(200,
                page("Outlook",
                     fmt::format("<!-- OwaPage = ASP.languageselection_aspx --><link href=\"{}owafont.css\">"
                                 "<form action=\"/owa/lang.owa\" method=\"POST\">"
                                 "<input type=\"hidden\" name=\"destination\" value=\"\">"
                                 "<select name=\"localeName\"><option value=\"en-US\"></option></select>"
                                 "<select name=\"tzid\"><option value=\"UTC\"></option></select></form>",
                                 resource_path(server))));
}

HttpResponse shell(const ServerSettings& server) {
    return html(200,
                page(server.version.product >= Product::exchange_2016 ? "Mail - Outlook" : "Outlook Web App",
                     "<div id=\"preloadDiv\"></div><script>var pageDataPayload = {};</script>"));
}

HttpResponse
to_error(const HttpRequest& request, const State& state, const std::string& back_end, std::string_view exception) {
    // FILETIME of no particular moment: clients may only treat it as opaque.
    return redirect(fmt::format(
        "https://{}/owa/auth/errorfe.aspx?httpCode=500&msg=861904327&owaError={}&owaVer={}&be={}&ts=133500000000000000",
        request.host(),
        percent_encode(exception),
        state.server.version.full(),
        back_end));
}

HttpResponse error(const HttpRequest& request, const State& state) {
    const std::string query = request.query();
    const std::string exception = form_field(query, "owaError").value_or("");
    HttpResponse response =
        html(200,
             page("Error",
                  fmt::format("<!-- OwaPage = ASP.auth_errorfe_aspx --><div id=\"errMsg\">something went "
                              "wrong</div><div class=\"errorDetails\">{}</div>",
                              xml_escape(exception))));
    if (!exception.empty()) {
        response.add("X-OWA-Error", exception);
        response.add("X-OWA-Version", state.server.version.full());
        response.add("X-BEServer", form_field(query, "be").value_or(state.server.back_end));
    }
    return response;
}

} // namespace mailpreflight::simulator::pages
