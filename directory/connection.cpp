#include "directory/connection.hpp"

#include "base/text.hpp"
#include "net/dial.hpp"
#include "net/stop_signal.hpp"
#include "net/tls_client.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <lber.h>
#include <ldap.h>
#include <malloc.h>
#include <mutex>
#include <openldap.h>
#include <poll.h>

namespace mailpreflight::directory {

namespace {

using core::Cause;
using core::Stage;

constexpr ber_len_t longest_message = 256 * 1024;
// Active Directory adds references to other partitions; more than this is no honest answer.
constexpr int most_messages = 64;
constexpr std::size_t most_entries = 2;
// libldap connects by itself when it believes that it has no connection. It must not find one.
constexpr const char* nowhere = "ldapi://%2Fnowhere%2Fldap/";

/// libldap copies the password into the message that it sends, and frees that unwiped.
void wiping_free(void* memory, void*) {
    if (memory != nullptr) {
        OPENSSL_cleanse(memory, malloc_usable_size(memory));
        std::free(memory);
    }
}

void* plain_malloc(ber_len_t size, void*) {
    return std::malloc(size);
}

void* plain_calloc(ber_len_t count, ber_len_t size, void*) {
    return std::calloc(count, size);
}

void* wiping_realloc(void* memory, ber_len_t size, void* context) {
    void* const fresh = std::malloc(size);
    if (fresh != nullptr && memory != nullptr) {
        std::memcpy(fresh, memory, std::min<std::size_t>(size, malloc_usable_size(memory)));
        wiping_free(memory, context);
    }
    return fresh;
}

/// Before libldap's first call of the process.
void let_libldap_wipe() {
    static std::once_flag once;
    std::call_once(once, [] {
        BerMemoryFunctions functions{&plain_malloc, &plain_calloc, &wiping_realloc, &wiping_free};
        ber_set_option(nullptr, LBER_OPT_MEMORY_FNS, &functions);
    });
}

struct FreeLdap {
    void operator()(LDAP* ldap) const {
        ldap_unbind_ext(ldap, nullptr, nullptr); // closes the socket
    }
};

struct FreeMessage {
    void operator()(LDAPMessage* message) const {
        ldap_msgfree(message);
    }
};
using Message = std::unique_ptr<LDAPMessage, FreeMessage>;

tl::unexpected<core::Failure> lost(Stage stage, std::string detail) {
    return core::failed(stage, Cause::connection_lost, std::move(detail));
}

} // namespace

/// A socket with TLS over it, and libldap's handle that reads and writes through them.
struct Connection::Link {
    Link(const net::Target& target, base::Deadline until, int socket) :
        judge(target),
        deadline(std::move(until)),
        stop(deadline.stop),
        fd(socket) {}

    net::TlsJudge judge;
    base::Deadline deadline; ///< of the whole conversation
    net::StopSignal stop;
    int fd; ///< belongs to libldap's handle
    std::unique_ptr<SSL, decltype(&SSL_free)> tls{nullptr, &SSL_free};
    bool wants_to_write = false;          ///< what TLS waits for, although we read
    bool wrote = false;                   ///< bytes left since the request began
    std::unique_ptr<LDAP, FreeLdap> ldap; ///< goes first: it says good-bye through the above

    /// The two of libldap's layer functions that move bytes. `sbiod_pvt` is the Link.
    static Link& of(Sockbuf_IO_Desc* layer) {
        return *static_cast<Link*>(layer->sbiod_pvt);
    }

    static int setup(Sockbuf_IO_Desc* layer, void* link) {
        layer->sbiod_pvt = link;
        return 0;
    }

    static int nothing(Sockbuf_IO_Desc*) {
        return 0;
    }

    static int control(Sockbuf_IO_Desc* layer, int option, void* argument) {
        if (option == LBER_SB_OPT_DATA_READY && SSL_pending(of(layer).tls.get()) > 0) {
            return 1;
        }
        return LBER_SBIOD_CTRL_NEXT(layer, option, argument);
    }

    static ber_slen_t read(Sockbuf_IO_Desc* layer, void* buffer, ber_len_t size) {
        Link& link = of(layer);
        ERR_clear_error();
        const int got = SSL_read(link.tls.get(), buffer, static_cast<int>(size));
        if (got > 0) {
            return got;
        }
        const int error = SSL_get_error(link.tls.get(), got);
        link.wants_to_write = error == SSL_ERROR_WANT_WRITE;
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
            errno = EAGAIN;
            return -1;
        }
        errno = ECONNRESET;
        return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
    }

    /// All of it, within the deadline: messages are small, and half of one is of no use.
    static ber_slen_t write(Sockbuf_IO_Desc* layer, void* buffer, ber_len_t size) {
        Link& link = of(layer);
        for (;;) {
            ERR_clear_error();
            const int put = SSL_write(link.tls.get(), buffer, static_cast<int>(size));
            if (put > 0) {
                link.wrote = true;
                return put;
            }
            if (!link.wait_for_tls(put)) {
                errno = EPIPE;
                return -1;
            }
        }
    }

    /// Until TLS can go on after `result` of one of its calls; false when it cannot, or not in time.
    bool wait_for_tls(int result) {
        const int error = SSL_get_error(tls.get(), result);
        const short events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
        return (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) &&
               stop.wait(fd, events, deadline.at) == net::Ready::socket;
    }

    [[nodiscard]] tl::unexpected<core::Failure> late(Stage stage) const {
        return core::failed(stage, Cause::no_answer, deadline.stop.stop_requested() ? "stopped" : "no answer in time");
    }

    core::Outcome<void> handshake(net::CaStores& stores, const net::TlsPolicy& policy) {
        const auto context = net::make_client_context(stores, policy);
        if (!context) {
            return tl::unexpected(context.error());
        }
        tls.reset(SSL_new(context->get()));
        if (!tls || SSL_set_fd(tls.get(), fd) != 1) {
            return core::failed(Stage::tls, Cause::internal_error, "OpenSSL gives no connection");
        }
        judge.attach(tls.get());
        for (;;) {
            ERR_clear_error();
            const int result = SSL_connect(tls.get());
            if (result == 1) {
                break;
            }
            if (wait_for_tls(result)) {
                continue;
            }
            if (deadline.passed() || deadline.stop.stop_requested()) {
                return late(Stage::tls);
            }
            const unsigned long error = ERR_peek_last_error();
            const char* const reason = error == 0 ? nullptr : ERR_reason_error_string(error);
            return tl::unexpected(judge.failure(error, reason == nullptr ? "the connection ended" : reason));
        }
        static Sockbuf_IO layer{&setup, &nothing, &control, &read, &write, &nothing};
        Sockbuf* buffer = nullptr;
        if (ldap_get_option(ldap.get(), LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS ||
            ber_sockbuf_add_io(buffer, &layer, LBER_SBIOD_LEVEL_TRANSPORT, this) != 0) {
            return core::failed(Stage::tls, Cause::internal_error, "libldap takes no TLS of ours");
        }
        return {};
    }

    /// The next message of the request, when it has come.
    core::Outcome<Message> next(int request) {
        for (;;) {
            LDAPMessage* raw = nullptr;
            timeval at_once{};
            const int got = ldap_result(ldap.get(), request, LDAP_MSG_ONE, &at_once, &raw);
            Message message(raw);
            if (got > 0) {
                return message;
            }
            if (got < 0) {
                return deadline.passed()
                           ? late(Stage::exchange)
                           : lost(Stage::exchange, "the server closed the connection, or its answer is no LDAP");
            }
            const short events = wants_to_write ? POLLIN | POLLOUT : POLLIN;
            if (stop.wait(fd, events, deadline.at) != net::Ready::socket) {
                return late(Stage::exchange);
            }
        }
    }

    /// Everything up to the request's result. Entries beyond the wanted ones are counted, not kept.
    core::Outcome<Result> answer_to(int request) {
        Result result;
        for (int messages = 0; messages < most_messages; ++messages) {
            auto message = next(request);
            if (!message) {
                return tl::unexpected(std::move(message.error()));
            }
            LDAPMessage* const raw = message->get();
            switch (ldap_msgtype(raw)) {
            case LDAP_RES_SEARCH_ENTRY:
                if (result.entries.size() < most_entries) {
                    result.entries.push_back(attributes_of(raw));
                }
                break;
            case LDAP_RES_SEARCH_REFERENCE: // elsewhere is not asked
            case LDAP_RES_INTERMEDIATE:
                break;
            default: {
                char* text = nullptr;
                const int error = ldap_parse_result(ldap.get(), raw, &result.code, nullptr, &text, nullptr, nullptr, 0);
                if (text != nullptr) {
                    result.diagnostic = base::shorten(base::to_valid_utf8(text), 300);
                    ldap_memfree(text);
                }
                if (error != LDAP_SUCCESS) {
                    return lost(Stage::exchange, "its answer is no LDAP");
                }
                return result;
            }
            }
        }
        return core::failed(Stage::exchange, Cause::answer_too_large, "the answer has too many parts");
    }

    Attributes attributes_of(LDAPMessage* entry) {
        Attributes attributes;
        BerElement* place = nullptr;
        for (char* name = ldap_first_attribute(ldap.get(), entry, &place); name != nullptr;
             name = ldap_next_attribute(ldap.get(), entry, place)) {
            berval** const values = ldap_get_values_len(ldap.get(), entry, name);
            if (values != nullptr && values[0] != nullptr) {
                attributes.emplace(base::to_lower(name), std::string(values[0]->bv_val, values[0]->bv_len));
            }
            ldap_value_free_len(values);
            ldap_memfree(name);
        }
        ber_free(place, 0);
        return attributes;
    }

    /// libldap's word about a request that it did not send.
    [[nodiscard]] tl::unexpected<core::Failure> not_sent(int error) const {
        return deadline.passed() || deadline.stop.stop_requested()
                   ? late(Stage::exchange)
                   : lost(Stage::exchange, std::string("the request could not be sent: ") + ldap_err2string(error));
    }
};

Connection::Connection(std::unique_ptr<Link> link) :
    link_(std::move(link)) {}

Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

core::Outcome<Connection>
Connection::open(net::Network& network, const net::Target& server, bool start_tls, const base::Deadline& deadline) {
    const auto addresses = network.resolver().resolve(server.host, deadline);
    if (!addresses) {
        return tl::unexpected(addresses.error());
    }
    auto dialed = net::dial(*addresses, server.port, deadline);
    if (!dialed) {
        return tl::unexpected(dialed.error());
    }
    let_libldap_wipe();
    auto link = std::make_unique<Link>(server, deadline, dialed->socket.get());
    LDAP* raw = nullptr;
    if (ldap_init_fd(link->fd, LDAP_PROTO_TCP, nowhere, &raw) != LDAP_SUCCESS) {
        return core::failed(Stage::connect, Cause::internal_error, "libldap gives no connection");
    }
    link->ldap.reset(raw);
    static_cast<void>(dialed->socket.release()); // libldap closes it
    const int version = LDAP_VERSION3;
    ldap_set_option(raw, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(raw, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    Sockbuf* buffer = nullptr;
    ber_len_t most = longest_message;
    if (ldap_get_option(raw, LDAP_OPT_SOCKBUF, &buffer) == LDAP_OPT_SUCCESS) {
        ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &most);
    }
    if (start_tls) {
        int request = 0;
        if (const int error = ldap_extended_operation(raw, LDAP_EXOP_START_TLS, nullptr, nullptr, nullptr, &request);
            error != LDAP_SUCCESS) {
            return link->not_sent(error);
        }
        const auto answer = link->answer_to(request);
        if (!answer) {
            return tl::unexpected(answer.error());
        }
        if (answer->code != LDAP_SUCCESS) {
            return core::failed(Stage::tls,
                                Cause::tls_handshake_failed,
                                "the server gives no TLS (StartTLS): " +
                                    (answer->diagnostic.empty() ? ldap_err2string(answer->code) : answer->diagnostic));
        }
    }
    if (auto secured = link->handshake(network.ca_stores(), server.tls); !secured) {
        return tl::unexpected(std::move(secured.error()));
    }
    return Connection(std::move(link));
}

core::Outcome<Result> Connection::bind(const std::string& name, std::string_view password, bool& sent) {
    sent = false;
    link_->wrote = false;
    berval credential{password.size(), const_cast<char*>(password.data())}; // NOLINT: C's way of a view
    int request = 0;
    const int error =
        ldap_sasl_bind(link_->ldap.get(), name.c_str(), LDAP_SASL_SIMPLE, &credential, nullptr, nullptr, &request);
    sent = link_->wrote;
    if (error != LDAP_SUCCESS) {
        return link_->not_sent(error);
    }
    return link_->answer_to(request);
}

core::Outcome<Result>
Connection::search(const std::string& base, const std::string& filter, const std::vector<std::string>& attributes) {
    std::vector<std::string> names = attributes;
    std::vector<char*> wanted;
    for (std::string& name : names) {
        wanted.push_back(name.data());
    }
    wanted.push_back(nullptr);
    int request = 0;
    const int error = ldap_search_ext(link_->ldap.get(),
                                      base.c_str(),
                                      LDAP_SCOPE_SUBTREE,
                                      filter.c_str(),
                                      wanted.data(),
                                      0,
                                      nullptr,
                                      nullptr,
                                      nullptr,
                                      static_cast<int>(most_entries),
                                      &request);
    if (error != LDAP_SUCCESS) {
        return link_->not_sent(error);
    }
    return link_->answer_to(request);
}

} // namespace mailpreflight::directory
