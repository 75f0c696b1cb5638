#include "http/authenticated_lane.hpp"

#include "http/base64.hpp"
#include "tests/http/support.hpp"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gtest/gtest.h>

#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace mailpreflight::http {
namespace {

using base::Deadline;
using core::Cause;
using core::PresentationResult;
using core::Stage;
using testing::make_certificate;
using testing::Received;
using testing::RecordingGate;
using testing::ServerSide;
using testing::TestNetwork;
using testing::TestServer;
using Finish = RecordingGate::Finish;
using namespace std::chrono_literals;

gss_OID ntlmssp() {
    static std::array<unsigned char, 10> bytes{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};
    static gss_OID_desc oid{static_cast<OM_uint32>(bytes.size()), bytes.data()};
    return &oid;
}

/// The directory of the tests: CONTOSO\migadmin with the password "right", and a UPN of the same account.
const testing::TestFile& user_file() {
    static const testing::TestFile file("CONTOSO:migadmin:right\n:migadmin@contoso.example:right\n");
    return file;
}

// gss-ntlmssp reads the variable: it is set before any thread runs.
const bool environment_is_set = setenv("NTLM_USER_FILE", user_file().path().c_str(), 1) == 0;

/// gss-ntlmssp 1.2 never frees the digests that it fetches (7.6 KB a credential): while one of these lives the leak
/// checker does not look at what its thread allocates. The other tests of lanes stay under its eye.
class ForeignLeaks {
public:
    ForeignLeaks() {
#if defined(__SANITIZE_ADDRESS__)
        __lsan_disable();
#endif
    }
    ~ForeignLeaks() {
#if defined(__SANITIZE_ADDRESS__)
        __lsan_enable();
#endif
    }
    ForeignLeaks(const ForeignLeaks&) = delete;
    ForeignLeaks& operator=(const ForeignLeaks&) = delete;
};

/// The server's side of one NTLM handshake.
class Acceptor {
public:
    explicit Acceptor(std::vector<unsigned char> binding) :
        binding_(std::move(binding)) {
        OM_uint32 minor = 0;
        gss_OID_set_desc only_ntlm{1, ntlmssp()};
        EXPECT_EQ(
            gss_acquire_cred(
                &minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &only_ntlm, GSS_C_ACCEPT, &credential_, nullptr, nullptr),
            static_cast<OM_uint32>(GSS_S_COMPLETE));
    }
    ~Acceptor() {
        OM_uint32 minor = 0;
        gss_delete_sec_context(&minor, &context_, GSS_C_NO_BUFFER);
        gss_release_cred(&minor, &credential_);
    }
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    /// Takes a message; the answer is the next one, or empty. `accepted` when the handshake is done.
    std::string step(const std::string& message) {
        std::string text = message;
        gss_buffer_desc input{text.size(), text.data()};
        gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
        gss_channel_bindings_struct bindings{};
        bindings.application_data = {binding_.size(), binding_.data()};
        OM_uint32 minor = 0;
        OM_uint32 flags = 0;
        const OM_uint32 major = gss_accept_sec_context(
            &minor, &context_, credential_, &input, &bindings, nullptr, nullptr, &output, &flags, nullptr, nullptr);
        accepted = major == GSS_S_COMPLETE;
        channel_bound = (flags & GSS_C_CHANNEL_BOUND_FLAG) != 0;
        std::string answer(static_cast<const char*>(output.value), output.length);
        gss_release_buffer(&minor, &output);
        return answer;
    }

    bool accepted = false;
    bool channel_bound = false;

private:
    ForeignLeaks foreign_leaks_;
    std::vector<unsigned char> binding_;
    gss_cred_id_t credential_ = GSS_C_NO_CREDENTIAL;
    gss_ctx_id_t context_ = GSS_C_NO_CONTEXT;
};

/// What an NTLM server saw, and what it does when it deviates.
struct NtlmServer {
    std::atomic<int> type1{0};
    std::atomic<int> type3{0};
    std::atomic<int> served{0};
    std::atomic<bool> channel_bound{false};
    std::string type1_field; ///< further fields of the 401 with the challenge
    std::string refusal_body = "";
    std::string final_status = "200 OK";
    std::string final_fields;
    std::string scheme = "NTLM";
    std::string anonymous_fields = "WWW-Authenticate: NTLM\r\n"; ///< of the 401 without a message
    bool wrong_binding = false;
    bool close_at_type3 = false; ///< takes it and cuts
    std::function<void()> on_type3 = {};
    int serves = 1000; ///< requests on the authenticated connection before it forgets who it was
    std::mutex mutex;
    std::vector<Received> requests;

    void play(ServerSide& side) {
        unsigned char* der = nullptr;
        const int size = i2d_X509(side.certificate(), &der);
        auto binding = net::endpoint_binding({der, static_cast<std::size_t>(size)});
        OPENSSL_free(der);
        if (wrong_binding) {
            binding.back() ^= 1U;
        }
        Acceptor acceptor(binding);
        int left = serves;
        while (auto request = side.read()) {
            const std::string field = request->field("Authorization");
            {
                const std::lock_guard lock(mutex);
                requests.push_back(*request);
            }
            if (acceptor.accepted && field.empty()) {
                if (left-- == 0) {
                    side.answer("401 Unauthorized", "WWW-Authenticate: NTLM\r\n");
                    continue;
                }
                ++served;
                side.answer("200 OK", "", "more");
                continue;
            }
            if (!field.starts_with(scheme + " ")) {
                side.answer("401 Unauthorized", anonymous_fields);
                continue;
            }
            const std::string message = from_base64(field.substr(scheme.size() + 1)).value_or("");
            const bool is_type3 = message.size() > 8 && message[8] == 3;
            ++(is_type3 ? type3 : type1);
            if (is_type3 && on_type3) {
                on_type3();
            }
            if (is_type3 && close_at_type3) {
                side.cut();
                return;
            }
            const std::string answer = acceptor.step(message);
            if (!is_type3) {
                side.answer("401 Unauthorized",
                            type1_field + "WWW-Authenticate: " + scheme + " " + to_base64(answer) +
                                "\r\nWWW-Authenticate: Negotiate\r\n",
                            "<html>not yet</html>");
            } else if (acceptor.accepted) {
                channel_bound = acceptor.channel_bound;
                ++served;
                side.answer(final_status, final_fields, "served " + request->body);
            } else {
                side.answer("401 Unauthorized", "WWW-Authenticate: NTLM\r\n", refusal_body);
            }
        }
    }
};

std::shared_ptr<const Identity> identity(const char* password = "right", const char* username = "CONTOSO\\migadmin") {
    return std::make_shared<const Identity>(
        Identity{.account = "migadmin", .username = username, .password = base::Secret(password), .fingerprint = "f1"});
}

const core::Door door{"contoso", "ews"};

Request soap() {
    Request request{.method = "POST", .target = "/EWS/Exchange.asmx", .body = "<soap/>"};
    request.headers.add("Content-Type", "text/xml");
    return request;
}

class NtlmLane : public ::testing::Test {
protected:
    core::Outcome<Response> exchange(AuthenticatedLane& lane, std::chrono::milliseconds timeout = 10s) {
        return lane.exchange(soap(), Deadline::in(timeout));
    }
    AuthenticatedLane lane(TestServer& server, std::shared_ptr<const Identity> who = identity()) {
        auto opened = network.open(server);
        EXPECT_TRUE(opened);
        return AuthenticatedLane(std::move(*opened), Scheme::ntlm, std::move(who), gate, door, true);
    }
    AuthenticatedLane automatic(TestServer& server,
                                std::shared_ptr<const Identity> who = identity(),
                                std::optional<Way> decided = std::nullopt) {
        auto opened = network.open(server);
        EXPECT_TRUE(opened);
        return AuthenticatedLane(std::move(*opened), Scheme::automatic, std::move(who), gate, door, true, {}, decided);
    }
    /// One exchange of a new lane with a server that answers every request with `answers` in turn.
    core::Outcome<Response> exchange_scripted(std::vector<std::string> answers) {
        TestServer server([answers](ServerSide& side) {
            for (const std::string& answer : answers) {
                if (!side.read()) {
                    return;
                }
                side.write(answer);
            }
            side.await_end();
        });
        AuthenticatedLane one = lane(server);
        auto answer = exchange(one);
        EXPECT_FALSE(one.authenticated());
        offers = one.offers();
        return answer;
    }

    ForeignLeaks foreign_leaks;
    TestNetwork network;
    RecordingGate gate;
    NtlmServer ntlm;
    std::atomic<int> server_connections{0};
    std::vector<std::string> offers;
};

TEST_F(NtlmLane, one_handshake_authenticates_the_connection_with_channel_bindings) {
    ASSERT_TRUE(environment_is_set);
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(server);
    const auto first = exchange(one);
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_EQ(first->body, "served <soap/>");
    EXPECT_TRUE(one.authenticated());
    EXPECT_GT(one.time_to_authenticate(), base::Duration::zero());
    EXPECT_EQ(one.offers(), (std::vector<std::string>{"ntlm", "negotiate"}));
    for (int i = 0; i < 3; ++i) {
        const auto next = exchange(one);
        ASSERT_TRUE(next);
        EXPECT_EQ(next->body, "more");
    }
    EXPECT_EQ(ntlm.type1, 1);
    EXPECT_EQ(ntlm.type3, 1);
    EXPECT_TRUE(ntlm.channel_bound);
    ASSERT_EQ(gate.begins.size(), 1U);
    EXPECT_EQ(gate.begins[0].account, "migadmin");
    EXPECT_EQ(gate.begins[0].fingerprint, "f1");
    EXPECT_EQ(gate.begins[0].door, door);
    EXPECT_TRUE(gate.begins[0].proving);
    EXPECT_EQ(gate.finishes, (std::vector<Finish>{{PresentationResult::accepted, "200 after NTLM type 3"}}));
    EXPECT_EQ(ntlm.requests[0].body, "");
    EXPECT_EQ(ntlm.requests[0].field("Content-Length"), "0");
    EXPECT_EQ(ntlm.requests[1].body, "<soap/>");
    EXPECT_EQ(ntlm.requests[2].field("Authorization"), "");
}

TEST_F(NtlmLane, lanes_of_one_identity_share_its_credential) {
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    const auto who = identity();
    for (int i = 0; i < 3; ++i) {
        AuthenticatedLane one = lane(server, who);
        ASSERT_TRUE(exchange(one));
    }
    EXPECT_EQ(ntlm.type3, 3);
    EXPECT_EQ(gate.finishes, std::vector<Finish>(3, {PresentationResult::accepted, "200 after NTLM type 3"}));
}

TEST_F(NtlmLane, a_user_principal_name_is_accepted) {
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(server, identity("right", "migadmin@contoso.example"));
    const auto answer = exchange(one);
    EXPECT_TRUE(answer) << answer.error().detail;
    EXPECT_TRUE(ntlm.channel_bound);
}

TEST_F(NtlmLane, a_certificate_without_a_binding_hash_sends_none_and_works) {
    TestServer server([&](ServerSide& side) { ntlm.play(side); },
                      make_certificate({.issuer = &testing::test_authority(), .key = testing::KeyKind::ed25519}));
    AuthenticatedLane one = lane(server);
    ASSERT_TRUE(exchange(one));
    EXPECT_TRUE(ntlm.channel_bound); // an Ed25519 key under an ECDSA signature has a hash
}

TEST_F(NtlmLane, a_wrong_password_costs_exactly_one_type_3) {
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(server, identity("wrong"));
    const auto answer = exchange(one);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(),
              (core::Failure{Stage::authenticate, Cause::credential_refused, "401 after NTLM type 3", {}}));
    EXPECT_FALSE(one.alive());
    EXPECT_FALSE(exchange(one));
    EXPECT_EQ(ntlm.type3, 1);
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(gate.begins.size(), 1U);
    EXPECT_EQ(gate.finishes, (std::vector<Finish>{{PresentationResult::refused, "401 after NTLM type 3"}}));
}

TEST_F(NtlmLane, wrong_channel_bindings_are_refused_by_the_server) {
    ntlm.wrong_binding = true;
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(server);
    const auto answer = exchange(one);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::credential_refused);
    EXPECT_EQ(ntlm.type3, 1);
}

TEST_F(NtlmLane, a_locked_account_is_said_so) {
    ntlm.refusal_body = "<p>The referenced account is currently locked out and may not be logged on to.</p>";
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(server, identity("wrong"));
    const auto answer = exchange(one);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::account_locked);
    EXPECT_EQ(gate.finishes, (std::vector<Finish>{{PresentationResult::refused, "401 after NTLM type 3", true}}));
}

TEST_F(NtlmLane, what_the_gate_refuses_is_not_presented) {
    gate.refusal = core::Failure{Stage::authenticate, Cause::presentation_withheld, "wait", 60s};
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(server);
    const auto answer = exchange(one);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), *gate.refusal);
    EXPECT_EQ(ntlm.type1, 1);
    EXPECT_EQ(ntlm.type3, 0);
    EXPECT_TRUE(gate.finishes.empty());
}

TEST_F(NtlmLane, the_gate_is_asked_after_type_2_and_before_type_3) {
    gate.on_begin = [&] {
        EXPECT_EQ(ntlm.type1, 1);
        EXPECT_EQ(ntlm.type3, 0);
    };
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(server);
    EXPECT_TRUE(exchange(one));
}

TEST_F(NtlmLane, a_cut_after_type_3_is_unanswered) {
    ntlm.close_at_type3 = true;
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(server);
    const auto answer = exchange(one);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::connection_lost);
    ASSERT_EQ(gate.finishes.size(), 1U);
    EXPECT_EQ(gate.finishes[0].result, PresentationResult::unanswered);
    EXPECT_FALSE(one.alive());
}

TEST_F(NtlmLane, a_connection_that_died_while_the_gate_was_asked_is_not_sent) {
    std::unique_ptr<TestServer> server = std::make_unique<TestServer>([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(*server);
    gate.on_begin = [&] { server.reset(); };
    const auto answer = exchange(one);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::connection_lost);
    ASSERT_EQ(gate.finishes.size(), 1U);
    EXPECT_EQ(gate.finishes[0].result, PresentationResult::not_sent);
    EXPECT_EQ(ntlm.type3, 0);
}

TEST_F(NtlmLane, silence_after_type_3_is_unanswered_and_a_stop_ends_it) {
    std::stop_source stop;
    ntlm.on_type3 = [&] { stop.request_stop(); };
    ntlm.close_at_type3 = false;
    TestServer server([&](ServerSide& side) {
        NtlmServer& state = ntlm;
        state.on_type3 = [&] {
            stop.request_stop();
            side.await_end();
        };
        state.play(side);
    });
    AuthenticatedLane one = lane(server);
    const auto start = std::chrono::steady_clock::now();
    const auto answer = one.exchange(soap(), Deadline::in(30s, stop.get_token()));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().detail, "stopped");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
    ASSERT_EQ(gate.finishes.size(), 1U);
    EXPECT_EQ(gate.finishes[0].result, PresentationResult::unanswered);
}

TEST_F(NtlmLane, a_bare_503_after_type_3_is_unanswered_and_comes_back) {
    for (const char* status : {"502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"}) {
        ntlm.final_status = status;
        gate.finishes.clear();
        TestServer server([&](ServerSide& side) { ntlm.play(side); });
        AuthenticatedLane one = lane(server);
        const auto answer = exchange(one);
        ASSERT_TRUE(answer);
        ASSERT_EQ(gate.finishes.size(), 1U);
        EXPECT_EQ(gate.finishes[0].result, PresentationResult::unanswered);
        EXPECT_FALSE(one.authenticated());
        EXPECT_FALSE(one.alive());
    }
}

TEST_F(NtlmLane, a_503_of_the_back_end_and_any_other_answer_accept) {
    ntlm.final_fields = "X-BEServer: MBX1\r\n";
    for (const char* status :
         {"503 Service Unavailable", "500 Internal Server Error", "403 Forbidden", "404 Not Found", "302 Found"}) {
        ntlm.final_status = status;
        gate.finishes.clear();
        TestServer server([&](ServerSide& side) { ntlm.play(side); });
        AuthenticatedLane one = lane(server);
        ASSERT_TRUE(exchange(one));
        ASSERT_EQ(gate.finishes.size(), 1U);
        EXPECT_EQ(gate.finishes[0].result, PresentationResult::accepted) << status;
        EXPECT_TRUE(one.authenticated());
    }
}

TEST_F(NtlmLane, a_later_401_is_suspect_and_makes_no_second_handshake) {
    ntlm.serves = 1;
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(server);
    ASSERT_TRUE(exchange(one));
    ASSERT_TRUE(exchange(one));
    const auto answer = exchange(one);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::credential_suspect);
    EXPECT_EQ(answer.error().stage, Stage::authenticate);
    EXPECT_FALSE(one.alive());
    EXPECT_EQ(ntlm.type1, 1);
    EXPECT_EQ(ntlm.type3, 1);
    EXPECT_EQ(gate.begins.size(), 1U);
}

TEST_F(NtlmLane, cookies_of_the_challenge_go_back_with_type_3) {
    ntlm.type1_field = "Set-Cookie: affinity=node7; path=/; secure\r\nSet-Cookie: other=x; path=/owa\r\n";
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = lane(server);
    Request request = soap();
    request.headers.add("Cookie", "own=1");
    ASSERT_TRUE(one.exchange(request, Deadline::in(10s)));
    EXPECT_EQ(ntlm.requests[0].field("Cookie"), "own=1");
    EXPECT_EQ(ntlm.requests[1].field("Cookie"), "own=1; affinity=node7");
}

TEST_F(NtlmLane, a_scheme_that_is_not_offered_is_named_with_what_is) {
    const auto answer = exchange_scripted(
        {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer x=\"y\"\r\nWWW-Authenticate: Basic realm=\"z\"\r\n"
         "Content-Length: 0\r\n\r\n"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(),
              (core::Failure{Stage::authenticate,
                             Cause::auth_scheme_not_offered,
                             "the server offers bearer, basic, the configuration allows ntlm only",
                             {}}));
    EXPECT_EQ(offers, (std::vector<std::string>{"bearer", "basic"}));
    EXPECT_TRUE(gate.begins.empty());
}

TEST_F(NtlmLane, what_an_anonymous_request_is_offered_decides_where_the_operator_leaves_the_choice) {
    ntlm.anonymous_fields = "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\nWWW-Authenticate: Basic x=y\r\n";
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = automatic(server);
    ASSERT_TRUE(exchange(one));
    EXPECT_EQ(ntlm.requests[0].field("Authorization"), "");
    EXPECT_EQ(one.offers(), (std::vector<std::string>{"negotiate", "ntlm", "basic"}));
    EXPECT_EQ(one.way(), Way::ntlm);
    EXPECT_EQ(ntlm.type3, 1);
    EXPECT_EQ(gate.begins.size(), 1U);
}

TEST_F(NtlmLane, goes_within_negotiate_where_that_alone_is_offered) {
    ntlm.scheme = "Negotiate";
    ntlm.anonymous_fields = "WWW-Authenticate: Negotiate\r\n";
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = automatic(server);
    ASSERT_TRUE(exchange(one));
    EXPECT_EQ(one.way(), Way::negotiated_ntlm);
    EXPECT_EQ(ntlm.type3, 1);
    EXPECT_TRUE(ntlm.channel_bound);
}

TEST_F(NtlmLane, after_a_refusal_no_weaker_scheme_is_tried) {
    ntlm.anonymous_fields = "WWW-Authenticate: NTLM\r\nWWW-Authenticate: Basic x=y\r\n";
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = automatic(server, identity("wrong"));
    const auto answer = exchange(one);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::credential_refused);
    EXPECT_FALSE(one.alive());
    EXPECT_EQ(gate.begins.size(), 1U);
    for (const Received& request : ntlm.requests) {
        EXPECT_FALSE(request.field("Authorization").starts_with("Basic"));
    }
}

TEST_F(NtlmLane, a_connection_that_ends_with_the_offers_leaves_the_next_one_to_begin_with_them) {
    TestServer server([&](ServerSide& side) {
        if (server_connections++ == 0) {
            side.read();
            side.answer("401 Unauthorized", "WWW-Authenticate: NTLM\r\nConnection: close\r\n");
            return;
        }
        ntlm.play(side);
    });
    AuthenticatedLane one = automatic(server);
    const auto answer = exchange(one);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::connection_lost);
    EXPECT_TRUE(one.closed_by_question());
    EXPECT_TRUE(gate.begins.empty());
    AuthenticatedLane next = automatic(server, identity(), one.way());
    ASSERT_TRUE(exchange(next));
    EXPECT_NE(ntlm.requests[0].field("Authorization"), "");
}

TEST_F(NtlmLane, an_account_without_any_of_the_offered_means_presents_nothing) {
    ntlm.anonymous_fields = "WWW-Authenticate: Bearer x=y\r\n";
    TestServer server([&](ServerSide& side) { ntlm.play(side); });
    AuthenticatedLane one = automatic(server);
    const auto answer = exchange(one);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().detail, "the server offers bearer, of which this account can do none");
    EXPECT_TRUE(gate.begins.empty());
}

TEST_F(NtlmLane, other_answers_to_type_1_come_back_and_nothing_is_presented) {
    for (const char* status : {"200 OK", "302 Found", "403 Forbidden", "404 Not Found", "503 Service Unavailable"}) {
        const auto answer = exchange_scripted({fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\n\r\n", status)});
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, std::stoi(status));
    }
    EXPECT_TRUE(gate.begins.empty());
}

TEST_F(NtlmLane, broken_challenges_present_nothing) {
    const auto challenge = [](const char* field, const char* more = "") {
        return fmt::format(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {}\r\n{}Content-Length: 0\r\n\r\n", field, more);
    };
    const auto cause = [&](const std::string& answer) {
        const auto outcome = exchange_scripted({answer});
        EXPECT_THAT(outcome.error().detail, ::testing::HasSubstr("nothing was presented"));
        return core::code_of(outcome.error().cause);
    };
    EXPECT_EQ(cause(challenge("NTLM")), "unexpected_answer");
    EXPECT_EQ(cause(challenge("NTLM !!!")), "unexpected_answer");
    EXPECT_EQ(cause(challenge("NTLM AAAA")), "unexpected_answer");
    EXPECT_EQ(cause(challenge("NTLM TlRMTVNTUAACAAAA")), "unexpected_answer");
    EXPECT_EQ(cause(challenge("NTLM", "Connection: close\r\n")), "connection_lost");
    EXPECT_EQ(cause("HTTP/1.1 garbage\r\n\r\n"), "not_http");
    EXPECT_TRUE(gate.begins.empty());
}

// ---- Basic

struct BasicServer {
    std::atomic<int> anonymous{0};
    std::atomic<int> presented{0};
    std::string expected = "Basic " + to_base64("CONTOSO\\migadmin:right");
    std::string offer = "WWW-Authenticate: Basic realm=\"mail\"\r\n";
    int accepts = 1000;

    void play(ServerSide& side) {
        int left = accepts;
        while (const auto request = side.read()) {
            const std::string field = request->field("Authorization");
            ++(field.empty() ? anonymous : presented);
            if (field.empty()) {
                EXPECT_EQ(request->body, "");
                EXPECT_EQ(request->field("Content-Length"), "0");
            }
            if (field == expected && left-- > 0) {
                side.answer("200 OK", "", "served " + request->body);
            } else {
                side.answer("401 Unauthorized", offer);
            }
        }
    }
};

class BasicLane : public ::testing::Test {
protected:
    AuthenticatedLane lane(TestServer& server, std::shared_ptr<const Identity> who = identity()) {
        auto opened = network.open(server);
        EXPECT_TRUE(opened);
        return AuthenticatedLane(std::move(*opened), Scheme::basic, std::move(who), gate, door);
    }

    TestNetwork network;
    RecordingGate gate;
    BasicServer basic;
};

TEST_F(BasicLane, each_request_is_a_presentation_after_one_anonymous_question) {
    TestServer server([&](ServerSide& side) { basic.play(side); });
    AuthenticatedLane one = lane(server);
    for (int i = 0; i < 3; ++i) {
        const auto answer = one.exchange(soap(), Deadline::in(10s));
        ASSERT_TRUE(answer) << answer.error().detail;
        EXPECT_EQ(answer->body, "served <soap/>");
    }
    EXPECT_TRUE(one.authenticated());
    EXPECT_EQ(one.offers(), std::vector<std::string>{"basic"});
    EXPECT_EQ(basic.anonymous, 1);
    EXPECT_EQ(basic.presented, 3);
    ASSERT_EQ(gate.begins.size(), 3U);
    EXPECT_FALSE(gate.begins[0].proving);
    EXPECT_EQ(gate.finishes, std::vector<Finish>(3, {PresentationResult::accepted, "200 after Basic"}));
}

TEST_F(BasicLane, is_never_sent_where_it_is_not_offered) {
    basic.offer = "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n";
    TestServer server([&](ServerSide& side) { basic.play(side); });
    AuthenticatedLane one = lane(server);
    const auto answer = one.exchange(soap(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::auth_scheme_not_offered);
    EXPECT_EQ(answer.error().detail, "the server offers negotiate, ntlm, the configuration allows basic only");
    EXPECT_EQ(basic.presented, 0);
    EXPECT_TRUE(gate.begins.empty());
}

TEST_F(BasicLane, a_wrong_password_is_presented_once) {
    TestServer server([&](ServerSide& side) { basic.play(side); });
    AuthenticatedLane one = lane(server, identity("wrong"));
    const auto answer = one.exchange(soap(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), (core::Failure{Stage::authenticate, Cause::credential_refused, "401 after Basic", {}}));
    EXPECT_FALSE(one.exchange(soap(), Deadline::in(10s)));
    EXPECT_EQ(basic.presented, 1);
    EXPECT_EQ(gate.finishes, (std::vector<Finish>{{PresentationResult::refused, "401 after Basic"}}));
}

TEST_F(BasicLane, a_refusal_after_an_acceptance_is_suspect_and_counted_as_refused) {
    basic.accepts = 1;
    TestServer server([&](ServerSide& side) { basic.play(side); });
    AuthenticatedLane one = lane(server);
    ASSERT_TRUE(one.exchange(soap(), Deadline::in(10s)));
    const auto answer = one.exchange(soap(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::credential_suspect);
    EXPECT_FALSE(one.alive());
    EXPECT_EQ(basic.presented, 2);
    ASSERT_EQ(gate.finishes.size(), 2U);
    EXPECT_EQ(gate.finishes[1].result, PresentationResult::refused);
}

TEST_F(BasicLane, an_open_door_needs_no_credential) {
    TestServer server([&](ServerSide& side) {
        while (side.read()) {
            side.answer("200 OK", "", "anonymous");
        }
    });
    AuthenticatedLane one = lane(server);
    const auto answer = one.exchange(soap(), Deadline::in(10s));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "anonymous");
    EXPECT_FALSE(one.authenticated());
    EXPECT_TRUE(gate.begins.empty());
}

TEST_F(BasicLane, withheld_by_the_gate_the_lane_lives_on) {
    TestServer server([&](ServerSide& side) { basic.play(side); });
    AuthenticatedLane one = lane(server);
    gate.refusal = core::Failure{Stage::authenticate, Cause::presentation_withheld, "two are in flight", 1s};
    ASSERT_FALSE(one.exchange(soap(), Deadline::in(10s)));
    EXPECT_TRUE(one.alive());
    gate.refusal.reset();
    EXPECT_TRUE(one.exchange(soap(), Deadline::in(10s)));
    EXPECT_EQ(basic.anonymous, 1);
    EXPECT_EQ(basic.presented, 1);
}

TEST_F(BasicLane, a_colon_in_the_user_name_is_refused_at_home) {
    TestServer server([&](ServerSide& side) { basic.play(side); });
    AuthenticatedLane one = lane(server, identity("right", "a:b"));
    const auto answer = one.exchange(soap(), Deadline::in(10s));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::internal_error);
    EXPECT_EQ(basic.presented, 0);
}

} // namespace
} // namespace mailpreflight::http
