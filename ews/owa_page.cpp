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
constexpr std::size_t longest_location = 4096;

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

bool is_chosen(const GumboElement& element, std::string_view type) {
    const bool choice = type == "radio" || type == "checkbox";
    return !choice || ::gumbo_get_attribute(&element.attributes, "checked") != nullptr;
}

void add_input(HtmlForm& form, const GumboElement& element, bool& has_button) {
    const std::string name = attribute(element, "name");
    const std::string type = base::to_lower(attribute(element, "type"));
    const bool button = type == "submit" || type == "image";
    if (name.empty() || form.fields.size() >= most_fields || type == "button" || type == "reset" ||
        !is_chosen(element, type) || (button && has_button)) {
        return;
    }
    has_button = has_button || button;
    form.fields.emplace_back(name, attribute(element, "value"));
    if (is_asked(type)) {
        form.asked.push_back(name);
    }
}

/// All text of an element, without recursion.
std::string text_of(const GumboElement& element) {
    std::string text;
    std::vector<const GumboElement*> open{&element};
    while (!open.empty()) {
        const GumboVector& children = open.back()->children;
        open.pop_back();
        for (unsigned int i = 0; i < children.length; ++i) {
            const auto* const child = static_cast<const GumboNode*>(children.data[i]);
            if (child->type == GUMBO_NODE_ELEMENT) {
                open.push_back(&child->v.element);
            } else if (child->type == GUMBO_NODE_TEXT) {
                text += child->v.text.text;
            }
        }
    }
    return text;
}

/// The value of `var NAME = "..."` in a script; empty: none.
std::string script_variable(std::string_view html, std::string_view name) {
    for (std::size_t at = html.find(name); at != std::string_view::npos; at = html.find(name, at + 1)) {
        std::string_view rest = base::trim(html.substr(at + name.size()));
        if (rest.empty() || rest.front() != '=') {
            continue;
        }
        rest = base::trim(rest.substr(1));
        if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) {
            continue;
        }
        const std::size_t end = rest.find(rest.front(), 1);
        if (end != std::string_view::npos && end < longest_location) {
            return base::to_valid_utf8(rest.substr(1, end - 1));
        }
    }
    return {};
}

/// A POST form whose fields for people are exactly these (passwordText is the hidden twin of password).
bool asks_for_name_and_password(const HtmlForm& form) {
    return form.method == "post" && form.has("username") && form.has("password") &&
           std::all_of(form.asked.begin(), form.asked.end(), [](const std::string& name) {
               return name == "username" || name == "password" || name == "passwordText";
           });
}

bool is_owa_action(std::string_view action) {
    const std::string path = base::to_lower(action.substr(0, action.find('?')));
    const auto ends_with = [&](std::string_view end) {
        return path.size() >= end.size() && std::string_view(path).substr(path.size() - end.size()) == end;
    };
    return path.empty() || ends_with("auth.owa") || ends_with("owaauth.dll");
}

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
    bool has_button = false; // of the last form
    const Page page(html);
    // Gumbo keeps document order, and a field belongs to the last form that was opened before it.
    page.each([&](const GumboElement& element) {
        if (element.tag == GUMBO_TAG_FORM && forms.size() < most_forms) {
            forms.push_back({attribute(element, "action"), base::to_lower(attribute(element, "method")), {}, {}});
            has_button = false;
        } else if (element.tag == GUMBO_TAG_INPUT && !forms.empty()) {
            add_input(forms.back(), element, has_button);
        }
    });
    return forms;
}

std::optional<HtmlForm> owa_logon_form(std::string_view html) {
    for (HtmlForm& form : forms_of(html)) {
        if (asks_for_name_and_password(form) && form.has("destination") && is_owa_action(form.action)) {
            return std::move(form);
        }
    }
    return std::nullopt;
}

std::optional<HtmlForm> tmg_logon_form(std::string_view html) {
    for (HtmlForm& form : forms_of(html)) {
        const bool to_tmg = base::to_lower(form.action).find("/cookieauth.dll?logon") != std::string::npos;
        if (asks_for_name_and_password(form) && form.has("curl") && to_tmg) {
            return std::move(form);
        }
    }
    return std::nullopt;
}

std::string scripted_location(std::string_view html) {
    const std::string_view page = parsable(html);
    const std::string url = script_variable(page, "a_sUrl");
    std::string logon = script_variable(page, "a_sLgnQS");
    if (logon.empty()) {
        logon = script_variable(page, "a_sLgn");
    }
    if (!url.empty() && !logon.empty()) {
        return logon + url;
    }
    std::vector<std::string> frames;
    Page(html).each([&](const GumboElement& element) {
        if (element.tag == GUMBO_TAG_FRAME || element.tag == GUMBO_TAG_IFRAME) {
            frames.push_back(base::shorten(attribute(element, "src"), longest_location));
        }
    });
    return frames.size() == 1 ? frames.front() : std::string();
}

std::string logon_format_of(std::string_view html) {
    std::string hints;
    Page(html).each([&](const GumboElement& element) {
        const std::string id = attribute(element, "id");
        if ((element.tag == GUMBO_TAG_LABEL && attribute(element, "for") == "username") || id == "userNameLabel") {
            hints += text_of(element);
        } else if (element.tag == GUMBO_TAG_INPUT && attribute(element, "name") == "username") {
            hints += attribute(element, "placeholder") + attribute(element, "title");
        }
    });
    if (hints.find('\\') != std::string::npos) {
        return "FullDomain";
    }
    const bool principal = hints.find('@') != std::string::npos || hints.find("UPN") != std::string::npos;
    return principal ? "PrincipalName" : "unknown";
}

bool is_language_page(std::string_view html) {
    const auto forms = forms_of(html);
    return std::any_of(forms.begin(), forms.end(), [](const HtmlForm& form) {
        const std::string path = base::to_lower(form.action.substr(0, form.action.find('?')));
        return path.size() >= 8 && path.compare(path.size() - 8, 8, "lang.owa") == 0;
    });
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
