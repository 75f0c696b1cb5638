#include "ews/front_door.hpp"

#include "base/text.hpp"
#include "ews/owa_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mailpreflight::ews {

namespace {

constexpr std::size_t longest_read = 64 * 1024; ///< of a page that is searched for words

enum class Product { adfs, entra, tmg, uag, f5, citrix, kemp, okta, one_time_password, waf, captive_portal, proxy };

struct Name {
    std::string_view kind;
    std::string_view product;
};

constexpr std::string_view second_factor = "one_time_password";

Name name_of(Product product) {
    switch (product) {
    case Product::adfs:
        return {"adfs", "AD FS"};
    case Product::entra:
        return {"entra_id", "Microsoft Entra ID"};
    case Product::tmg:
        return {"isa_tmg", "ISA or TMG"};
    case Product::uag:
        return {"uag", "UAG"};
    case Product::f5:
        return {"f5_apm", "F5 BIG-IP APM"};
    case Product::citrix:
        return {"citrix_adc", "Citrix ADC"};
    case Product::kemp:
        return {"kemp_esp", "Kemp ESP"};
    case Product::okta:
        return {"okta", "Okta"};
    case Product::one_time_password:
        return {second_factor, "a page that wants a one-time password"};
    case Product::waf:
        return {"waf", "a web application firewall"};
    case Product::captive_portal:
        return {"captive_portal", "a captive portal"};
    case Product::proxy:
        return {"proxy", "a proxy that wants a login of its own"};
    }
    return {};
}

struct Mark {
    std::string_view text; ///< lower case
    Product product;
};

constexpr std::array host_beginnings{
    Mark{"login.microsoftonline.", Product::entra},
    Mark{"login.partner.microsoftonline.", Product::entra},
    Mark{"login.windows.net", Product::entra},
};

constexpr std::array host_endings{
    Mark{".okta.com", Product::okta},
    Mark{".okta-emea.com", Product::okta},
    Mark{".oktapreview.com", Product::okta},
    Mark{".duosecurity.com", Product::one_time_password},
};

/// Of a redirect's path and of a form's action.
constexpr std::array path_marks{
    Mark{"/adfs/ls", Product::adfs},
    Mark{"/cookieauth.dll", Product::tmg},
    Mark{"/internalsite/", Product::uag},
    Mark{"/my.policy", Product::f5},
    Mark{"/vpn/", Product::citrix},
    Mark{"/logon/logonpoint/", Product::citrix},
    Mark{"/nf/auth/", Product::citrix},
    Mark{"/lm_auth_proxy", Product::kemp},
    Mark{"/pinsafeisafilter.dll", Product::one_time_password},
};

/// By the beginning of a cookie's name.
constexpr std::array cookie_marks{
    Mark{"mrhsession", Product::f5},
    Mark{"lastmrh_session", Product::f5},
    Mark{"f5_st", Product::f5},
    Mark{"mrhshint", Product::f5},
    Mark{"nsc_tmaa", Product::citrix},
    Mark{"nsc_tmas", Product::citrix},
    Mark{"nsc_aaac", Product::citrix},
    Mark{"nsc_tass", Product::citrix},
    Mark{"openidconnect.nonce", Product::entra},
};

/// Names of fields that ask for what changes each minute (owa-and-auth.md 2.2).
constexpr std::array one_time_fields{"passcode", "otc", "safewordpassword"};

/// Pages that refuse a request in the name of a filter.
constexpr std::array page_marks{
    Mark{"/internalsite/", Product::uag},
    Mark{"support id is", Product::waf},
    Mark{"incapsula incident id", Product::waf},
    Mark{"cloudflare ray id", Product::waf},
    Mark{"mod_security", Product::waf},
};

template <typename Marks, typename Fits>
std::optional<Product> search(const Marks& marks, Fits&& fits) {
    const auto mark = std::find_if(marks.begin(), marks.end(), [&](const Mark& m) { return fits(m.text); });
    return mark == marks.end() ? std::nullopt : std::optional(mark->product);
}

std::optional<Product> by_path(std::string_view target) {
    const std::string path = base::to_lower(target.substr(0, target.find('?')));
    return search(path_marks, [&](std::string_view text) { return path.find(text) != std::string::npos; });
}

std::optional<Product> by_target(const http::Url& to, const http::Url& asked) {
    const auto begins = search(host_beginnings, [&](std::string_view text) { return to.host.rfind(text, 0) == 0; });
    if (begins) {
        return begins;
    }
    const auto ends = search(host_endings, [&](std::string_view text) {
        return to.host.size() > text.size() && to.host.compare(to.host.size() - text.size(), text.size(), text) == 0;
    });
    if (ends) {
        return ends;
    }
    if (const auto path = by_path(to.target)) {
        return path;
    }
    // Nobody sends OWA's users to a plain page of somebody else.
    return to.scheme == "http" && to.host != asked.host ? std::optional(Product::captive_portal) : std::nullopt;
}

std::optional<Product> by_header(const http::Response& response) {
    for (const std::string_view cookie : response.headers.all("Set-Cookie")) {
        const auto found =
            search(cookie_marks, [&](std::string_view text) { return base::starts_with_ignoring_case(cookie, text); });
        if (found) {
            return found;
        }
    }
    if (base::starts_with_ignoring_case(response.headers.first("Server"), "BigIP")) {
        return Product::f5;
    }
    return std::nullopt;
}

std::optional<Product> by_page(const http::Response& response) {
    for (const HtmlForm& form : forms_of(response.body)) {
        if (const auto found = by_path(form.action)) {
            return found;
        }
        for (const std::string& name : form.asked) {
            const std::string low = base::to_lower(name);
            if (std::find(one_time_fields.begin(), one_time_fields.end(), low) != one_time_fields.end()) {
                return Product::one_time_password;
            }
        }
    }
    const std::string page = base::to_lower(std::string_view(response.body).substr(0, longest_read));
    return search(page_marks, [&](std::string_view text) { return page.find(text) != std::string::npos; });
}

FrontDoor door(Product product, std::string host, std::string redirect = {}) {
    const Name name = name_of(product);
    return {std::string(name.kind), std::string(name.product), std::move(host), std::move(redirect)};
}

} // namespace

std::optional<FrontDoor> front_door_of(const http::Url& asked, const http::Response& response) {
    if (response.status == 407) {
        return door(Product::proxy, asked.host);
    }
    if (response.status == 511) {
        return door(Product::captive_portal, asked.host);
    }
    const bool redirects = response.status >= 300 && response.status < 400;
    if (redirects) {
        auto to = http::resolve_location(asked, response.headers.first("Location"));
        if (to) {
            const auto product = by_target(*to, asked);
            to->target = to->target.substr(0, to->target.find('?')); // the query holds a nonce at best
            if (product) {
                FrontDoor found = door(*product, to->host, http::to_text(*to));
                if (*product == Product::adfs && response.status == 307) {
                    found.kind = "web_application_proxy";
                    found.product = "Web Application Proxy with AD FS";
                }
                return found;
            }
            if (const auto header = by_header(response)) {
                return door(*header, to->host, http::to_text(*to));
            }
            return std::nullopt;
        }
    }
    if (const auto product = by_header(response)) {
        return door(*product, asked.host);
    }
    if (const auto product = by_page(response)) {
        return door(*product, asked.host);
    }
    return std::nullopt;
}

bool wants_second_factor(const FrontDoor& door) {
    return door.kind == second_factor;
}

std::string to_text(const FrontDoor& door) {
    return fmt::format("{} at {}", door.product, door.host);
}

} // namespace mailpreflight::ews
