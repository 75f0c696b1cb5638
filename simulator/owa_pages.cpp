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

HttpResponse
to_logon(const HttpRequest& request, const ServerSettings& server, std::string_view destination, int reason) {
    if (server.version.product == Product::exchange_2003) {
        HttpResponse response = redirect(fmt::format("https://{}/exchweb/bin/auth/owalogon.asp?url={}&reason={}"
                                                     "&replaceCurrent=1",
                                                     request.host(),
                                                     destination,
                                                     reason));
        response.body.clear();
        response.close = true;
        return response;
    }
    return redirect(fmt::format(
        "https://{}/owa/auth/logon.aspx?url={}&reason={}", request.host(), percent_encode(destination), reason));
}

HttpResponse outer_logon(const ServerSettings& server, std::string_view destination) {
    const std::string inner = "/owa/auth/logon.aspx?replaceCurrent=1&url=";
    if (server.logon_page == "frame") {
        return html(200,
                    fmt::format("<html><head><title>Outlook Web Access</title></head><frameset rows=\"*\"><frame "
                                "src=\"{}{}\"></frameset></html>",
                                inner,
                                percent_encode(destination)));
    }
    return html(200,
                fmt::format("<html><head><title>Outlook Web Access</title><script>\n<!--\nvar a_sUrl = \"{}\";\nvar "
                            "a_sLgn = \"{}\";\n//-->\n</script></head><body></body></html>",
                            percent_encode(destination),
                            inner));
}

HttpResponse cross_site(std::string_view host, std::string_view name, std::string_view password) {
    return html(200,
                fmt::format("<html><body onload=\"document.logonForm.submit()\"><form name=\"logonForm\" "
                            "method=\"POST\" action=\"https://{}/cross-site/owaauth.dll\"><input type=\"hidden\" "
                            "name=\"username\" value=\"{}\"><input type=\"hidden\" name=\"password\" "
                            "value=\"{}\"></form></body></html>",
                            host,
                            xml_escape(name),
                            xml_escape(password)));
}

namespace {

std::string label(const ServerSettings& server) {
    if (server.logon_format == "PrincipalName") {
        return "User principal name (UPN):";
    }
    return server.logon_format == "UserName" ? "User name:" : "Domain\\user name:";
}

/** The hidden fields, up to the ones that are typed in, as each version has them. */
std::string hidden_fields(const ServerSettings& server, std::string_view destination) {
    const std::string to =
        fmt::format("<input type=\"hidden\" name=\"destination\" value=\"{}\">", xml_escape(destination));
    switch (server.version.product) {
    case Product::exchange_2003:
        return to + "<input type=\"hidden\" name=\"flags\" value=\"0\">";
    case Product::exchange_2007:
        return to + "<input type=\"hidden\" name=\"flags\" value=\"0\"><input type=\"hidden\" name=\"forcedownlevel\" "
                    "value=\"0\"><input type=\"radio\" name=\"trusted\" value=\"0\" checked><input type=\"radio\" "
                    "name=\"trusted\" value=\"4\">";
    case Product::exchange_2010:
    case Product::exchange_2013:
    case Product::exchange_2016:
    case Product::exchange_2019:
    case Product::exchange_se:
        return to + "<input type=\"hidden\" name=\"flags\" value=\"4\"><input type=\"hidden\" name=\"forcedownlevel\" "
                    "value=\"0\">";
    }
    __builtin_unreachable();
}

std::string last_fields(const ServerSettings& server) {
    if (server.version.product == Product::exchange_2003) {
        return "<input type=\"radio\" name=\"trusted\" value=\"0\" checked><input type=\"radio\" name=\"trusted\" "
               "value=\"4\"><input type=\"submit\" name=\"SubmitCreds\" value=\"Log On\"><input type=\"checkbox\" "
               "name=\"forcedownlevel\" value=\"1\">";
    }
    const std::string twin = server.version.product == Product::exchange_2007
                                 ? ""
                                 : "<input id=\"passwordText\" name=\"passwordText\" style=\"display: none;\">";
    return twin + "<input type=\"hidden\" name=\"isUtf8\" value=\"1\"><div class=\"signInEnter\">sign in</div>";
}

std::string action(const ServerSettings& server) {
    switch (server.version.product) {
    case Product::exchange_2003:
        return "/exchweb/bin/auth/owaauth.dll";
    case Product::exchange_2007:
        return "owaauth.dll";
    case Product::exchange_2010:
    case Product::exchange_2013:
    case Product::exchange_2016:
    case Product::exchange_2019:
    case Product::exchange_se:
        return "/owa/auth.owa";
    }
    __builtin_unreachable();
}

} // namespace

HttpResponse logon(const HttpRequest& request, const ServerSettings& server) {
    const std::string query = request.query();
    const bool of_2003 = server.version.product == Product::exchange_2003;
    const std::string start = fmt::format("https://{}/{}", request.host(), of_2003 ? "exchange" : "owa/");
    const std::string destination = form_field(query, "url").value_or(start);
    const std::string reason = form_field(query, "reason").value_or("0");
    const bool modern = server.version.product >= Product::exchange_2016;
    std::string note;
    if (reason == "2") {
        note = "<div id=\"signInErrorDiv\" class=\"signInError\" role=\"alert\">The user name or password you entered "
               "isn't correct. Try entering it again.</div>";
    } else if (reason != "0") {
        note = "<div id=\"expltxt\" class=\"signInExpl\">Your session has ended. To protect your account, sign in "
               "again.</div>";
    }
    const std::string marks = of_2003
                                  ? "<img src=\"/exchweb/img/logon.gif\">"
                                  : fmt::format("<!-- OwaPage = ASP.auth_logon_aspx -->"
                                                "<!-- {{57A118C6-2DA9-419d-BE9A-F92B0F9A418B}} -->"
                                                "<link rel=\"shortcut icon\" href=\"{}favicon.ico\" "
                                                "type=\"image/x-icon\"><noscript>To use Outlook, browser settings must "
                                                "allow scripts to run.</noscript>",
                                                resource_path(server));
    return html(of_2003 ? 200 : server.logon_status,
                page(of_2003  ? "Microsoft Outlook Web Access - Logon"
                     : modern ? "Outlook"
                              : "Outlook Web App",
                     fmt::format("{}<form action=\"{}\" method=\"POST\" name=\"logonForm\" "
                                 "enctype=\"application/x-www-form-urlencoded\" autocomplete=\"off\">{}{}"
                                 "<label for=\"username\">{}</label>"
                                 "<input id=\"username\" name=\"username\" class=\"signInInputText\">"
                                 "<input id=\"password\" name=\"password\" type=\"password\">{}</form>",
                                 marks,
                                 action(server),
                                 hidden_fields(server, destination),
                                 note,
                                 label(server),
                                 last_fields(server))));
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
