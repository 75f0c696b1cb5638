#include "simulator/simulator.hpp"
#include "simulator/text.hpp"
#include "tests/simulator/test_client.hpp"
#include "tests/simulator/worlds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

/** HTTP, TLS, faults and the control port over real connections. */
namespace mailpreflight::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

SimulatorOptions basic_world() {
    SimulatorOptions options;
    options.state = small_world();
    options.state.server.offers = {"basic"};
    return options;
}

class WireTest : public ::testing::Test {
protected:
    TestClient connect() {
        return {simulator.port(), TestClient::Tls::on};
    }

    static std::string authorization(const std::string& password = admin_password) {
        return "Authorization: Basic " + to_base64(admin + ":" + password);
    }

    Answer prove(TestClient& client, const std::string& address = "anna@contoso.example") {
        return client.request("POST", "/EWS/Exchange.asmx", proof_of(address), {authorization()});
    }

    Answer prove() {
        TestClient client = connect();
        return prove(client);
    }

    Answer control(const std::string& method, const std::string& target, const std::string& body = "") {
        TestClient client(simulator.control_port(), TestClient::Tls::off);
        return client.request(method, target, body);
    }

    void add_fault(FaultRule rule) {
        simulator.with_state([&](State& state) { state.faults.add(std::move(rule)); });
    }

    Simulator simulator{basic_world()};
};

TEST_F(WireTest, basic_is_presented_with_each_request) {
    TestClient client = connect();
    EXPECT_EQ(prove(client).status, 200);
    EXPECT_EQ(prove(client).status, 200);
    EXPECT_EQ(client.request("POST", "/EWS/Exchange.asmx", proof_of("anna@contoso.example")).status, 401);
    EXPECT_EQ(simulator.presentations(), 2U);
}

TEST_F(WireTest, the_service_answers_get_and_head_with_a_page_and_any_case_of_its_path) {
    TestClient client = connect();
    for (const std::string path : {"/EWS/Exchange.asmx", "/ews/exchange.ASMX"}) {
        EXPECT_EQ(client.request("GET", path).status, 401);
        const Answer page = client.request("GET", path, "", {authorization()});
        EXPECT_EQ(page.status, 200);
        EXPECT_THAT(page.body, HasSubstr("You have created a service."));
        EXPECT_EQ(client.request("POST", path, proof_of("anna@contoso.example"), {authorization()}).status, 200);
        EXPECT_EQ(client.request("PUT", path, "", {authorization()}).status, 405);
    }
    client.write("HEAD /ews/exchange.asmx HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + authorization() +
                 "\r\n\r\n");
    const std::string head = client.read_all();
    EXPECT_THAT(head, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(head, ::testing::EndsWith("\r\n\r\n"));
}

TEST_F(WireTest, the_redirect_of_2010s_exchange_directory_is_iis_own_and_no_well_formed_page) {
    simulator.with_state([](State& state) { state.server.version = *find_version_profile("2010sp2"); });
    TestClient client = connect();
    const Answer answer = client.request("PROPFIND", "/exchange/anna@contoso.example/");
    EXPECT_EQ(answer.status, 302);
    EXPECT_EQ(answer.body,
              "<head><title>Document Moved</title></head>\n<body><h1>Object Moved</h1>This document may be found "
              "<a HREF=\"https://localhost/owa\">here</a></body>");
}

TEST(SchemaFiles, are_served_to_who_is_authenticated_where_a_folder_of_them_is_named) {
    const auto folder = std::filesystem::path(::testing::TempDir()) / "ews-schema-of-a-test";
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "types.xsd") << "<types/>";
    std::ofstream(folder / "messages.xsd") << "<messages/>";
    std::ofstream(folder / "services.wsdl")
        << "<wsdl:definitions><wsdl:service name='x'>here</wsdl:service></wsdl:definitions>";
    SimulatorOptions options = basic_world();
    options.ews_schema = folder;
    const Simulator with(options);
    std::filesystem::remove_all(folder);
    const std::vector<std::string> credentials = {"Authorization: Basic " + to_base64(admin + ":" + admin_password)};
    TestClient client(with.port(), TestClient::Tls::on);
    EXPECT_EQ(client.request("GET", "/EWS/types.xsd").status, 401);
    const Answer types = client.request("GET", "/EWS/Types.xsd", "", credentials);
    EXPECT_EQ(types.header("Content-Type"), "text/xml");
    EXPECT_EQ(types.body, "<types/>");
    EXPECT_EQ(client.request("GET", "/ews/messages.xsd", "", credentials).body, "<messages/>");
    EXPECT_EQ(client.request("GET", "/ews/Services.wsdl", "", credentials).body,
              "<wsdl:definitions></wsdl:definitions>");
    EXPECT_EQ(client.request("GET", "/ews/other.xsd", "", credentials).status, 404);
    EXPECT_EQ(client.request("POST", "/ews/types.xsd", "x", credentials).status, 405);

    const Simulator without(basic_world());
    TestClient other(without.port(), TestClient::Tls::on);
    EXPECT_EQ(other.request("GET", "/ews/types.xsd", "", credentials).status, 404);
    options.ews_schema = folder;
    EXPECT_THROW(Simulator{options}, std::runtime_error); // the files are gone
}

TEST_F(WireTest, routing_headers_come_only_after_authentication) {
    const Answer answer = prove();
    EXPECT_EQ(answer.header("X-FEServer"), "EX01");
    EXPECT_EQ(answer.header("X-BEServer"), "MBX01");
    EXPECT_EQ(answer.header("X-DiagInfo"), "MBX01");
    EXPECT_EQ(answer.header("request-id").size(), 36U);
    EXPECT_EQ(answer.header("Server"), "Microsoft-IIS/10.0");
    EXPECT_EQ(answer.header("Transfer-Encoding"), "chunked");
}

TEST_F(WireTest, the_clients_request_id_is_echoed_if_it_asks) {
    TestClient client = connect();
    const Answer answer = client.request("POST",
                                         "/EWS/Exchange.asmx",
                                         proof_of("anna@contoso.example"),
                                         {authorization(), "client-request-id: 42", "return-client-request-id: true"});
    EXPECT_EQ(answer.header("client-request-id"), "42");
}

TEST_F(WireTest, the_back_end_header_names_the_server_of_the_database) {
    simulator.with_state([](State& state) { state.server.back_ends = {{"DB01", "MBX07"}}; });
    EXPECT_EQ(prove().header("X-BEServer"), "MBX07");
}

TEST_F(WireTest, a_blocked_user_agent_and_a_closed_ews_get_an_empty_403) {
    simulator.with_state([](State& state) { state.server.blocked_user_agents = {"*probe*"}; });
    TestClient client = connect();
    const Answer blocked = client.request(
        "POST", "/EWS/Exchange.asmx", proof_of("anna@contoso.example"), {authorization(), "User-Agent: a Probe/1"});
    EXPECT_EQ(blocked.status, 403);
    EXPECT_EQ(blocked.body, "");
    EXPECT_EQ(prove().status, 200);
    simulator.with_state([](State& state) { state.server.ews_enabled = false; });
    EXPECT_EQ(prove().status, 403);
}

TEST_F(WireTest, the_site_answers_as_its_version_does) {
    struct Row {
        std::string version;
        std::string path;
        int status;
        std::string location;
    };
    for (const Row& row :
         {Row{"2019", "/", 301, "https://localhost/owa/"},
          Row{"2019", "/exchange", 404, ""},
          Row{"2010sp2", "/exchange", 302, "https://localhost/owa"},
          Row{"2007sp1", "/exchange", 401, ""},
          Row{"2019", "/OWA/healthcheck.htm", 200, ""},
          Row{"2019", "/autodiscover/autodiscover.xml", 401, ""},
          Row{"2019", "/EWS/nothing", 404, ""},
          Row{"2019", "/owa/" + std::string(600, 'x'), 404, ""},
          Row{"2019",
              "/ecp/",
              302,
              "https://localhost/owa/auth/logon.aspx?url=https%3a%2f%2flocalhost%2fecp%2f&reason=0"}}) {
        simulator.with_state([&](State& state) { state.server.version = *find_version_profile(row.version); });
        TestClient client = connect();
        const Answer answer = client.request("GET", row.path);
        EXPECT_EQ(answer.status, row.status) << row.version << ' ' << row.path;
        EXPECT_EQ(answer.header("Location"), row.location) << row.path;
    }
}

TEST_F(WireTest, malformed_xml_is_a_400) {
    TestClient client = connect();
    EXPECT_EQ(client.request("POST", "/EWS/Exchange.asmx", "<a>", {authorization()}).status, 400);
}

TEST_F(WireTest, a_locked_account_may_be_named_in_the_body) {
    simulator.with_state([](State& state) {
        state.server.lockout_body = true;
        state.directory.lock(*state.directory.find(admin), std::chrono::system_clock::now());
    });
    const Answer answer = prove();
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.body, HasSubstr("The referenced account is currently locked out"));
}

TEST_F(WireTest, the_certificate_can_be_swapped_for_new_connections) {
    const std::string ca = simulator.ca_file();
    EXPECT_TRUE(connect().is_trusted(ca, "localhost"));
    for (const std::string choice : {"expired", "self_signed", "wrong_name"}) {
        EXPECT_EQ(control("POST", "/server", R"({"certificate":")" + choice + "\"}").status, 200);
        EXPECT_FALSE(connect().is_trusted(ca, "localhost")) << choice;
    }
    simulator.with_state([](State& state) { state.server.certificate = CertificateChoice::good; });
    EXPECT_TRUE(connect().is_trusted(ca, "localhost"));
}

TEST_F(WireTest, two_front_ends_take_turns) {
    simulator.with_state([](State& state) { state.server.front_ends = {"EX01", "EX02"}; });
    const std::string first = prove().header("X-FEServer");
    const std::string second = prove().header("X-FEServer");
    EXPECT_NE(first, second);
}

TEST_F(WireTest, faults_strike_as_often_as_they_are_told) {
    add_fault({.kind = FaultKind::status, .path = "/ews", .remaining = 2, .value = 503, .retry_after = 7});
    TestClient client = connect();
    const Answer struck = prove(client);
    EXPECT_EQ(struck.status, 503);
    EXPECT_EQ(struck.header("Retry-After"), "7");
    EXPECT_EQ(client.request("POST", "/EWS/Exchange.asmx").status, 401); // an unauthenticated leg uses nothing up
    EXPECT_EQ(prove(client).status, 503);
    EXPECT_EQ(prove(client).status, 200);
}

TEST_F(WireTest, faults_can_be_about_one_mailbox_only) {
    add_fault({.kind = FaultKind::error_code,
               .mailbox = "ben@contoso.example",
               .code = "ErrorMailboxFailover",
               .as_message = true});
    TestClient client = connect();
    EXPECT_THAT(prove(client, "ben@contoso.example").body, HasSubstr("ErrorMailboxFailover"));
    EXPECT_THAT(prove(client, "anna@contoso.example").body, HasSubstr("NoError"));
}

TEST_F(WireTest, throttling_names_its_back_off) {
    add_fault({.kind = FaultKind::throttle, .remaining = 1, .value = 1234});
    const Answer answer = prove();
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(answer.body, HasSubstr("<t:Value Name=\"BackOffMilliseconds\">1234</t:Value>"));
    add_fault({.kind = FaultKind::exceeded_connection_count, .remaining = 1});
    EXPECT_THAT(prove().body, HasSubstr("MaxConcurrencyLimit\">27<"));
}

TEST_F(WireTest, faults_of_the_answer_keep_the_request_counted) {
    add_fault({.kind = FaultKind::close_before_answer, .path = "/owa", .remaining = 1});
    TestClient client = connect();
    const std::string form =
        "destination=https%3A%2F%2Flocalhost%2Fowa%2F&flags=4&username=CONTOSO%5Cmigadmin&password=x";
    client.write("POST /owa/auth.owa HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(form.size()) +
                 "\r\n\r\n" + form);
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(simulator.presentations(), 1U);
}

TEST_F(WireTest, answers_that_are_broken_on_the_wire) {
    const auto raw = [&](FaultRule rule, std::size_t limit = 1U << 20U) {
        rule.remaining = 1;
        add_fault(std::move(rule));
        TestClient client = connect();
        const std::string body = proof_of("anna@contoso.example");
        client.write("POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: localhost\r\n" + authorization() +
                     "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        return client.read_all(limit);
    };
    EXPECT_THAT(raw({.kind = FaultKind::garbage}), Not(StartsWith("HTTP/")));
    EXPECT_THAT(raw({.kind = FaultKind::cut}), Not(HasSubstr("</s:Envelope>")));
    EXPECT_THAT(raw({.kind = FaultKind::chunk_minus_two}), HasSubstr("\r\n\r\n-2\r\n"));
    EXPECT_THAT(raw({.kind = FaultKind::endless_header}, 200'000), HasSubstr("X-Endless: "));
    EXPECT_THAT(raw({.kind = FaultKind::garbage_xml}), HasSubstr("<m:GetFolderResp"));
    EXPECT_THAT(raw({.kind = FaultKind::html_200}), HasSubstr("name=\"logonForm\""));
    EXPECT_THAT(raw({.kind = FaultKind::redirect}), HasSubstr("Location: https://localhost/owa/auth/logon.aspx"));
    EXPECT_THAT(raw({.kind = FaultKind::redirect, .location = "https://other.example/"}),
                HasSubstr("Location: https://other.example/\r\n"));
    EXPECT_THAT(raw({.kind = FaultKind::empty_500}), HasSubstr("HTTP/1.1 500 "));
    EXPECT_THAT(raw({.kind = FaultKind::unauthorized}), HasSubstr("HTTP/1.1 401 "));
    EXPECT_THAT(raw({.kind = FaultKind::gzip}), HasSubstr("Content-Encoding: gzip"));
    EXPECT_LT(raw({.kind = FaultKind::gzip_bomb, .value = 10}).size(), 200'000U);
    EXPECT_GT(raw({.kind = FaultKind::huge_body, .value = 3}, 4U << 20U).size(), 3U << 20U);
    EXPECT_THAT(raw({.kind = FaultKind::slow_bytes, .value = 1'000'000}), HasSubstr("NoError"));
    EXPECT_THAT(raw({.kind = FaultKind::latency, .value = 1}), HasSubstr("NoError"));
}

TEST_F(WireTest, a_wrong_answer_shows_another_mailbox) {
    const std::string right = prove().body;
    add_fault({.kind = FaultKind::wrong_answer, .remaining = 1, .location = "ben@contoso.example"});
    const std::string wrong = prove().body;
    EXPECT_NE(wrong, right);
    EXPECT_THAT(wrong,
                HasSubstr(encode_folder_id({simulator.with_state([](State& state) {
                                                return state.organisation.find("ben@contoso.example")->guid;
                                            }),
                                            "msgfolderroot"})));
}

TEST_F(WireTest, the_concurrency_budget_is_counted_truly) {
    simulator.with_state([](State& state) {
        state.server.max_concurrency = 1;
        state.faults.add({.kind = FaultKind::latency, .remaining = 1, .value = 600'000});
    });
    TestClient waiting = connect();
    const std::string body = proof_of("anna@contoso.example");
    waiting.write("POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: localhost\r\n" + authorization() +
                  "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    while (simulator.log().empty()) {
        std::this_thread::yield(); // until the first request hangs in its latency
    }
    EXPECT_EQ(simulator.log().back().fault, "latency");
    EXPECT_THAT(prove().body, HasSubstr("ErrorExceededConnectionCount"));
    TestClient other = connect();
    EXPECT_EQ(prove(other, "ben@contoso.example").status, 200); // each impersonated mailbox has a budget of its own
}

TEST_F(WireTest, the_log_tells_what_a_test_wants_to_know) {
    TestClient client = connect();
    client.request("POST",
                   "/EWS/Exchange.asmx?x=1",
                   proof_of("anna@contoso.example"),
                   {authorization(), "User-Agent: probe/1", "X-AnchorMailbox: anna@contoso.example"});
    const LogEntry entry = simulator.log().back();
    EXPECT_EQ(entry.door, "ews");
    EXPECT_EQ(entry.target, "/EWS/Exchange.asmx?x=1");
    EXPECT_EQ(entry.operation, "GetFolder");
    EXPECT_EQ(entry.mailbox, "anna@contoso.example");
    EXPECT_TRUE(entry.impersonated);
    EXPECT_FALSE(entry.impersonated_and_named);
    EXPECT_EQ(entry.anchor, "anna@contoso.example");
    EXPECT_EQ(entry.request_server_version, "Exchange2010_SP1");
    EXPECT_EQ(entry.response_code, "NoError");
    EXPECT_EQ(entry.presentation, "accepted");
    EXPECT_THAT(control("GET", "/log?since=0").body, Not(HasSubstr(to_base64(admin + ":" + admin_password))));
}

TEST_F(WireTest, the_control_port_changes_what_the_server_answers) {
    EXPECT_EQ(control("POST", "/rights/revoke-impersonation", R"({"databases":["DB01"]})").status, 200);
    EXPECT_THAT(prove().body, HasSubstr("ErrorImpersonateUserDenied"));
    EXPECT_EQ(control("POST", "/rights/restore-impersonation", R"({"databases":["DB01"]})").status, 200);
    EXPECT_EQ(prove().status, 200);
    EXPECT_EQ(control("POST", "/mailboxes/anna@contoso.example", R"({"state":"missing"})").status, 200);
    EXPECT_THAT(prove().body, HasSubstr("ErrorNonExistentMailbox"));
    EXPECT_THAT(control("POST", "/mend-all").body, HasSubstr("\"mailboxes\":1"));
    EXPECT_EQ(prove().status, 200);
    EXPECT_EQ(control("POST", "/accounts/migadmin", R"({"password":"Other1"})").status, 200);
    EXPECT_EQ(prove().status, 401);
    EXPECT_EQ(control("POST", "/accounts/CONTOSO%5Cmigadmin", R"({"password":"Corr3ct","locked":true})").status, 200);
    EXPECT_EQ(prove().status, 401);
    EXPECT_EQ(control("POST", "/accounts/migadmin", R"({"locked":false})").status, 200);
    EXPECT_EQ(prove().status, 200);
    EXPECT_EQ(control("POST", "/faults", R"({"kind":"status","path":"/ews","value":503})").status, 200);
    EXPECT_EQ(prove().status, 503);
    EXPECT_EQ(control("DELETE", "/faults").status, 200);
    EXPECT_EQ(prove().status, 200);
    EXPECT_EQ(control("POST", "/server", R"({"version":"2007sp1"})").status, 200);
    EXPECT_THAT(prove().body, HasSubstr("ErrorInvalidServerVersion"));
    EXPECT_THAT(control("GET", "/counters").body, HasSubstr("\"presentations\":10,\"refused\":2"));
}

TEST_F(WireTest, the_control_port_refuses_what_it_does_not_understand) {
    EXPECT_THAT(control("POST", "/mailboxes/x@y", R"({"state":"odd"})").body, HasSubstr("none of ok, disabled"));
    EXPECT_EQ(control("POST", "/faults", R"({"kind":"status","colour":1})").status, 400);
    EXPECT_EQ(control("PUT", "/state", "{").status, 400);
    EXPECT_EQ(control("GET", "/nothing").status, 404);
    EXPECT_EQ(control("POST", "/accounts/nobody", "{}").status, 404);
}

TEST_F(WireTest, the_state_can_be_read_and_put_back) {
    const std::string state = control("GET", "/state").body;
    EXPECT_THAT(state, Not(HasSubstr(admin_password)));
    EXPECT_EQ(control("PUT", "/state", state).status, 200);
    EXPECT_EQ(prove().status, 200); // the account kept its password
    EXPECT_EQ(control("GET", "/state").body, state);
}

TEST_F(WireTest, many_connections_at_once_are_served_and_a_stop_does_not_wait_for_them) {
    auto many = std::make_unique<Simulator>(basic_world());
    std::vector<std::unique_ptr<TestClient>> idle;
    for (int i = 0; i < 40; ++i) {
        idle.push_back(std::make_unique<TestClient>(many->port(), TestClient::Tls::on));
    }
    std::vector<std::thread> threads;
    std::atomic<int> good = 0;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            TestClient client(many->port(), TestClient::Tls::on);
            for (int k = 0; k < 20; ++k) {
                good += prove(client).status == 200 ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(good, 160);
    many.reset();
    EXPECT_EQ(idle.front()->read_all(), "");
}

} // namespace
} // namespace mailpreflight::simulator
