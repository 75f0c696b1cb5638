#include "config/account_name.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mailpreflight::config {

namespace {

/// One form of a name, taken apart: CONTOSO\migadmin, migadmin@contoso.example, migadmin.
struct Form {
    enum class Kind { domain_and_user, principal, bare };

    Kind kind = Kind::bare;
    std::string user;
    std::string domain;
};

Form form_of(const std::string& name) {
    if (const std::size_t backslash = name.find('\\'); backslash != std::string::npos) {
        return {Form::Kind::domain_and_user, name.substr(backslash + 1), name.substr(0, backslash)};
    }
    if (const std::size_t at = name.find('@'); at != std::string::npos) {
        return {Form::Kind::principal, name.substr(0, at), name.substr(at + 1)};
    }
    return {Form::Kind::bare, name, ""};
}

std::vector<Form> forms_of(const Account& account) {
    std::vector<Form> forms;
    for (const std::string& name : name_forms(account)) {
        forms.push_back(form_of(name));
    }
    return forms;
}

bool has(const std::vector<Form>& forms, Form::Kind kind) {
    return std::any_of(forms.begin(), forms.end(), [&](const Form& form) { return form.kind == kind; });
}

/// A short domain name as a rule is the first label of the long one.
bool share_a_domain(const Form& a, const Form& b) {
    return a.domain.substr(0, a.domain.find('.')) == b.domain.substr(0, b.domain.find('.'));
}

} // namespace

std::string principal_of(const Account& account) {
    return account.realm.empty() ? "" : form_of(account.username).user + "@" + account.realm;
}

std::vector<std::string> name_forms(const Account& account) {
    std::vector<std::string> forms;
    for (const std::string& name : {account.username, account.upn, principal_of(account)}) {
        const std::string form = base::to_lower(name);
        if (!form.empty() && std::find(forms.begin(), forms.end(), form) == forms.end()) {
            forms.push_back(form);
        }
    }
    return forms;
}

std::string own_login_account(std::string_view username) {
    constexpr std::size_t kept = 16; // bytes: nobody's name is another's
    const std::string name = base::to_lower(username);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(name.data(), name.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("EVP_Digest failed");
    }
    std::string text = "own-";
    for (std::size_t i = 0; i < kept; ++i) {
        text += fmt::format("{:02x}", digest.at(i));
    }
    return text;
}

Likeness likeness(const Account& a, const Account& b) {
    const std::vector<std::string> names = name_forms(b);
    for (const std::string& name : name_forms(a)) {
        if (std::find(names.begin(), names.end(), name) != names.end()) {
            return Likeness::same;
        }
    }
    const std::vector<Form> one = forms_of(a);
    const std::vector<Form> other = forms_of(b);
    for (const Form::Kind kind : {Form::Kind::domain_and_user, Form::Kind::principal}) {
        if (has(one, kind) && has(other, kind)) {
            return Likeness::none; // and they differ
        }
    }
    Likeness found = Likeness::none;
    for (const Form& form : one) {
        for (const Form& twin : other) {
            if (form.user == twin.user) {
                const bool bare = form.kind == Form::Kind::bare || twin.kind == Form::Kind::bare;
                found = std::max(found, bare || share_a_domain(form, twin) ? Likeness::likely : Likeness::possible);
            }
        }
    }
    return found;
}

} // namespace mailpreflight::config
