#include "simulator/simulator.hpp"

#include "simulator/certificates.hpp"
#include "simulator/control_api.hpp"
#include "simulator/front_end.hpp"
#include "simulator/world.hpp"

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <stdlib.h>

namespace mailpreflight::simulator {

namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return text.str();
}

/** Exchange's own services.wsdl tells of no address; copies that do are cut to it. */
std::string without_service(std::string wsdl) {
    constexpr std::string_view end_mark = "</wsdl:service>";
    const auto begin = wsdl.find("<wsdl:service ");
    const auto end = wsdl.find(end_mark, begin);
    if (end != std::string::npos) {
        wsdl.erase(begin, end + end_mark.size() - begin);
    }
    return wsdl;
}

std::map<std::string, std::string> read_documents(const std::filesystem::path& folder) {
    std::map<std::string, std::string> documents;
    if (!folder.empty()) {
        documents["/ews/services.wsdl"] = without_service(read_file(folder / "services.wsdl"));
        documents["/ews/messages.xsd"] = read_file(folder / "messages.xsd");
        documents["/ews/types.xsd"] = read_file(folder / "types.xsd");
    }
    return documents;
}

std::filesystem::path make_temporary_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "exchange-simulator-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("no temporary directory");
    }
    return name;
}

/** The directory of the certificates, removed at the end if we made it. */
class TlsDirectory {
public:
    explicit TlsDirectory(const std::filesystem::path& wanted) :
        path_(wanted.empty() ? make_temporary_directory() : wanted),
        ours_(wanted.empty()) {}
    TlsDirectory(const TlsDirectory&) = delete;
    TlsDirectory& operator=(const TlsDirectory&) = delete;
    ~TlsDirectory() {
        if (ours_) {
            std::error_code ignored;
            std::filesystem::remove_all(path_, ignored);
        }
    }

    const std::filesystem::path& path() const {
        return path_;
    }

private:
    std::filesystem::path path_;
    bool ours_;
};

} // namespace

class Simulator::Impl {
public:
    explicit Impl(SimulatorOptions options) :
        directory_(options.tls_directory),
        world_(options.time ? options.time : [] { return std::chrono::system_clock::now(); }),
        front_end_(world_),
        shutdown_(options.on_shutdown_request) {
        if (options.certificate_file.empty()) {
            certificates_ = make_certificates(options.host_names);
            write_certificates(certificates_, directory_.path());
            ca_file_ = directory_.path() / "ca.pem";
        } else {
            const TlsIdentity given{read_file(options.certificate_file), read_file(options.key_file)};
            for (const auto choice : {CertificateChoice::good,
                                      CertificateChoice::expired,
                                      CertificateChoice::self_signed,
                                      CertificateChoice::wrong_name}) {
                certificates_.identities[choice] = given;
            }
            ca_file_ = options.certificate_file;
        }
        shown_ = options.state.server.certificate;
        world_.with([&, documents = read_documents(options.ews_schema)](Shared& shared) mutable {
            shared.state = std::move(options.state);
            shared.ews_documents = std::move(documents);
            shared.soap = SoapRecorder(options.record_soap);
        });
        exchange_ =
            std::make_unique<HttpServer>(HttpServer::Options{.listen = options.listen,
                                                             .port = options.port,
                                                             .identity = certificates_.identities.at(shown_),
                                                             .name_connection = [this] { return next_front_end(); },
                                                             .idle_timeout = [this] { return idle_timeout(); }},
                                         [this](const HttpRequest& request, Connection& connection) {
                                             return front_end_.handle(request, connection);
                                         });
        if (options.control) {
            start_control(options.control_port);
        }
    }

    World& world() {
        return world_;
    }

    const HttpServer& exchange() const {
        return *exchange_;
    }

    std::uint16_t control_port() const {
        return control_ ? control_->port() : std::uint16_t{0};
    }

    const std::filesystem::path& ca_file() const {
        return ca_file_;
    }

    /** Shows another certificate if the settings want one. */
    void follow_settings() {
        const CertificateChoice wanted = world_.with([](Shared& shared) { return shared.state.server.certificate; });
        if (shown_.exchange(wanted) != wanted) {
            exchange_->set_identity(certificates_.identities.at(wanted));
        }
    }

private:
    void start_control(std::uint16_t port) {
        control_api_ = std::make_unique<ControlApi>(world_,
                                                    ControlHooks{.transport = [this] { return exchange_->counters(); },
                                                                 .settings_changed = [this] { follow_settings(); },
                                                                 .shutdown =
                                                                     [this] {
                                                                         if (shutdown_) {
                                                                             shutdown_();
                                                                         }
                                                                     }});
        control_ = std::make_unique<HttpServer>(
            HttpServer::Options{.listen = "127.0.0.1",
                                .port = port,
                                .identity = std::nullopt,
                                .name_connection = {},
                                .idle_timeout = {}},
            [this](const HttpRequest& request, Connection&) { return control_api_->handle(request); });
    }

    std::string next_front_end() {
        return world_.with([&](Shared& shared) {
            const auto& names = shared.state.server.front_ends;
            return names.empty() ? std::string() : names[connections_++ % names.size()];
        });
    }

    std::chrono::seconds idle_timeout() {
        return world_.with([](Shared& shared) { return shared.state.server.idle_timeout; });
    }

    TlsDirectory directory_;
    CertificateSet certificates_;
    std::filesystem::path ca_file_;
    World world_;
    FrontEnd front_end_;
    std::function<void()> shutdown_;
    std::atomic<CertificateChoice> shown_ = CertificateChoice::good;
    std::size_t connections_ = 0;
    std::unique_ptr<ControlApi> control_api_;
    std::unique_ptr<HttpServer> exchange_;
    std::unique_ptr<HttpServer> control_; // last: it ends first, and its calls reach everything else
};

Simulator::Simulator(SimulatorOptions options) :
    impl_(std::make_unique<Impl>(std::move(options))) {}

Simulator::~Simulator() = default;

std::uint16_t Simulator::port() const {
    return impl_->exchange().port();
}

std::uint16_t Simulator::control_port() const {
    return impl_->control_port();
}

std::filesystem::path Simulator::ca_file() const {
    return impl_->ca_file();
}

std::string Simulator::url() const {
    return fmt::format("https://localhost:{}", port());
}

void Simulator::access(const std::function<void(State&)>& function) {
    impl_->world().with([&](Shared& shared) { function(shared.state); });
    impl_->follow_settings();
}

std::vector<LogEntry> Simulator::log(std::uint64_t since) const {
    return impl_->world().with([&](Shared& shared) { return shared.log.since(since); });
}

void Simulator::clear_log() {
    impl_->world().with([](Shared& shared) { shared.log.clear(); });
}

TransportCounters Simulator::transport() const {
    return impl_->exchange().counters();
}

std::uint64_t Simulator::presentations() const {
    return impl_->world().with([](Shared& shared) { return shared.state.directory.presentations(); });
}

std::uint64_t Simulator::refused_presentations() const {
    return impl_->world().with([](Shared& shared) { return shared.state.directory.refused_presentations(); });
}

} // namespace mailpreflight::simulator
