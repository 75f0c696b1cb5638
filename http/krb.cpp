#include "http/krb.hpp"

#include "base/text.hpp"
#include "http/kerberos_error.hpp"

#include <fmt/format.h>

#include <profile.h>
#include <sys/mman.h>
#include <unistd.h>

namespace mailpreflight::http::krb {

namespace {

// Error codes of the protocol stand at this place of libkrb5's own numbers.
constexpr krb5_error_code first_protocol_error = ERROR_TABLE_BASE_krb5;
constexpr krb5_error_code last_protocol_error = ERROR_TABLE_BASE_krb5 + 127;
constexpr unsigned char krb_error_tag = 0x7E; // [APPLICATION 30] of RFC 4120

/// The KDCs of a realm; of another realm than the account's, that realm's own name.
std::vector<net::Kdc>
kdcs_of(const KerberosSettings& settings, const std::string& own_realm, const std::string& realm) {
    if (realm == own_realm && !settings.kdcs.empty()) {
        return settings.kdcs;
    }
    return {{base::to_lower(realm), 88}};
}

} // namespace

base::UniqueFd memory_file(std::string_view content) {
    base::UniqueFd file(::memfd_create("kerberos", MFD_CLOEXEC));
    if (!file.valid() || ::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
        return {};
    }
    return file;
}

std::string path_of(const base::UniqueFd& file) {
    return fmt::format("/proc/self/fd/{}", file.get());
}

Library::Library() {
    const base::UniqueFd file = memory_file("[libdefaults]\n"
                                            "default_realm = NONE.INVALID\n"
                                            "dns_lookup_kdc = false\n"
                                            "dns_lookup_realm = false\n"
                                            "dns_canonicalize_hostname = false\n"
                                            "rdns = false\n");
    profile_t profile = nullptr;
    if (profile_init_path(path_of(file).c_str(), &profile) == 0) {
        krb5_init_context_profile(profile, 0, &context_);
        profile_release(profile);
    }
}

krb5_error_code Keytab::owner(Principal& principal) const {
    krb5_kt_cursor cursor{};
    if (const krb5_error_code code = krb5_kt_start_seq_get(library_.get(), keytab_, &cursor); code != 0) {
        return code;
    }
    krb5_keytab_entry entry{};
    krb5_error_code code = krb5_kt_next_entry(library_.get(), keytab_, &entry, &cursor);
    if (code == 0) {
        code = krb5_copy_principal(library_.get(), entry.principal, principal.out());
        krb5_free_keytab_entry_contents(library_.get(), &entry);
    }
    krb5_kt_end_seq_get(library_.get(), keytab_, &cursor);
    return code;
}

krb5_data as_data(std::string& text) {
    krb5_data data{};
    data.length = static_cast<unsigned int>(text.size());
    data.data = text.data();
    return data;
}

std::optional<int> error_in(const Library& library, std::string& answer) {
    if (answer.empty() || static_cast<unsigned char>(answer.front()) != krb_error_tag) {
        return std::nullopt;
    }
    const krb5_data data = as_data(answer);
    krb5_error* error = nullptr;
    if (krb5_rd_error(library.get(), &data, &error) != 0) {
        return std::nullopt;
    }
    const auto code = static_cast<krb5_error_code>(error->error);
    krb5_free_error(library.get(), error);
    return code;
}

core::Failure failure_of(const Library& library, krb5_error_code code, const std::string& about) {
    if (code >= first_protocol_error && code <= last_protocol_error) {
        return verdict_of_kdc(code - first_protocol_error, about).failure;
    }
    return {core::Stage::authenticate,
            core::Cause::kerberos_ticket_missing,
            fmt::format("{}: {}", about, library.text(code)),
            std::nullopt};
}

core::Outcome<std::string> talk(net::Network& network,
                                const KerberosSettings& settings,
                                const std::string& own_realm,
                                const std::string& realm,
                                std::string_view message,
                                bool& sent,
                                const base::Deadline& deadline) {
    core::Outcome<std::string> answer;
    for (const net::Kdc& kdc : kdcs_of(settings, own_realm, realm)) {
        answer = net::ask_kdc(network, kdc, message, sent, deadline);
        if (answer || sent || deadline.passed()) {
            break;
        }
    }
    return answer;
}

} // namespace mailpreflight::http::krb
