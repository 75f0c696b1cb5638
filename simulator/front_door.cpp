#include "simulator/front_door.hpp"

#include "simulator/owa_pages.hpp"
#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailpreflight::simulator {

namespace {

/** Paths on the source's own host that belong to products in front of it, or to another site's logon. */
constexpr std::array<std::string_view, 9> foreign_paths = {"/cookieauth.dll",
                                                           "/internalsite/",
                                                           "/my.policy",
                                                           "/vpn/",
                                                           "/lm_auth_proxy",
                                                           "/otp/",
                                                           "/sso/",
                                                           "/cgi/",
                                                           "/cross-site/"};

bool is_foreign(std::string_view path) {
    return std::ranges::any_of(foreign_paths, [&](std::string_view start) { return path.starts_with(start); });
}

HttpResponse form(std::string_view action, std::string_view more = {}) {
    return pages::html(200,
                       fmt::format("<html><head><title>Sign in</title></head><body><form method=\"POST\" "
                                   "action=\"{}\"><input name=\"username\"><input type=\"password\" "
                                   "name=\"password\">{}<input type=\"submit\" name=\"SubmitCreds\" value=\"Log "
                                   "On\"></form></body></html>",
                                   action,
                                   more));
}

HttpResponse temporary_redirect(std::string location) {
    HttpResponse response = pages::redirect(std::move(location));
    response.status = 307;
    return response;
}

std::string adfs_url(const HttpRequest& request, const ServerSettings& server) {
    return fmt::format(
        "https://sts.{}/adfs/ls/?wa=wsignin1.0&wtrealm={}&wctx=rm%3d0%26id%3dpassive%26ru%3d%252fowa%252f"
        "&wct=2026-03-01T12%3a00%3a00Z",
        server.dns_suffix,
        percent_encode(fmt::format("https://{}/owa/", request.host())));
}

HttpResponse tmg(const HttpRequest& request) {
    if (request.path() == "/cookieauth.dll") {
        return form("/CookieAuth.dll?Logon",
                    "<input type=\"hidden\" name=\"curl\" value=\"Z2FowaZ2F\"><input type=\"hidden\" name=\"flags\" "
                    "value=\"0\"><input type=\"hidden\" name=\"forcedownlevel\" value=\"0\"><input type=\"hidden\" "
                    "name=\"formdir\" value=\"1\"><input type=\"radio\" name=\"trusted\" value=\"0\" checked>");
    }
    return pages::redirect("/CookieAuth.dll?GetLogon?curl=Z2FowaZ2F&reason=0&formdir=1");
}

HttpResponse f5(const HttpRequest& request) {
    HttpResponse response = request.path() == "/my.policy" ? form("/my.policy") : pages::redirect("/my.policy");
    response.add("Server", "BigIP");
    response.add("Set-Cookie", "LastMRH_Session=a1b2c3d4; path=/; secure");
    response.add("Set-Cookie", "MRHSession=0123456789abcdef; path=/; secure");
    return response;
}

HttpResponse citrix(const HttpRequest& request) {
    HttpResponse response =
        request.path().starts_with("/vpn/") ? form("/cgi/login") : pages::redirect("/vpn/index.html");
    response.add("Set-Cookie", "NSC_TASS=L293YS8=; path=/; secure");
    return response;
}

HttpResponse uag(const HttpRequest& request) {
    return request.path().starts_with("/internalsite/")
               ? form("/InternalSite/Validate.asp")
               : pages::redirect("/InternalSite/InitParams.aspx?referrer=/InternalSite/Login.asp&resource_id=owa");
}

HttpResponse answer_of(const std::string& kind, const HttpRequest& request, const ServerSettings& server) {
    if (kind == "adfs") {
        return pages::redirect(adfs_url(request, server));
    }
    if (kind == "wap") {
        return temporary_redirect(adfs_url(request, server));
    }
    if (kind == "entra") {
        return pages::redirect(
            "https://login.microsoftonline.com/common/oauth2/authorize?client_id=00000002-0000-0ff1-ce00-000000000000"
            "&response_mode=form_post&response_type=code+id_token&scope=openid&nonce=1.2");
    }
    if (kind == "tmg") {
        return tmg(request);
    }
    if (kind == "uag") {
        return uag(request);
    }
    if (kind == "f5") {
        return f5(request);
    }
    if (kind == "citrix") {
        return citrix(request);
    }
    if (kind == "kemp") {
        return form("/lm_auth_proxy?LMLogon");
    }
    if (kind == "okta") {
        return pages::redirect("https://contoso.okta.com/app/office365/exk1/sso/wsfed/passive?wa=wsignin1.0");
    }
    if (kind == "otp") {
        return form("/otp/login", "<input name=\"passcode\">");
    }
    if (kind == "captive_portal") {
        return pages::redirect("http://portal.hotel.example/login?to=owa");
    }
    if (kind == "waf") {
        return pages::html(403,
                           "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. "
                           "Your support ID is: 4711</body></html>");
    }
    if (kind == "proxy") {
        HttpResponse response = pages::html(407, "<html><body>Proxy login</body></html>");
        response.add("Proxy-Authenticate", "Basic realm=\"proxy\"");
        return response;
    }
    return form("/sso/login");
}

/** ISA and TMG take the password themselves and pass it on. */
FrontDoorAnswer tmg_logon(const HttpRequest& request, Shared& shared, TimePoint now) {
    const std::string name = form_field(request.body, "username").value_or("");
    const std::string password = form_field(request.body, "password").value_or("");
    FrontDoorAnswer answer;
    answer.verdict = shared.state.directory.present(Door::owa_form, name, password, now);
    if (answer.verdict == Verdict::accepted) {
        answer.response = pages::redirect(fmt::format("https://{}/owa/", request.host()));
        for (const std::string& cookie : shared.sessions.open(Product::exchange_2003, name, password, now)) {
            answer.response->add("Set-Cookie", cookie);
        }
    } else {
        answer.response = pages::redirect("/CookieAuth.dll?GetLogon?curl=Z2FowaZ2F&reason=2&formdir=1");
    }
    return answer;
}

} // namespace

FrontDoorAnswer serve_front_door(const HttpRequest& request, Shared& shared, TimePoint now) {
    const ServerSettings& server = shared.state.server;
    const std::string path = request.path();
    const bool foreign = is_foreign(path);
    const bool guarded = !server.front_door.empty() &&
                         std::ranges::any_of(server.front_door_paths, [&](const std::string& guarded_path) {
                             return path.starts_with(guarded_path);
                         });
    if (request.method == "POST" && (foreign || (guarded && form_field(request.body, "password")))) {
        ++shared.client_faults.posts_to_foreign_forms;
    }
    if (!foreign && !guarded) {
        return {};
    }
    if (server.front_door == "tmg") {
        if (request.method == "POST" && path == "/cookieauth.dll") {
            return tmg_logon(request, shared, now);
        }
        if (const FormsSession* session = shared.sessions.find(request.cookie("cadata")); session && guarded) {
            FrontDoorAnswer answer;
            answer.verdict = shared.state.directory.present(Door::owa_cookie, session->name, session->password, now);
            if (answer.verdict == Verdict::accepted) {
                answer.account = shared.state.directory.find(session->name)->logon_name();
                return answer;
            }
        }
    }
    FrontDoorAnswer answer;
    answer.response =
        server.front_door.empty() ? pages::html(404, "<html></html>") : answer_of(server.front_door, request, server);
    return answer;
}

} // namespace mailpreflight::simulator
