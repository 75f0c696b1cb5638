#pragma once

#include "base/unique_fd.hpp"
#include "core/failure.hpp"
#include "http/kerberos.hpp"

#include <krb5/krb5.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What kerberos.cpp and kerberos_login.cpp need of libkrb5: each handle with an owner, errors as failures. A Library
/// and what was made with it belong to one thread.
namespace mailpreflight::http::krb {

/// A login takes two round trips, with SPAKE three, with a referral some more.
inline constexpr int most_rounds = 12;

/// A file that exists in memory alone, and its name for libraries that want one.
base::UniqueFd memory_file(std::string_view content);
std::string path_of(const base::UniqueFd& file);

/// libkrb5 with a configuration of our own: nothing is looked up, no name is turned into another.
class Library {
public:
    Library();
    ~Library() {
        if (context_ != nullptr) {
            krb5_free_context(context_);
        }
    }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    [[nodiscard]] krb5_context get() const {
        return context_;
    }
    [[nodiscard]] std::string text(krb5_error_code code) const {
        const char* const message = krb5_get_error_message(context_, code);
        std::string text(message);
        krb5_free_error_message(context_, message);
        return text;
    }

private:
    krb5_context context_ = nullptr;
};

class Principal {
public:
    explicit Principal(const Library& library) :
        library_(library) {}
    ~Principal() {
        krb5_free_principal(library_.get(), principal_);
    }
    Principal(const Principal&) = delete;
    Principal& operator=(const Principal&) = delete;

    krb5_principal* out() {
        return &principal_;
    }
    [[nodiscard]] krb5_principal get() const {
        return principal_;
    }
    [[nodiscard]] std::string text() const {
        char* name = nullptr;
        if (krb5_unparse_name(library_.get(), principal_, &name) != 0) {
            return {};
        }
        std::string text(name);
        krb5_free_unparsed_name(library_.get(), name);
        return text;
    }
    [[nodiscard]] std::string realm() const {
        const krb5_data* const realm = krb5_princ_realm(library_.get(), principal_);
        return {realm->data, realm->length};
    }

private:
    const Library& library_;
    krb5_principal principal_ = nullptr;
};

class Cache {
public:
    Cache(const Library& library, const std::string& name) :
        library_(library) {
        krb5_cc_resolve(library.get(), name.c_str(), &cache_);
    }
    ~Cache() {
        if (cache_ != nullptr) {
            krb5_cc_close(library_.get(), cache_);
        }
    }
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;

    [[nodiscard]] krb5_ccache get() const {
        return cache_;
    }

private:
    const Library& library_;
    krb5_ccache cache_ = nullptr;
};

class Keytab {
public:
    Keytab(const Library& library, const std::string& name) :
        library_(library) {
        krb5_kt_resolve(library.get(), name.c_str(), &keytab_);
    }
    ~Keytab() {
        if (keytab_ != nullptr) {
            krb5_kt_close(library_.get(), keytab_);
        }
    }
    Keytab(const Keytab&) = delete;
    Keytab& operator=(const Keytab&) = delete;

    [[nodiscard]] krb5_keytab get() const {
        return keytab_;
    }

    /// Whom its first key is for.
    krb5_error_code owner(Principal& principal) const;

private:
    const Library& library_;
    krb5_keytab keytab_ = nullptr;
};

/// A message that libkrb5 made.
class Message {
public:
    explicit Message(const Library& library) :
        library_(library) {}
    ~Message() {
        krb5_free_data_contents(library_.get(), &data_);
    }
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    krb5_data* out() {
        return &data_;
    }
    [[nodiscard]] std::string_view view() const {
        return {data_.data, data_.length};
    }

private:
    const Library& library_;
    krb5_data data_{};
};

/// The text as libkrb5 takes it; `text` must outlive it.
krb5_data as_data(std::string& text);

/// The error-code of a KRB-ERROR; nothing when the answer is another message.
std::optional<int> error_in(const Library& library, std::string& answer);

/// What libkrb5 itself came to: the KDC's word, or that what we were given does not do.
core::Failure failure_of(const Library& library, krb5_error_code code, const std::string& about);

/// One message to one KDC of `realm`: the next is tried only as long as not a byte has left. Of another realm than the
/// account's own, that realm's name is asked.
core::Outcome<std::string> talk(net::Network& network,
                                const KerberosSettings& settings,
                                const std::string& own_realm,
                                const std::string& realm,
                                std::string_view message,
                                bool& sent,
                                const base::Deadline& deadline);

} // namespace mailpreflight::http::krb
