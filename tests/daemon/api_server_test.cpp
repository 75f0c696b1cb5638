#include "daemon/api_server.hpp"

#include "api/client.hpp"
#include "base/guarded.hpp"
#include "daemon/api_routes.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <vector>

namespace mailpreflight::daemon {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

/// A service that tells who called and hands its streams to the test.
class FakeService final : public api::Service {
public:
    api::Answer<api::VersionResponse> version(const api::Caller&, const api::VersionRequest&) override {
        return api::VersionResponse{.version = "0.1.0"};
    }
    api::Answer<api::StatusResponse> status(const api::Caller& caller, const api::StatusRequest&) override {
        if (hold_status_) {
            std::unique_lock lock(mutex_);
            ++held_;
            changed_.notify_all();
            changed_.wait(lock, [this] { return released_; });
        }
        return api::StatusResponse{.version = caller.who()};
    }
    api::Answer<core::Readiness> readiness(const api::Caller&, const api::ReadinessRequest& request) override {
        if (request.batch == "explode") {
            throw std::runtime_error("the disk is made of cheese");
        }
        return api::refused(404, "no such batch: " + request.batch);
    }
    api::Answer<api::ReportPage> report(const api::Caller&, const api::ReportRequest& request) override {
        api::ReportPage page;
        page.head.batch = request.batch;
        return page;
    }
    api::Answer<api::CheckAccepted>
    check(const api::Caller&, const api::CheckRequest& request, std::shared_ptr<api::CheckStream> stream) override {
        if (stream) {
            keep(check_stream_, std::move(stream));
        }
        return api::CheckAccepted{.id = "c7", .total = request.targets.size()};
    }
    api::Answer<api::CancelCheckResponse> cancel_check(const api::Caller&,
                                                       const api::CancelCheckRequest& request) override {
        return api::CancelCheckResponse{.id = request.id, .dropped = 1};
    }
    api::Answer<api::MailboxesResponse> mailboxes(const api::Caller&, const api::MailboxesRequest& request) override {
        api::MailboxesResponse page;
        page.mailboxes.resize(static_cast<std::size_t>(request.limit), {.address = std::string(200, 'a')});
        return page;
    }
    api::Answer<api::ExplainResponse> explain(const api::Caller&, const api::ExplainRequest& request) override {
        return api::ExplainResponse{.of = request.of};
    }
    api::Answer<api::TimelineResponse> timeline(const api::Caller&, const api::TimelineRequest& request) override {
        return api::TimelineResponse{.of = request.of, .kind = "source", .timeline = {}, .next = {}};
    }
    api::Answer<api::DriftResponse> drift(const api::Caller&, const api::DriftRequest&) override {
        return api::DriftResponse{};
    }
    api::Answer<api::IncidentsResponse> incidents(const api::Caller&, const api::IncidentsRequest&) override {
        return api::IncidentsResponse{};
    }
    api::Answer<api::AcknowledgeResponse> acknowledge(const api::Caller& caller,
                                                      const api::AcknowledgeRequest& request) override {
        return api::AcknowledgeResponse{
            {.id = request.id, .acknowledged_by = caller.who(), .comment = request.comment}};
    }
    api::Answer<api::BaselineResponse> baseline(const api::Caller&, const api::BaselineRequest&) override {
        return api::BaselineResponse{};
    }
    api::Answer<api::DiffBaselineResponse> diff_baseline(const api::Caller&, const api::DiffBaselineRequest&) override {
        return api::DiffBaselineResponse{};
    }
    api::Answer<api::BaselineHistoryResponse> baseline_history(const api::Caller&,
                                                               const api::BaselineHistoryRequest&) override {
        return api::BaselineHistoryResponse{};
    }
    api::Answer<api::AcceptBaselineResponse> accept_baseline(const api::Caller&,
                                                             const api::AcceptBaselineRequest&) override {
        return api::AcceptBaselineResponse{};
    }
    api::Answer<api::BatchResponse> batch(const api::Caller&, const api::BatchRequest&) override {
        return api::BatchResponse{};
    }
    api::Answer<api::ExceptResponse> except(const api::Caller&, const api::ExceptRequest&) override {
        return api::ExceptResponse{};
    }
    api::Answer<api::ConfirmBatchResponse> confirm_batch(const api::Caller&, const api::ConfirmBatchRequest&) override {
        return api::ConfirmBatchResponse{};
    }
    api::Answer<api::DoneBatchResponse> done_batch(const api::Caller&, const api::DoneBatchRequest&) override {
        return api::DoneBatchResponse{};
    }
    api::Answer<api::ForgetBatchResponse> forget_batch(const api::Caller&, const api::ForgetBatchRequest&) override {
        return api::ForgetBatchResponse{};
    }
    api::Answer<api::WatchHello>
    watch(const api::Caller&, const api::WatchRequest&, std::shared_ptr<api::WatchStream> stream) override {
        stream->send(api::WatchEvent{.kind = api::WatchKind::reload, .id = 1, .text = "sent before the hello"});
        keep(watch_stream_, std::move(stream));
        return api::WatchHello{.version = "0.1.0"};
    }
    api::Answer<api::ReloadResponse> reload(const api::Caller&, const api::ReloadRequest&) override {
        auto problem = api::problem(422, "two things are wrong");
        problem.problems = {"a.toml:1:1: error: one", "a.toml:2:1: error: two"};
        return tl::unexpected<api::Problem>(problem);
    }
    api::Answer<api::AccountsResponse> accounts(const api::Caller&, const api::AccountsRequest&) override {
        return api::AccountsResponse{};
    }
    api::Answer<api::RetryAccountResponse> retry_account(const api::Caller&,
                                                         const api::RetryAccountRequest& request) override {
        return api::RetryAccountResponse{{.name = request.name}};
    }
    api::Answer<api::ReleaseSprayBrakeResponse>
    release_spray_brake(const api::Caller&, const api::ReleaseSprayBrakeRequest& request) override {
        return api::ReleaseSprayBrakeResponse{.source = request.source, .was_stopped = true};
    }
    api::Answer<api::NoticesResponse> notices(const api::Caller&, const api::NoticesRequest&) override {
        return api::NoticesResponse{};
    }
    api::Answer<api::RetryNoticesResponse> retry_notices(const api::Caller&, const api::RetryNoticesRequest&) override {
        return api::RetryNoticesResponse{};
    }
    api::Answer<api::TestReceiverResponse> test_receiver(const api::Caller&, const api::TestReceiverRequest&) override {
        return api::TestReceiverResponse{};
    }

    std::shared_ptr<api::CheckStream> check_stream() {
        return wait_for(check_stream_);
    }
    std::shared_ptr<api::WatchStream> watch_stream() {
        return wait_for(watch_stream_);
    }
    void hold_status() {
        hold_status_ = true;
    }
    void wait_until_held(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return held_ >= count; });
    }
    void release() {
        const std::lock_guard lock(mutex_);
        released_ = true;
        changed_.notify_all();
    }

private:
    template <typename Stream>
    void keep(std::shared_ptr<Stream>& place, std::shared_ptr<Stream> stream) {
        const std::lock_guard lock(mutex_);
        place = std::move(stream);
        changed_.notify_all();
    }
    template <typename Stream>
    std::shared_ptr<Stream> wait_for(std::shared_ptr<Stream>& place) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return place != nullptr; });
        return place;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<api::CheckStream> check_stream_;
    std::shared_ptr<api::WatchStream> watch_stream_;
    std::atomic<bool> hold_status_{false};
    int held_ = 0;
    bool released_ = false;
};

/// The other end, byte by byte.
class RawClient {
public:
    explicit RawClient(const std::filesystem::path& path) :
        fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
        connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    }
    /// To a port of this host.
    explicit RawClient(in_port_t port) :
        fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = port;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    }

    [[nodiscard]] bool connected() const {
        return connected_;
    }
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Until `end` is in what came, or the connection ends.
    std::string read_until(std::string_view end) {
        std::string taken;
        while (true) {
            if (const auto at = came_.find(end); at != std::string::npos) {
                taken = came_.substr(0, at + end.size());
                came_.erase(0, at + end.size());
                return taken;
            }
            if (!more()) {
                return std::exchange(came_, {});
            }
        }
    }
    std::string read_to_end() {
        while (more()) {
        }
        return std::exchange(came_, {});
    }
    /// Header and body of one answer that has a Content-Length.
    std::string read_answer() {
        std::string header = read_until("\r\n\r\n");
        const auto at = header.find("Content-Length: ");
        if (at == std::string::npos) {
            return header;
        }
        const auto size = std::size_t{std::strtoul(header.c_str() + at + 16, nullptr, 10)};
        while (came_.size() < size && more()) {
        }
        header += came_.substr(0, size);
        came_.erase(0, size);
        return header;
    }
    void half_close() {
        ::shutdown(fd_.get(), SHUT_WR);
    }
    void close() {
        fd_.reset();
    }

private:
    bool more() {
        pollfd state{.fd = fd_.get(), .events = POLLIN, .revents = 0};
        if (::poll(&state, 1, 20'000) <= 0) {
            ADD_FAILURE() << "nothing came for 20 s; so far: " << came_;
            return false;
        }
        std::array<char, 65536> buffer{};
        const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (count <= 0) {
            return false;
        }
        came_.append(buffer.data(), static_cast<std::size_t>(count));
        return true;
    }

    base::UniqueFd fd_;
    bool connected_ = false;
    std::string came_;
};

struct TemporaryFolder {
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "mailpreflight-api-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~TemporaryFolder() {
        std::filesystem::remove_all(path);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::filesystem::path path;
};

class ApiServerTest : public testing::Test {
protected:
    void TearDown() override {
        service_.release();
    }

    ApiServer& start(const std::function<void(ApiServerOptions&)>& change = {}) {
        ApiServerOptions options{.version = "0.1.0"};
        options.audit = [this](const AuditRecord& record) { records_.with([&](auto& all) { all.push_back(record); }); };
        if (change) {
            change(options);
        }
        std::vector<ApiListener> listeners;
        listeners.push_back({bind_unix_socket(control(), 0660).value(), api::Privilege::admin});
        listeners.push_back({bind_unix_socket(view(), 0666).value(), api::Privilege::view});
        if (has_port_) {
            auto socket = bind_loopback({.ip = "127.0.0.1", .port = 0}).value();
            sockaddr_in address{};
            socklen_t size = sizeof(address);
            ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
            port_ = address.sin_port;
            listeners.push_back({.socket = std::move(socket), .pages_only = true});
        }
        server_ = std::make_unique<ApiServer>(std::move(listeners), service_, std::move(options));
        return *server_;
    }
    /// With /metrics, on the sockets and on a TCP port.
    void start_with_port() {
        has_port_ = true;
        start([](auto& options) {
            options.page = [](std::string_view path) {
                return path == "/metrics" ? std::optional(ApiPage{"text/plain", "up 1\n"}) : std::nullopt;
            };
        });
    }
    /// The answer to one request on the port.
    std::string ask_port(std::string_view bytes) {
        RawClient client(port_);
        client.send(bytes);
        return client.read_answer();
    }
    [[nodiscard]] std::filesystem::path control() const {
        return folder_.path / "control.sock";
    }
    [[nodiscard]] std::filesystem::path view() const {
        return folder_.path / "view.sock";
    }
    /// The answer to one request on the control socket.
    std::string ask(std::string_view bytes) {
        RawClient client(control());
        client.send(bytes);
        return client.read_answer();
    }
    /// Waits until the server holds so many connections: it learns of a close a moment later.
    bool connections_become(std::size_t count) {
        for (int i = 0; i < 500 && server_->connections() != count; ++i) {
            ::poll(nullptr, 0, 20);
        }
        return server_->connections() == count;
    }
    std::vector<AuditRecord> records() {
        return records_.with([](auto& all) { return all; });
    }

    TemporaryFolder folder_;
    base::Guarded<std::vector<AuditRecord>> records_;
    FakeService service_;
    std::unique_ptr<ApiServer> server_;
    bool has_port_ = false;
    in_port_t port_ = 0; ///< in the order of the network
};

std::string post(std::string_view path, std::string_view body, std::string_view type = "application/json") {
    return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                       path,
                       type,
                       body.size(),
                       body);
}

int status_of(const std::string& answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.c_str() + 9) : 0;
}

TEST_F(ApiServerTest, every_call_has_a_route) {
    const auto calls = api::all_calls();
    ASSERT_EQ(routes().size(), calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
        EXPECT_EQ(routes()[i].info.name, calls[i].name);
    }
}

TEST_F(ApiServerTest, answers_the_client_library) {
    start();
    api::Client client({.socket = control(), .view_socket = {}});
    const auto status = client.call<api::StatusCall>({});
    ASSERT_TRUE(status);
    EXPECT_EQ(status->value.version, "uid " + std::to_string(::getuid()));
    const auto page = client.call<api::MailboxesCall>({.limit = 1000});
    ASSERT_TRUE(page);
    EXPECT_EQ(page->value.mailboxes.size(), 1000U);
    const auto gone = client.call<api::ReadinessCall>({.batch = "wave 9"});
    ASSERT_FALSE(gone);
    EXPECT_EQ(std::get<api::Problem>(gone.error()).detail, "no such batch: wave 9");
    const auto bad = client.call<api::ReloadCall>({});
    ASSERT_FALSE(bad);
    EXPECT_EQ(std::get<api::Problem>(bad.error()).status, 422);
    EXPECT_EQ(std::get<api::Problem>(bad.error()).problems.size(), 2U);
}

/// Another effective user while it lives: root may connect to any socket.
class AsAnother {
public:
    AsAnother() {
        if (::geteuid() == 0 && ::seteuid(1) != 0) { // Debian's "daemon"
            throw std::runtime_error("cannot become another user");
        }
    }
    ~AsAnother() {
        if (::seteuid(::getuid()) != 0) {
            std::abort();
        }
    }
    AsAnother(const AsAnother&) = delete;
    AsAnother& operator=(const AsAnother&) = delete;
};

TEST_F(ApiServerTest, reads_go_to_the_view_socket_of_those_who_may_not_use_the_control_socket) {
    start();
    std::filesystem::permissions(folder_.path, std::filesystem::perms(0755));
    std::filesystem::permissions(control(), std::filesystem::perms::none);
    const AsAnother another;
    api::Client client({.socket = control(), .view_socket = view()});
    const auto read = client.call<api::StatusCall>({});
    ASSERT_TRUE(read) << (std::holds_alternative<api::Problem>(read.error())
                              ? std::get<api::Problem>(read.error()).detail
                              : std::get<api::Unreachable>(read.error()).text);
    const auto write = client.call<api::ReloadCall>({});
    ASSERT_FALSE(write);
    EXPECT_EQ(std::get<api::Unreachable>(write.error()).os_error, EACCES);
    api::Client without({.socket = control(), .view_socket = {}});
    EXPECT_FALSE(without.call<api::StatusCall>({}));
}

TEST_F(ApiServerTest, records_who_wrote_and_what_came_of_it) {
    start();
    api::Client client({.socket = control(), .view_socket = {}});
    const auto done = client.call<api::AcknowledgeCall>({.id = "I17", .comment = "known"});
    ASSERT_TRUE(done);
    const auto all = records();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].call, "acknowledge");
    EXPECT_EQ(all[0].target, "POST /v1/incidents/I17/acknowledge");
    EXPECT_EQ(all[0].status, 200);
    EXPECT_EQ(all[0].caller.uid, ::getuid());
    EXPECT_EQ(all[0].caller.pid, ::getpid());
    EXPECT_EQ(done->value.incident.acknowledged_by, all[0].caller.who());
}

TEST_F(ApiServerTest, the_view_socket_only_shows) {
    start();
    RawClient client(view());
    client.send("GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n" + post("/v1/reload", "{}"));
    EXPECT_EQ(status_of(client.read_answer()), 200);
    const auto refusal = client.read_answer();
    EXPECT_EQ(status_of(refusal), 403) << refusal;
    EXPECT_NE(refusal.find("application/problem+json"), std::string::npos);
    ASSERT_EQ(records().size(), 1U);
    EXPECT_EQ(records()[0].status, 403);
}

TEST_F(ApiServerTest, refuses_what_is_wrong_with_the_right_status) {
    start();
    const auto get = [](std::string_view target, std::string_view more = "") {
        return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target, more);
    };
    struct Row {
        const char* name;
        std::string request;
        int status;
    };
    for (const auto& [name, request, status] : std::vector<Row>{
             {"unknown path", get("/v1/nowhere"), 404},
             {"no batch", get("/v1/readiness/"), 404},
             {"unknown batch", get("/v1/readiness/wave9"), 404},
             {"wrong method", post("/v1/status", "{}"), 405},
             {"options", "OPTIONS /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n", 405},
             {"unknown query", get("/v1/status?x=1"), 400},
             {"page too large", get("/v1/mailboxes?limit=1001"), 400},
             {"no such state", get("/v1/mailboxes?state=bad"), 400},
             {"form", post("/v1/reload", "a=b", "application/x-www-form-urlencoded"), 415},
             {"no comment", post("/v1/incidents/I1/acknowledge", "{}"), 400},
             {"not JSON", post("/v1/checks", "{"), 400},
             {"origin", get("/v1/status", "Origin: http://evil.example\r\n"), 403},
             {"other host", "GET /v1/status HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
             {"no host", "GET /v1/status HTTP/1.1\r\n\r\n", 400},
             {"two hosts", get("/v1/status", "Host: localhost\r\n"), 400},
             {"absolute", get("http://localhost/v1/status"), 400},
             {"expect", get("/v1/status", "Expect: 100-continue\r\n"), 417},
             {"body of a GET", get("/v1/status", "Content-Length: 2\r\n") + "{}", 400},
             {"smuggling",
              "POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
              400},
             {"two lengths",
              "POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
              400},
             {"bad chunk",
              "POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
              400},
             {"unknown coding",
              "POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              "Transfer-Encoding: xchunked\r\n\r\n{}",
              400},
             {"no HTTP", "\x16\x03\x01\x02\x03 hello\r\n\r\n", 400},
             {"thrown", get("/v1/readiness/explode"), 500},
         }) {
        const auto answer = ask(request);
        EXPECT_EQ(status_of(answer), status) << name << ": " << answer;
        EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << name;
    }
    const auto failures = records();
    EXPECT_NE(failures.back().detail.find("cheese"), std::string::npos);
    EXPECT_NE(ask(post("/v1/status", "{}")).find("\r\nAllow: GET\r\n"), std::string::npos);
}

TEST_F(ApiServerTest, a_500_tells_an_instance_and_not_what_was_thrown) {
    start();
    const auto answer = ask("GET /v1/readiness/explode HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(answer.find("cheese"), std::string::npos);
    EXPECT_NE(answer.find("urn:mailpreflight:failure:"), std::string::npos);
}

TEST_F(ApiServerTest, takes_requests_without_a_body_where_nothing_is_required_and_old_clients) {
    start();
    EXPECT_EQ(status_of(ask("POST /v1/checks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            "Content-Length: 14\r\n\r\n{\"wait\":false}")),
              202);
    EXPECT_EQ(status_of(ask("POST /v1/accounts/migadmin/retry HTTP/1.1\r\nHost: localhost\r\n\r\n")), 200);
    EXPECT_EQ(status_of(ask("DELETE /v1/checks/c7 HTTP/1.1\r\nHost: localhost\r\n\r\n")), 200);
    const auto old = ask("GET /v1/version HTTP/1.0\r\n\r\n");
    EXPECT_EQ(status_of(old), 200);
    EXPECT_NE(old.find("Connection: close"), std::string::npos);
    EXPECT_NE(old.find("Server: mailpreflight/0.1.0"), std::string::npos);
}

TEST_F(ApiServerTest, a_request_of_64_kib_is_the_largest) {
    start();
    const auto padded = [](std::size_t total) {
        const std::string head = "POST /v1/checks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                 "Content-Length: 60000\r\nX-Padding: ";
        return head + std::string(total - head.size() - 4 - 60000, 'x') + "\r\n\r\n" + "{\"wait\":false}" +
               std::string(60000 - 14, ' ');
    };
    EXPECT_EQ(status_of(ask(padded(64U << 10U))), 202);
    EXPECT_EQ(status_of(ask(padded((64U << 10U) + 1))), 413);
    EXPECT_EQ(status_of(ask("GET /" + std::string(70'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n")), 413);
    EXPECT_EQ(status_of(ask("POST /v1/checks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")),
              413);
    std::string chunks = "POST /v1/checks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 20; ++i) {
        chunks += "1000\r\n" + std::string(4096, ' ') + "\r\n";
    }
    EXPECT_EQ(status_of(ask(chunks)), 413);
}

TEST_F(ApiServerTest, a_request_that_drips_is_ended) {
    start([](auto& options) { options.request_time = 200ms; });
    RawClient client(control());
    client.send("GET /v1/sta");
    EXPECT_EQ(status_of(client.read_answer()), 408);
    EXPECT_EQ(client.read_to_end(), "");
    RawClient in_body(control());
    in_body.send("POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                 "Content-Length: 10\r\n\r\n{");
    EXPECT_EQ(status_of(in_body.read_answer()), 408);
    RawClient silent(control());
    EXPECT_EQ(silent.read_to_end(), "");
}

TEST_F(ApiServerTest, an_idle_connection_is_closed) {
    start([](auto& options) { options.idle_time = 100ms; });
    RawClient client(control());
    client.send("GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(status_of(client.read_answer()), 200);
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ApiServerTest, seventy_connections_are_six_too_many) {
    start();
    std::deque<RawClient> held;
    for (int i = 0; i < 64; ++i) {
        held.emplace_back(control());
    }
    ASSERT_TRUE(connections_become(64));
    std::deque<RawClient> refused;
    for (int i = 0; i < 6; ++i) {
        refused.emplace_back(control());
        const auto answer = refused.back().read_answer();
        EXPECT_EQ(status_of(answer), 503) << answer;
        EXPECT_NE(answer.find("Retry-After: 1"), std::string::npos);
    }
    held.front().send("GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(status_of(held.front().read_answer()), 200);
    held.clear();
    ASSERT_TRUE(connections_become(0));
    EXPECT_EQ(status_of(ask("GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n")), 200);
}

TEST_F(ApiServerTest, who_cannot_be_told_is_refused) {
    start([](auto& options) { options.overflow_uid = ::getuid(); });
    EXPECT_EQ(status_of(ask("GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n")), 403);
}

TEST_F(ApiServerTest, a_check_streams_its_events_and_ends) {
    start();
    std::thread work([this] {
        const auto stream = service_.check_stream();
        const core::TrackKey key{core::Check::mailbox_owa, core::Subject::of_mailbox("contoso", "a@x.example")};
        stream->send(api::CheckObserved{.observation = core::observe(key, {}, core::Cause::ok), .done = 1, .total = 1});
        stream->send(api::CheckFinished{.id = "c7", .passed = 1});
        stream->finish();
    });
    api::Client client({.socket = control(), .view_socket = {}});
    std::vector<std::string> words;
    const auto ended = client.stream<api::CheckCall>({.targets = {"contoso"}}, [&](std::string_view raw, const auto&) {
        words.emplace_back(raw.substr(0, raw.find(',')));
        return true;
    });
    work.join();
    EXPECT_TRUE(ended);
    EXPECT_EQ(
        words,
        (std::vector<std::string>{R"({"event":"accepted")", R"({"event":"observation")", R"({"event":"finished")"}));
}

TEST_F(ApiServerTest, the_hello_comes_first_and_heartbeats_fill_the_silence) {
    start([](auto& options) { options.heartbeat = 50ms; });
    RawClient client(view());
    client.send("GET /v1/watch HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_NE(client.read_until("\r\n\r\n").find("application/x-ndjson"), std::string::npos);
    EXPECT_NE(client.read_until("}\n").find(R"({"event":"hello")"), std::string::npos);
    EXPECT_NE(client.read_until("}\n").find("sent before the hello"), std::string::npos);
    EXPECT_NE(client.read_until("}\n").find(R"({"event":"heartbeat")"), std::string::npos);
    EXPECT_NE(client.read_until("}\n").find(R"({"event":"heartbeat")"), std::string::npos);
}

TEST_F(ApiServerTest, a_stream_to_an_old_client_has_no_chunks) {
    start();
    RawClient client(view());
    client.send("GET /v1/watch HTTP/1.0\r\n\r\n");
    service_.watch_stream()->finish();
    const auto answer = client.read_to_end();
    EXPECT_EQ(answer.find("chunked"), std::string::npos);
    EXPECT_NE(answer.find("\r\n\r\n{\"event\":\"hello\""), std::string::npos) << answer;
}

TEST_F(ApiServerTest, a_reader_that_goes_away_closes_its_stream_and_nothing_else) {
    start();
    RawClient client(control());
    client.send(post("/v1/checks", R"({"targets":["contoso"]})"));
    const auto stream = service_.check_stream();
    client.read_until("}\n");
    EXPECT_TRUE(stream->is_open());
    client.close();
    ASSERT_TRUE(connections_become(0));
    EXPECT_FALSE(stream->is_open());
    stream->send(api::CheckFinished{});
    stream->finish();
    EXPECT_EQ(status_of(ask("GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n")), 200);
}

TEST_F(ApiServerTest, a_reader_that_closed_only_its_sending_half_still_reads) {
    start();
    RawClient client(control());
    client.send(post("/v1/checks", R"({"targets":["contoso"]})"));
    client.half_close();
    const auto stream = service_.check_stream();
    client.read_until("}\n");
    stream->send(api::CheckFinished{.id = "c7"});
    stream->finish();
    const auto rest = client.read_to_end();
    EXPECT_NE(rest.find(R"({"event":"finished")"), std::string::npos) << rest;
    EXPECT_TRUE(rest.ends_with("0\r\n\r\n"));
}

TEST_F(ApiServerTest, a_slow_reader_loses_events_and_is_told_how_many) {
    start([](auto& options) { options.most_pending_bytes = 10'000; });
    RawClient client(control());
    client.send(post("/v1/checks", R"({"targets":["contoso"]})"));
    const auto stream = service_.check_stream();
    client.read_until("}\n");
    const core::TrackKey key{core::Check::mailbox_owa, core::Subject::of_mailbox("contoso", "a@x.example")};
    const api::CheckObserved event{.observation = core::observe(key, {}, core::Cause::ok, std::string(500, 'd'))};
    for (int i = 0; i < 5000; ++i) {
        stream->send(event);
    }
    stream->send(api::CheckFinished{.id = "c7", .passed = 5000});
    stream->finish();
    const auto rest = client.read_to_end();
    EXPECT_NE(rest.find(R"({"event":"skipped","count":)"), std::string::npos);
    EXPECT_NE(rest.find(R"({"event":"finished")"), std::string::npos);
    EXPECT_TRUE(rest.ends_with("0\r\n\r\n"));
}

TEST_F(ApiServerTest, open_streams_and_calls_under_way_do_not_block_others) {
    start([](auto& options) { options.workers = 2; });
    std::deque<RawClient> watching;
    for (int i = 0; i < 20; ++i) {
        watching.emplace_back(view());
        watching.back().send("GET /v1/watch HTTP/1.1\r\nHost: localhost\r\n\r\n");
        watching.back().read_until("}\n");
    }
    service_.hold_status();
    RawClient held(control());
    held.send("GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
    service_.wait_until_held(1);
    EXPECT_EQ(status_of(ask("GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n")), 200);
    service_.release();
    EXPECT_EQ(status_of(held.read_answer()), 200);
}

TEST_F(ApiServerTest, a_stop_lets_running_calls_answer_and_ends_streams_with_a_last_line) {
    ApiServer& server = start();
    RawClient watching(view());
    watching.send("GET /v1/watch HTTP/1.1\r\nHost: localhost\r\n\r\n");
    watching.read_until("}\n");
    RawClient idle(control());
    service_.hold_status();
    RawClient held(control());
    held.send("GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
    service_.wait_until_held(1);
    std::thread stopping([&] { EXPECT_TRUE(server.stop(20s)); });
    const auto rest = watching.read_to_end();
    EXPECT_NE(rest.find(R"({"event":"stopping"})"), std::string::npos) << rest;
    EXPECT_TRUE(rest.ends_with("0\r\n\r\n")) << rest;
    watching.close();
    EXPECT_EQ(idle.read_to_end(), "");
    service_.release();
    const auto answer = held.read_answer();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    held.close();
    stopping.join();
    EXPECT_FALSE(RawClient(control()).connected());
}

TEST_F(ApiServerTest, a_stop_does_not_wait_beyond_its_deadline) {
    ApiServer& server = start();
    service_.hold_status();
    RawClient held(control());
    held.send("GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
    service_.wait_until_held(1);
    EXPECT_FALSE(server.stop(50ms));
    service_.release();
    server_.reset();
    EXPECT_EQ(held.read_to_end(), "");
}

TEST_F(ApiServerTest, a_stream_may_outlive_the_server) {
    start();
    RawClient client(view());
    client.send("GET /v1/watch HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto stream = service_.watch_stream();
    server_.reset();
    EXPECT_FALSE(stream->is_open());
    stream->send(api::WatchEvent{});
    stream->finish();
}

TEST_F(ApiServerTest, pages_are_served_beside_the_calls) {
    start([](auto& options) {
        options.page = [](std::string_view path) -> std::optional<ApiPage> {
            if (path == "/metrics") {
                return ApiPage{"text/plain; version=0.0.4", "up 1\n"};
            }
            return std::nullopt;
        };
    });
    const auto answer = ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_TRUE(answer.ends_with("\r\n\r\nup 1\n"));
    EXPECT_EQ(status_of(ask("GET /else HTTP/1.1\r\nHost: localhost\r\n\r\n")), 404);
}

TEST_F(ApiServerTest, a_port_serves_the_same_page_and_nothing_else) {
    start_with_port();
    const std::string get = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    EXPECT_EQ(ask_port(get), ask(get));
    EXPECT_TRUE(ask_port(get).ends_with("\r\n\r\nup 1\n"));
    struct Case {
        const char* name;
        const char* request;
        int status;
    };
    for (const Case& one :
         {Case{"a call", "GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n", 404},
          Case{"a query", "GET /metrics?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
          Case{"no page", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 404},
          Case{"a write", "POST /v1/reload HTTP/1.1\r\nHost: localhost\r\n\r\n", 405},
          Case{"a page, written", "PUT /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 405},
          Case{"a proxy", "CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
          Case{"a name that an attacker has set to here",
               "GET /metrics HTTP/1.1\r\nHost: evil.example:9480\r\n\r\n",
               421},
          Case{"a number of another host", "GET /metrics HTTP/1.1\r\nHost: 192.0.2.7:9480\r\n\r\n", 421},
          Case{"a web page", "GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n", 403},
          Case{"a number of this host", "GET /metrics HTTP/1.1\r\nHost: 127.0.0.9:9480\r\n\r\n", 200},
          Case{"a tunnel", "GET /metrics HTTP/1.1\r\nHost: localhost:1234\r\n\r\n", 200}}) {
        EXPECT_EQ(status_of(ask_port(one.request)), one.status) << one.name;
    }
    EXPECT_TRUE(records().front().caller.who().starts_with("somebody at 127.0.0.1:")) << records().front().caller.who();
}

TEST_F(ApiServerTest, head_tells_the_length_of_a_page_and_sends_none_of_it) {
    start_with_port();
    const std::string head = "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n";
    for (const bool over_tcp : {true, false}) {
        auto client = over_tcp ? RawClient(port_) : RawClient(control());
        client.send(head + "Connection: close\r\n\r\n");
        const std::string answer = client.read_to_end();
        EXPECT_EQ(status_of(answer), 200);
        EXPECT_NE(answer.find("Content-Length: 5\r\n"), std::string::npos) << answer;
        EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
    }
    // The next request of the connection has its body again.
    RawClient client(port_);
    client.send(head + "\r\n");
    client.read_until("\r\n\r\n");
    client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\nup 1\n"));
}

TEST_F(ApiServerTest, whoever_fills_the_port_keeps_nobody_from_the_sockets) {
    start_with_port();
    std::deque<RawClient> held;
    for (int i = 0; i < 16; ++i) {
        held.emplace_back(port_);
    }
    ASSERT_TRUE(connections_become(16));
    RawClient one_too_many(port_);
    EXPECT_EQ(status_of(one_too_many.read_answer()), 503);
    for (int i = 0; i < 100; ++i) { // far more than are told so
        held.emplace_back(port_);
    }
    const std::string version = "GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::deque<RawClient> served;
    for (int i = 0; i < 64; ++i) {
        served.emplace_back(control());
        served.back().send(version);
        ASSERT_EQ(status_of(served.back().read_answer()), 200) << i;
    }
}

TEST_F(ApiServerTest, a_port_has_the_limits_of_the_sockets) {
    start_with_port();
    EXPECT_EQ(
        status_of(ask_port("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n")),
        413);
    EXPECT_EQ(status_of(ask_port("no HTTP\r\n\r\n")), 400);
}

TEST(BindLoopback, says_which_address_is_taken) {
    auto first = bind_loopback({.ip = "127.0.0.1", .port = 0});
    ASSERT_TRUE(first) << first.error().message();
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    ASSERT_EQ(::getsockname(first->get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    const config::LoopbackAddress taken{.ip = "127.0.0.1", .port = ntohs(address.sin_port)};
    const auto second = bind_loopback(taken);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message().find("api.metrics_listen"), std::string::npos) << second.error().message();
    EXPECT_NE(second.error().message().find(taken.text()), std::string::npos) << second.error().message();
}

TEST_F(ApiServerTest, ticks_for_the_watchdog) {
    const auto before = std::chrono::steady_clock::now();
    EXPECT_GE(start().last_tick(), before);
}

TEST(BindUnixSocket, replaces_what_a_dead_process_left_and_nothing_else) {
    const TemporaryFolder folder;
    const auto path = folder.path / "control.sock";
    auto first = bind_unix_socket(path, 0660);
    ASSERT_TRUE(first) << first.error().message();
    struct stat there {};
    ASSERT_EQ(::stat(path.c_str(), &there), 0);
    EXPECT_EQ(there.st_mode & 0777U, 0660U);
    const auto second = bind_unix_socket(path, 0660);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), base::ErrorCode::conflict);
    first->reset();
    const auto third = bind_unix_socket(path, 0666);
    ASSERT_TRUE(third) << third.error().message();
    ASSERT_EQ(::stat(path.c_str(), &there), 0);
    EXPECT_EQ(there.st_mode & 0777U, 0666U);
    const auto file = folder.path / "file";
    ASSERT_TRUE(base::UniqueFd(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)).valid());
    EXPECT_EQ(bind_unix_socket(file, 0660).error().code(), base::ErrorCode::conflict);
    EXPECT_FALSE(bind_unix_socket(folder.path / std::string(120, 'x'), 0660));
}

} // namespace
} // namespace mailpreflight::daemon
