#include "http/kerberos.hpp"

#include "http/kerberos_login.hpp"

#include <fmt/format.h>

#include <functional>
#include <string_view>
#include <utility>

namespace mailpreflight::http {

using namespace krb;

namespace {

using core::Cause;
using core::Stage;

/// What somebody else's login left in a file.
core::Outcome<void> copy_file(const Library& library, const std::string& path, const std::string& cache) {
    const Cache file(library, "FILE:" + path);
    const Cache kept(library, cache);
    Principal owner(library);
    krb5_error_code code = krb5_cc_get_principal(library.get(), file.get(), owner.out());
    code = code != 0 ? code : krb5_cc_initialize(library.get(), kept.get(), owner.get());
    code = code != 0 ? code : krb5_cc_copy_creds(library.get(), file.get(), kept.get());
    return code == 0 ? core::Outcome<void>() : tl::unexpected(failure_of(library, code, path));
}

/// The TGS exchange: nothing that a directory counts. Leaves the service ticket in `cache`; its name comes back.
core::Outcome<std::string> service_ticket(const Library& library,
                                          const KerberosSettings& settings,
                                          net::Network& network,
                                          const std::string& cache,
                                          const std::string& host,
                                          const base::Deadline& deadline) {
    const Cache kept(library, cache);
    krb5_creds wanted{};
    Principal client(library);
    Principal service(library);
    krb5_error_code code = krb5_cc_get_principal(library.get(), kept.get(), client.out());
    const std::string realm = code == 0 ? client.realm() : std::string();
    const std::string name = fmt::format("HTTP/{}@{}", host, realm);
    code = code != 0 ? code : krb5_parse_name(library.get(), name.c_str(), service.out());
    wanted.client = client.get();
    wanted.server = service.get();
    krb5_tkt_creds_context exchange = nullptr;
    code = code != 0 ? code : krb5_tkt_creds_init(library.get(), kept.get(), &wanted, KRB5_GC_CANONICALIZE, &exchange);
    const std::unique_ptr<struct _krb5_tkt_creds_context, std::function<void(krb5_tkt_creds_context)>> owner(
        exchange, [&](krb5_tkt_creds_context held) { krb5_tkt_creds_free(library.get(), held); });
    std::string answer;
    for (int round = 0; code == 0 && round < most_rounds; ++round) {
        krb5_data in = as_data(answer);
        Message out(library);
        Message asked(library);
        unsigned int flags = 0;
        code = krb5_tkt_creds_step(library.get(), exchange, &in, out.out(), asked.out(), &flags);
        if (code == 0 && (flags & KRB5_TKT_CREDS_STEP_FLAG_CONTINUE) == 0) {
            krb5_creds got{};
            code = krb5_tkt_creds_get_creds(library.get(), exchange, &got);
            char* text = nullptr;
            code = code != 0 ? code : krb5_unparse_name(library.get(), got.server, &text);
            std::string granted = code == 0 ? text : "";
            krb5_free_unparsed_name(library.get(), text);
            krb5_free_cred_contents(library.get(), &got);
            if (code == 0) {
                return granted;
            }
        } else if (code == 0) {
            bool sent = false;
            auto said = talk(network, settings, realm, std::string(asked.view()), out.view(), sent, deadline);
            if (!said) {
                return said;
            }
            answer = std::move(*said);
        }
    }
    if (code == 0) {
        return core::failed(Stage::authenticate, Cause::unexpected_answer, "the KDC asks for more without end");
    }
    return tl::unexpected(failure_of(library, code, name));
}

/// Does the cache hold a ticket-granting ticket that lives on for a while?
bool is_usable(const Library& library, const std::string& cache) {
    constexpr krb5_deltat a_while = 300;
    const Cache kept(library, cache);
    krb5_timestamp now = 0;
    krb5_cc_cursor cursor = nullptr;
    if (krb5_timeofday(library.get(), &now) != 0 || krb5_cc_start_seq_get(library.get(), kept.get(), &cursor) != 0) {
        return false;
    }
    bool usable = false;
    krb5_creds ticket{};
    while (krb5_cc_next_cred(library.get(), kept.get(), &cursor, &ticket) == 0) {
        const krb5_data* const kind = krb5_princ_size(library.get(), ticket.server) > 0
                                          ? krb5_princ_component(library.get(), ticket.server, 0)
                                          : nullptr;
        const bool granting = kind != nullptr && std::string_view(kind->data, kind->length) == KRB5_TGS_NAME;
        usable = usable || (granting && ticket.times.endtime - now > a_while);
        krb5_free_cred_contents(library.get(), &ticket);
    }
    krb5_cc_end_seq_get(library.get(), kept.get(), &cursor);
    return usable;
}

} // namespace

TicketCache::TicketCache() {
    const Library library;
    krb5_ccache cache = nullptr;
    char* name = nullptr;
    if (library.get() != nullptr && krb5_cc_new_unique(library.get(), "MEMORY", nullptr, &cache) == 0 &&
        krb5_cc_get_full_name(library.get(), cache, &name) == 0) {
        name_ = name;
        krb5_free_string(library.get(), name);
        krb5_cc_close(library.get(), cache);
    }
}

TicketCache::~TicketCache() {
    const Library library;
    krb5_ccache cache = nullptr;
    if (library.get() != nullptr && krb5_cc_resolve(library.get(), name_.c_str(), &cache) == 0) {
        krb5_cc_destroy(library.get(), cache);
    }
}

core::Outcome<KerberosTicket> Kerberos::ticket(net::Network& network,
                                               const base::Secret& secret,
                                               const std::string& host,
                                               bool fresh,
                                               const AskPermit& ask_permit,
                                               const base::Deadline& deadline) {
    const std::unique_lock lock(mutex_, deadline.at);
    if (!lock.owns_lock()) {
        return core::failed(
            Stage::authenticate, Cause::kerberos_unreachable, "another login of this account still waits for the KDC");
    }
    const Library library;
    if (library.get() == nullptr) {
        return core::failed(Stage::authenticate, Cause::internal_error, "libkrb5 cannot be set up");
    }
    if (fresh || !logged_in_ || !is_usable(library, logged_in_->name())) {
        auto cache = std::make_shared<const TicketCache>();
        auto done = settings_.from == KerberosSettings::From::ccache
                        ? copy_file(library, settings_.ccache_file, cache->name())
                        : log_in_at_kdc(library, settings_, network, secret, cache->name(), ask_permit, deadline);
        if (!done) {
            return tl::unexpected(std::move(done.error()));
        }
        logged_in_ = std::move(cache);
    }
    auto service = service_ticket(library, settings_, network, logged_in_->name(), host, deadline);
    if (!service) {
        return tl::unexpected(std::move(service.error()));
    }
    return KerberosTicket{logged_in_, std::move(*service)};
}

} // namespace mailpreflight::http
