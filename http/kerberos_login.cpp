#include "http/kerberos_login.hpp"

#include "http/kerberos_error.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace mailpreflight::http {

using namespace krb;

namespace {

using core::Cause;
using core::PresentationResult;
using core::Stage;

constexpr int preauthentication_required = 25;
constexpr int more_preauthentication_data_required = 91;

class Login {
public:
    Login(const Library& library,
          const KerberosSettings& settings,
          net::Network& network,
          const Kerberos::AskPermit& ask_permit,
          const base::Deadline& deadline) :
        library_(library),
        settings_(settings),
        network_(network),
        ask_permit_(ask_permit),
        deadline_(deadline),
        client_(library) {}
    ~Login() {
        if (exchange_ != nullptr) {
            krb5_init_creds_free(library_.get(), exchange_);
        }
        krb5_get_init_creds_opt_free(library_.get(), options_);
    }
    Login(const Login&) = delete;
    Login& operator=(const Login&) = delete;

    /// The AS exchange; the ticket-granting ticket goes into `cache`.
    core::Outcome<void> into(const std::string& cache, const base::Secret& secret) {
        if (auto ready = prepare(secret); !ready) {
            return ready;
        }
        if (auto done = converse(); !done) {
            return done;
        }
        krb5_creds ticket{};
        krb5_error_code code = krb5_init_creds_get_creds(library_.get(), exchange_, &ticket);
        const Cache kept(library_, cache);
        code = code != 0 ? code : krb5_cc_initialize(library_.get(), kept.get(), ticket.client);
        code = code != 0 ? code : krb5_cc_store_cred(library_.get(), kept.get(), &ticket);
        krb5_free_cred_contents(library_.get(), &ticket);
        return code == 0 ? core::Outcome<void>() : tl::unexpected(failure_of(library_, code, client_.text()));
    }

private:
    core::Outcome<void> prepare(const base::Secret& secret) {
        const bool by_keytab = settings_.from == KerberosSettings::From::keytab;
        krb5_error_code code = 0;
        if (by_keytab) {
            keytab_file_ = secret.expose_to([](std::string_view content) { return memory_file(content); });
            keytab_.emplace(library_, "FILE:" + path_of(keytab_file_));
        }
        if (settings_.principal.empty() && keytab_) {
            code = keytab_->owner(client_);
        } else {
            code = krb5_parse_name(library_.get(), settings_.principal.c_str(), client_.out());
        }
        code = code != 0 ? code : krb5_get_init_creds_opt_alloc(library_.get(), &options_);
        code = code != 0
                   ? code
                   : krb5_init_creds_init(library_.get(), client_.get(), nullptr, nullptr, 0, options_, &exchange_);
        if (code == 0) {
            code = by_keytab ? krb5_init_creds_set_keytab(library_.get(), exchange_, keytab_->get())
                             : secret.expose_to([&](std::string_view text) {
                                   std::string copy(text); // libkrb5 reads it as a C string
                                   const krb5_error_code set =
                                       krb5_init_creds_set_password(library_.get(), exchange_, copy.c_str());
                                   base::wipe(copy);
                                   return set;
                               });
        }
        return code == 0 ? core::Outcome<void>() : tl::unexpected(failure_of(library_, code, settings_.principal));
    }

    /// The first message asks what the KDC wants; what follows proves the secret and goes with a permit. The KDC's
    /// first word to that is the last: libkrb5 would go on with another mechanism, which counts a second time.
    core::Outcome<void> converse() {
        std::optional<core::Permit> permit;
        std::string answer;
        for (int round = 0; round < most_rounds; ++round) {
            krb5_data in = as_data(answer);
            Message out(library_);
            Message realm(library_);
            unsigned int flags = 0;
            const krb5_error_code code =
                krb5_init_creds_step(library_.get(), exchange_, &in, out.out(), realm.out(), &flags);
            if (code != 0) {
                if (permit) { // the KDC answered, and what it said cannot be read with this secret
                    permit->finish(PresentationResult::refused, library_.text(code));
                }
                return tl::unexpected(failure_of(library_, code, client_.text()));
            }
            if ((flags & KRB5_INIT_CREDS_STEP_FLAG_CONTINUE) == 0) {
                if (permit) {
                    permit->finish(PresentationResult::accepted, "ticket-granting ticket");
                }
                return {};
            }
            if (round > 0 && !permit) {
                auto asked = ask_permit_(deadline_);
                if (!asked) {
                    return tl::unexpected(std::move(asked.error()));
                }
                permit.emplace(std::move(*asked));
            }
            if (auto said = ask(out.view(), std::string(realm.view()), permit); said) {
                answer = std::move(*said);
            } else {
                return tl::unexpected(std::move(said.error()));
            }
        }
        return core::failed(Stage::authenticate, Cause::unexpected_answer, "the KDC asks for more without end");
    }

    core::Outcome<std::string>
    ask(std::string_view message, const std::string& realm, std::optional<core::Permit>& permit) {
        bool sent = false;
        auto answer = talk(network_, settings_, client_.realm(), realm, message, sent, deadline_);
        if (!answer) {
            if (permit) {
                permit->finish(sent ? PresentationResult::unanswered : PresentationResult::not_sent,
                               answer.error().detail);
            }
            return answer;
        }
        const auto error = error_in(library_, *answer);
        const bool goes_on =
            error == more_preauthentication_data_required || (error == preauthentication_required && !permit);
        if (!error || goes_on) {
            return answer;
        }
        KerberosVerdict verdict = verdict_of_kdc(*error, client_.text());
        if (permit) {
            permit->finish({verdict.result, name_of_kdc_error(*error), verdict.failure.cause, {}});
        }
        return tl::unexpected(std::move(verdict.failure));
    }

    const Library& library_;
    const KerberosSettings& settings_;
    net::Network& network_;
    const Kerberos::AskPermit& ask_permit_;
    const base::Deadline& deadline_;
    Principal client_;
    base::UniqueFd keytab_file_;
    std::optional<Keytab> keytab_;
    krb5_get_init_creds_opt* options_ = nullptr;
    krb5_init_creds_context exchange_ = nullptr;
};

} // namespace

core::Outcome<void> log_in_at_kdc(const Library& library,
                                  const KerberosSettings& settings,
                                  net::Network& network,
                                  const base::Secret& secret,
                                  const std::string& cache,
                                  const Kerberos::AskPermit& ask_permit,
                                  const base::Deadline& deadline) {
    return Login(library, settings, network, ask_permit, deadline).into(cache, secret);
}

} // namespace mailpreflight::http
