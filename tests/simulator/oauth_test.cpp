#include "simulator/oauth.hpp"

#include "simulator/json_reader.hpp"
#include "simulator/simulator.hpp"
#include "simulator/text.hpp"
#include "tests/simulator/test_client.hpp"
#include "tests/simulator/worlds.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>

namespace mailpreflight::simulator {
namespace {

const TimePoint now = std::chrono::system_clock::now();
const std::string client = "1b0e5a4e-0c6f-4c1a-9a53-0d3a5f0c8f01";

std::string url_of(std::string text) {
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    text.erase(std::ranges::find(text, '='), text.end());
    return text;
}

/** A key with its certificate, made by the test: what it signs owes nothing to the client of this project. */
struct Registered {
    std::shared_ptr<EVP_PKEY> key{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}), &EVP_PKEY_free};
    std::shared_ptr<X509> certificate{X509_new(), &X509_free};

    Registered() {
        X509_set_version(certificate.get(), X509_VERSION_3);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
        X509_set_pubkey(certificate.get(), key.get());
        X509_sign(certificate.get(), key.get(), EVP_sha256());
    }
    std::string pem() const {
        const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
        PEM_write_bio_X509(out.get(), certificate.get());
        char* data = nullptr;
        const long size = BIO_get_mem_data(out.get(), &data);
        return {data, static_cast<std::size_t>(size)};
    }
    std::string thumbprint() const {
        std::array<unsigned char, 32> digest{};
        unsigned int size = 0;
        X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size);
        return url_of(to_base64({reinterpret_cast<const char*>(digest.data()), size}));
    }
    std::string sign(const std::string& text, bool pss) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
        EVP_PKEY_CTX* parameters = nullptr;
        EVP_DigestSignInit(context.get(), &parameters, EVP_sha256(), nullptr, key.get());
        if (pss) {
            EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 32);
        }
        std::string signature(256, '\0');
        std::size_t size = signature.size();
        EVP_DigestSign(context.get(),
                       reinterpret_cast<unsigned char*>(signature.data()),
                       &size,
                       reinterpret_cast<const unsigned char*>(text.data()),
                       text.size());
        return signature;
    }
};

const Registered& registered() {
    static const Registered one;
    return one;
}

class TokenEndpoint : public ::testing::Test {
protected:
    TokenEndpoint() {
        oauth_.applications = {{.client_id = client,
                                .secrets = {"right"},
                                .expired_secrets = {"old"},
                                .certificates = {registered().pem()}}};
    }

    HttpResponse ask(const std::string& body, const std::string& tenant = "contoso.onmicrosoft.com") {
        HttpRequest request;
        request.method = "POST";
        request.target = "/" + tenant + "/oauth2/v2.0/token";
        request.headers = {{"Host", "login.example"}};
        request.body = body;
        EXPECT_TRUE(is_token_path(request.path()));
        return serve_token(oauth_, request, now);
    }

    static std::string form(const std::string& proof,
                            const std::string& id = client,
                            const std::string& scope = "https://login.example/.default") {
        return "grant_type=client_credentials&client_id=" + id + "&scope=" + percent_encode(scope) + proof;
    }
    HttpResponse by_secret(const std::string& secret) {
        return ask(form("&client_secret=" + secret));
    }

    struct Assertion {
        std::string algorithm = "PS256";
        std::string thumbprint = registered().thumbprint();
        std::string audience = "https://login.example/contoso.onmicrosoft.com/oauth2/v2.0/token";
        std::string issuer = client;
        std::string id = random_guid();
        int from = 0;
        int until = 480;
        bool pss = true;
        std::string tail; ///< signed with it and sent without
    };
    HttpResponse by_assertion(const Assertion& wanted) {
        const auto moment = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
        const std::string text =
            url_of(to_base64(
                fmt::format(R"({{"alg":"{}","typ":"JWT","x5t#S256":"{}"}})", wanted.algorithm, wanted.thumbprint))) +
            "." +
            url_of(
                to_base64(fmt::format(R"({{"aud":"{}","iss":"{}","sub":"{}","jti":"{}","nbf":{},"iat":{},"exp":{}}})",
                                      wanted.audience,
                                      wanted.issuer,
                                      wanted.issuer,
                                      wanted.id,
                                      moment + wanted.from,
                                      moment + wanted.from,
                                      moment + wanted.until)));
        return ask(form(
            "&client_assertion_type=" + percent_encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") +
            "&client_assertion=" + text + "." + url_of(to_base64(registered().sign(text + wanted.tail, wanted.pss)))));
    }

    static int code_of(const HttpResponse& response) {
        const Json json = parse_json(response.body);
        return json.has_field("error_codes") ? json.at("error_codes").at(0).as_integer() : 0;
    }
    static std::string token_of(const HttpResponse& response) {
        return parse_json(response.body).at("access_token").as_string();
    }

    OAuthState oauth_;
};

TEST_F(TokenEndpoint, gives_a_token_for_a_secret) {
    const HttpResponse response = by_secret("right");
    ASSERT_EQ(response.status, 200) << response.body;
    const Json json = parse_json(response.body);
    EXPECT_EQ(json.at("token_type").as_string(), "Bearer");
    EXPECT_EQ(json.at("expires_in").as_integer(), 3599);
    EXPECT_EQ(judge_bearer(oauth_, token_of(response), "login.example", now).application, client);
    EXPECT_EQ(oauth_.requests, 1U);
    EXPECT_EQ(oauth_.refused, 0U);
}

TEST_F(TokenEndpoint, refuses_as_microsoft_does) {
    const auto expect = [&](const HttpResponse& response, int status, const std::string& error, int code) {
        EXPECT_EQ(response.status, status) << response.body;
        EXPECT_EQ(code_of(response), code) << response.body;
        EXPECT_EQ(parse_json(response.body).at("error").as_string(), error);
    };
    expect(by_secret("wrong"), 401, "invalid_client", 7000215);
    expect(by_secret("old"), 401, "invalid_client", 7000222);
    expect(ask(form("")), 401, "invalid_client", 7000218);
    expect(ask(form("&client_secret=right"), "nobody.example"), 400, "invalid_request", 90002);
    expect(ask(form("&client_secret=right", "other")), 400, "unauthorized_client", 700016);
    expect(ask(form("&client_secret=right", client, "https://login.example")), 400, "invalid_scope", 70011);
    expect(ask(form("&client_secret=right", client, "https://other/.default")), 400, "invalid_resource", 500011);
    oauth_.applications[0].enabled = false;
    expect(by_secret("right"), 400, "unauthorized_client", 7000112);
    EXPECT_EQ(oauth_.requests, 8U);
    EXPECT_EQ(oauth_.refused, 8U);
}

TEST_F(TokenEndpoint, verifies_assertions) {
    EXPECT_EQ(by_assertion({}).status, 200);
    EXPECT_EQ(by_assertion({.algorithm = "RS256", .pss = false}).status, 200);
    EXPECT_EQ(code_of(by_assertion({.algorithm = "RS256", .pss = true})), 700027)
        << "signed in another way than it says";
    EXPECT_EQ(code_of(by_assertion({.algorithm = "none"})), 50013);
    EXPECT_EQ(code_of(by_assertion({.thumbprint = "other"})), 700027);
    EXPECT_EQ(code_of(by_assertion({.tail = "A"})), 700027) << "another text was signed";
    EXPECT_EQ(code_of(by_assertion({.audience = "https://login.example/"})), 50013);
    EXPECT_EQ(code_of(by_assertion({.issuer = "other"})), 50013);
    EXPECT_EQ(code_of(by_assertion({.from = -1200, .until = -700})), 700024);
    EXPECT_EQ(code_of(by_assertion({.from = 400, .until = 800})), 700024);
    EXPECT_EQ(code_of(by_assertion({.until = 3600})), 700024) << "longer than ten minutes";
    EXPECT_EQ(by_assertion({.id = "one"}).status, 200);
    EXPECT_EQ(code_of(by_assertion({.id = "one"})), 50013) << "used before";
}

TEST_F(TokenEndpoint, says_once_what_it_is_told_to) {
    oauth_.next = {{.status = 429, .error = "temporarily_unavailable", .code = 90055, .retry_after = 7},
                   {.status = 200, .body = "<html>"}};
    const HttpResponse throttled = by_secret("right");
    EXPECT_EQ(throttled.status, 429);
    EXPECT_EQ(throttled.header("Retry-After"), "7");
    EXPECT_EQ(code_of(throttled), 90055);
    EXPECT_EQ(by_secret("right").body, "<html>");
    EXPECT_EQ(by_secret("right").status, 200);
    EXPECT_EQ(oauth_.refused, 0U);
}

TEST_F(TokenEndpoint, says_odd_lives_as_they_are_set) {
    oauth_.expires_in = R"("soon")";
    EXPECT_NE(by_secret("right").body.find(R"("expires_in":"soon")"), std::string::npos);
}

TEST_F(TokenEndpoint, exchange_refuses_tokens_with_its_own_words) {
    const std::string token = token_of(by_secret("right"));
    const auto said = [&](const std::string& shown, const std::string& host = "login.example", TimePoint at = now) {
        return judge_bearer(oauth_, shown, host, at).diagnostics.substr(0, 7);
    };
    EXPECT_EQ(said("nonsense"), "2000001");
    EXPECT_EQ(said(token + "A"), "2000001");
    EXPECT_EQ(said(token, "other.example"), "2000003");
    EXPECT_EQ(said(token, "login.example", now + std::chrono::hours(2)), "2000001");
    oauth_.applications[0].roles = {"Mail.Read"};
    EXPECT_EQ(said(token_of(by_secret("right"))), "2000008");
}

TEST(BearerOnEws, lets_an_application_in_that_names_a_mailbox) {
    SimulatorOptions options;
    options.control = false;
    options.state = testing::small_world();
    options.state.server.offers = {"bearer"};
    options.state.server.version = *find_version_profile("online");
    options.state.oauth.applications = {{.client_id = client, .secrets = {"right"}}};
    options.state.oauth.resource = "https://exchange.example";
    options.state.organisation.impersonation = {{.assignee = "app:" + client}};
    const Simulator exchange(std::move(options));

    testing::TestClient wire(exchange.port(), testing::TestClient::Tls::on);
    const std::string ews = "/EWS/Exchange.asmx";
    const auto challenge = wire.request("POST", ews);
    EXPECT_EQ(challenge.status, 401);
    EXPECT_NE(challenge.header("WWW-Authenticate").find("Bearer client_id=\"00000002-0000-0ff1"), std::string::npos);

    const auto given =
        wire.request("POST",
                     "/contoso.onmicrosoft.com/oauth2/v2.0/token",
                     "grant_type=client_credentials&client_id=" + client +
                         "&client_secret=right&scope=" + percent_encode("https://exchange.example/.default"),
                     {"Content-Type: application/x-www-form-urlencoded"});
    ASSERT_EQ(given.status, 200) << given.body;
    const std::string authorization = "Authorization: Bearer " + parse_json(given.body).at("access_token").as_string();

    const auto opened = wire.request("POST", ews, testing::proof_of("anna@contoso.example"), {authorization});
    EXPECT_EQ(opened.status, 200) << opened.body;
    EXPECT_NE(opened.body.find("NoError"), std::string::npos);
    EXPECT_NE(opened.body.find("MinorVersion=\"20\""), std::string::npos) << opened.body;

    const auto unnamed = wire.request(
        "POST",
        ews,
        testing::soap(testing::version("Exchange2010_SP1"), testing::get_folder(testing::folder("msgfolderroot"))),
        {authorization});
    EXPECT_EQ(unnamed.status, 500);
    EXPECT_NE(unnamed.body.find("ExchangeImpersonation SOAP header must be present"), std::string::npos);

    const auto refused = wire.request("POST", ews, "", {"Authorization: Bearer nonsense"});
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.header("x-ms-diagnostics").substr(0, 7), "2000001");
    EXPECT_NE(refused.header("WWW-Authenticate").find("error=\"invalid_token\""), std::string::npos);
    EXPECT_EQ(exchange.presentations(), 0U) << "a token is none";
}

} // namespace
} // namespace mailpreflight::simulator
