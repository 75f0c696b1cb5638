#include "ews/owa_page.hpp"

#include "base/text.hpp"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <memory>

namespace mailpreflight::ews {

namespace {

constexpr std::size_t most_forms = 20;
constexpr std::size_t most_fields = 100;
constexpr std::size_t longest_page = 256 * 1024;
constexpr auto most_tags = 4000;

/// What gumbo may be given: it takes seconds for pages that nobody would write, and destroys its tree by recursion.
std::string_view parsable(std::string_view html) {
    const bool fits = html.size() <= longest_page && std::count(html.begin(), html.end(), '<') <= most_tags;
    return fits ? html : std::string_view();
}

class Page {
public:
    explicit Page(std::string_view html) :
        html_(parsable(html)),
        output_(::gumbo_parse_with_options(&kGumboDefaultOptions, html_.c_str(), html_.size())) {}

    /// Visits every element without recursion: a hostile page is as deep as it likes.
    template <typename Visit>
    void each(Visit&& visit) const {
        std::vector<const GumboNode*> open{output_->root};
        while (!open.empty()) {
            const GumboNode* const node = open.back();
            open.pop_back();
            if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) {
                continue;
            }
            visit(node->v.element);
            const GumboVector& children = node->v.element.children;
            for (unsigned int i = children.length; i > 0; --i) {
                open.push_back(static_cast<const GumboNode*>(children.data[i - 1]));
            }
        }
    }

private:
    struct Destroy {
        void operator()(GumboOutput* output) const {
            ::gumbo_destroy_output(&kGumboDefaultOptions, output);
        }
    };
    std::string html_; ///< gumbo's tree points into it
    std::unique_ptr<GumboOutput, Destroy> output_;
};

std::string attribute(const GumboElement& element, const char* name) {
    const GumboAttribute* const found = ::gumbo_get_attribute(&element.attributes, name);
    return found == nullptr ? "" : base::to_valid_utf8(found->value);
}

/// Does a person fill in an <input> of this type?
bool is_asked(std::string_view type) {
    constexpr std::array not_asked{"hidden", "submit", "button", "image", "reset", "checkbox", "radio"};
    return std::find(not_asked.begin(), not_asked.end(), type) == not_asked.end();
}

bool is_owa_action(std::string_view action) {
    const std::string path = base::to_lower(action.substr(0, action.find('?')));
    const auto ends_with = [&](std::string_view end) {
        return path.size() >= end.size() && std::string_view(path).substr(path.size() - end.size()) == end;
    };
    return path.empty() || ends_with("auth.owa") || ends_with("owaauth.dll");
}

struct Mark {
    std::string_view part;
    std::string_view product;
};

constexpr std::array redirect_marks{
    Mark{"/adfs/ls", "AD FS"},
    Mark{"login.microsoftonline.", "Microsoft Entra ID"},
    Mark{"login.windows.net", "Microsoft Entra ID"},
    Mark{"/cookieauth.dll", "ISA or TMG"},
    Mark{"/internalsite/", "UAG"},
    Mark{"/my.policy", "F5 BIG-IP APM"},
    Mark{"/vpn/", "Citrix ADC"},
    Mark{"/logon/logonpoint/", "Citrix ADC"},
    Mark{"/nf/auth/", "Citrix ADC"},
    Mark{"lm_auth_proxy", "Kemp ESP"},
    Mark{".okta.com", "Okta"},
};

constexpr std::array cookie_marks{
    Mark{"mrhsession", "F5 BIG-IP APM"},
    Mark{"nsc_tmaa", "Citrix ADC"},
    Mark{"nsc_tmas", "Citrix ADC"},
    Mark{"nsc_aaac", "Citrix ADC"},
    Mark{"openidconnect.nonce", "Microsoft Entra ID"},
};

struct ErrorRow {
    std::string_view ending;
    core::Cause cause;
};

// owa-and-auth.md 3.3; matched by the end of the .NET type name.
constexpr std::array owa_errors{
    ErrorRow{"OwaExplicitLogonException", core::Cause::explicit_logon_denied},
    ErrorRow{"AccessDeniedException", core::Cause::access_denied},
    ErrorRow{"OwaADObjectNotFoundException", core::Cause::mailbox_not_found_here},
    ErrorRow{"OwaADUserNotFoundException", core::Cause::mailbox_not_found_here},
    ErrorRow{"MailboxUnavailableException", core::Cause::mailbox_unavailable},
    ErrorRow{"MailboxOfflineException", core::Cause::mailbox_unavailable},
    ErrorRow{"ConnectionFailedTransientException", core::Cause::mailbox_unavailable},
    ErrorRow{"MailboxInTransitException", core::Cause::mailbox_moving},
    ErrorRow{"WrongServerException", core::Cause::mailbox_moving},
    ErrorRow{"DatabaseNotFoundException", core::Cause::mailbox_moving},
    ErrorRow{"UserHasNoMailboxException", core::Cause::admin_has_no_mailbox},
    ErrorRow{"OwaUserHasNoMailboxAndNoLicenseAssignedException", core::Cause::admin_has_no_mailbox},
    ErrorRow{"QuotaExceededException", core::Cause::shell_only},
    ErrorRow{"OwaInvalidUserLanguageException", core::Cause::shell_only},
    ErrorRow{"TimezoneException", core::Cause::shell_only},
    ErrorRow{"AccountDisabledException", core::Cause::owa_disabled},
    ErrorRow{"InvalidLicenseException", core::Cause::mailbox_disabled},
    ErrorRow{"OverBudgetException", core::Cause::throttled},
    ErrorRow{"TooManyObjectsOpenedException", core::Cause::throttled},
};

} // namespace

bool HtmlForm::has(std::string_view name) const {
    return std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
}

std::string_view HtmlForm::value(std::string_view name) const {
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == name; });
    return field == fields.end() ? std::string_view() : std::string_view(field->second);
}

std::vector<HtmlForm> forms_of(std::string_view html) {
    std::vector<HtmlForm> forms;
    const Page page(html);
    // Gumbo keeps document order, and a field belongs to the last form that was opened before it.
    page.each([&](const GumboElement& element) {
        if (element.tag == GUMBO_TAG_FORM && forms.size() < most_forms) {
            forms.push_back({attribute(element, "action"), base::to_lower(attribute(element, "method")), {}, {}});
        } else if (element.tag == GUMBO_TAG_INPUT && !forms.empty() && forms.back().fields.size() < most_fields) {
            const std::string name = attribute(element, "name");
            if (!name.empty()) {
                forms.back().fields.emplace_back(name, attribute(element, "value"));
                if (is_asked(base::to_lower(attribute(element, "type")))) {
                    forms.back().asked.push_back(name);
                }
            }
        }
    });
    return forms;
}

std::optional<HtmlForm> owa_logon_form(std::string_view html) {
    for (HtmlForm& form : forms_of(html)) {
        const bool asks_no_more = std::all_of(form.asked.begin(), form.asked.end(), [](const std::string& name) {
            return name == "username" || name == "password" || name == "passwordText";
        });
        if (form.method == "post" && form.has("username") && form.has("password") && form.has("destination") &&
            asks_no_more && is_owa_action(form.action)) {
            return std::move(form);
        }
    }
    return std::nullopt;
}

bool shows_sign_in_error(std::string_view html) {
    bool shown = false;
    Page(html).each(
        [&](const GumboElement& element) { shown = shown || attribute(element, "id") == "signInErrorDiv"; });
    return shown;
}

std::string build_of_page(std::string_view html) {
    // .../owa/auth/15.2.1748/themes/resources/..., /owa/14.3.169.1/themes/resources/..., /owa/8.3.485.1/themes/base/...
    const std::string page = base::to_lower(html.substr(0, longest_page));
    for (std::size_t at = page.find("/themes/"); at != std::string::npos; at = page.find("/themes/", at + 1)) {
        std::size_t begin = at;
        while (begin > 0 && at - begin < 20 &&
               (page[begin - 1] == '.' || (page[begin - 1] >= '0' && page[begin - 1] <= '9'))) {
            --begin;
        }
        const std::string build = page.substr(begin, at - begin);
        const auto dots = std::count(build.begin(), build.end(), '.');
        const std::string before = page.substr(0, begin).substr(begin < 10 ? 0 : begin - 10);
        const bool below_owa = before.size() >= 5 && (before.rfind("/owa/") == before.size() - 5 ||
                                                      (before.size() == 10 && before == "/owa/auth/"));
        if (below_owa && (dots == 2 || dots == 3) && build.front() != '.' && build.back() != '.' &&
            build.find("..") == std::string::npos) {
            return build;
        }
    }
    return {};
}

std::string owa_error_of(const http::Response& response) {
    if (const std::string type = base::to_valid_utf8(response.headers.first("X-OWA-Error")); !type.empty()) {
        return base::shorten(type, 200);
    }
    return base::shorten(query_value(response.headers.first("Location"), "owaError"), 200);
}

std::string front_door_product(const http::Response& response) {
    const std::string location = base::to_lower(response.headers.first("Location"));
    for (const Mark& mark : redirect_marks) {
        if (location.find(mark.part) != std::string::npos) {
            return std::string(mark.product);
        }
    }
    for (const std::string_view cookie : response.headers.all("Set-Cookie")) {
        for (const Mark& mark : cookie_marks) {
            if (base::starts_with_ignoring_case(cookie, mark.part)) {
                return std::string(mark.product);
            }
        }
    }
    return {};
}

core::Cause cause_of_owa_error(std::string_view exception_type) {
    const auto row = std::find_if(owa_errors.begin(), owa_errors.end(), [&](const ErrorRow& r) {
        return exception_type.size() >= r.ending.size() &&
               exception_type.substr(exception_type.size() - r.ending.size()) == r.ending;
    });
    return row == owa_errors.end() ? core::Cause::unknown_response_code : row->cause;
}

std::string query_value(std::string_view target, std::string_view name) {
    const std::size_t question = target.find('?');
    if (question == std::string_view::npos) {
        return {};
    }
    const auto hex = [](char c) -> int {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        const char low = static_cast<char>(c | 0x20);
        return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
    };
    for (const std::string& part : base::split(target.substr(question + 1), '&')) {
        const std::size_t equals = part.find('=');
        if (!base::equals_ignoring_case(part.substr(0, equals), name)) {
            continue;
        }
        const std::string raw = equals == std::string::npos ? "" : part.substr(equals + 1);
        std::string value;
        for (std::size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == '%' && i + 2 < raw.size() && hex(raw[i + 1]) >= 0 && hex(raw[i + 2]) >= 0) {
                value += static_cast<char>(hex(raw[i + 1]) * 16 + hex(raw[i + 2]));
                i += 2;
            } else {
                value += raw[i] == '+' ? ' ' : raw[i];
            }
        }
        return base::to_valid_utf8(value);
    }
    return {};
}

} // namespace mailpreflight::ews
