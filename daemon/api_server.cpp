#include "daemon/api_server.hpp"

#include "daemon/api_connection.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <thread>

namespace mailpreflight::daemon {

namespace asio = boost::asio;

namespace {

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

/// After an error that does not pass at once (no descriptors left), so that accepting does not spin.
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::seconds tick{1};

} // namespace

class ApiServer::Impl {
public:
    Impl(std::vector<ApiListener> listeners, api::Service& service, ApiServerOptions options) :
        workers_(options.workers),
        shared_{.service = service, .options = std::move(options), .io = io_, .workers = workers_},
        ticker_(io_) {
        for (ApiListener& listener : listeners) {
            ::fcntl(listener.socket.get(), F_SETFL, ::fcntl(listener.socket.get(), F_GETFL) | O_NONBLOCK);
            const int family = family_of(listener.socket.get());
            doors_.push_back(std::make_unique<Door>(io_, listener.grants, listener.pages_only));
            doors_.back()->acceptor.assign(asio::generic::stream_protocol(family, 0), listener.socket.release());
        }
        for (const auto& door : doors_) {
            accept(*door);
        }
        step();
        thread_ = std::thread([this] { run(); });
    }

    ~Impl() {
        stop(std::chrono::milliseconds::zero());
        workers_.stop(); // what has not begun is dropped
        workers_.join();
        // What is still queued in io_ holds connections: they go while shared_ is there.
        while (!shared_.open.empty()) {
            (*shared_.open.begin())->close();
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    bool stop(std::chrono::milliseconds within) {
        if (!thread_.joinable()) {
            return true;
        }
        asio::post(io_, [this] { begin_stop(); });
        bool by_itself = false;
        {
            std::unique_lock lock(mutex_);
            by_itself = ended_.wait_for(lock, within, [this] { return has_ended_; });
        }
        if (!by_itself) {
            io_.stop();
        }
        thread_.join();
        return by_itself;
    }

    [[nodiscard]] std::chrono::steady_clock::time_point last_tick() const {
        return std::chrono::steady_clock::time_point(std::chrono::steady_clock::duration(last_tick_.load()));
    }

    [[nodiscard]] std::size_t connections() const {
        return connections_.load();
    }

private:
    struct Door {
        Door(asio::io_context& io, api::Privilege privilege, bool pages) :
            acceptor(io),
            pause(io),
            grants(privilege),
            pages_only(pages) {}
        Acceptor acceptor;
        asio::steady_timer pause;
        api::Privilege grants;
        bool pages_only;
    };

    void run() {
        // Nothing is thrown by our handlers but what a dying machine throws (bad_alloc): that may end the process.
        io_.run();
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
        ended_.notify_all();
    }

    void begin_stop() {
        shared_.stopping = true;
        ticker_.cancel();
        for (const auto& door : doors_) {
            boost::system::error_code ignored;
            door->acceptor.close(ignored);
            door->pause.cancel();
        }
        const auto open = shared_.open; // begin_stop() may take a connection out
        for (const auto& connection : open) {
            connection->begin_stop();
        }
    }

    void step() {
        last_tick_.store(std::chrono::steady_clock::now().time_since_epoch().count());
        note_connections();
        ticker_.expires_after(tick);
        ticker_.async_wait([this](const boost::system::error_code& error) {
            if (!error && !shared_.stopping) {
                step();
            }
        });
    }

    void accept(Door& door) {
        door.acceptor.async_accept([this, &door](const boost::system::error_code& error, ApiSocket socket) {
            if (shared_.stopping || error == asio::error::operation_aborted) {
                return;
            }
            if (!error) {
                open(door, std::move(socket));
                accept(door);
                return;
            }
            door.pause.expires_after(accept_pause);
            door.pause.async_wait([this, &door](const boost::system::error_code& cancelled) {
                if (!cancelled && !shared_.stopping) {
                    accept(door);
                }
            });
        });
    }

    void open(const Door& door, ApiSocket socket) {
        Seats& seats = door.pages_only ? shared_.seats_of_pages : shared_.seats_of_calls;
        // As many again may be told that there is no room; beyond that they are just closed.
        if (seats.open >= 2 * seats.most) {
            return;
        }
        auto caller = caller_at(socket.native_handle());
        if (!caller) {
            return;
        }
        caller->granted = door.grants;
        auto connection =
            std::make_shared<ApiConnection>(std::move(socket),
                                            std::move(*caller),
                                            shared_,
                                            ApiConnection::Place{seats, door.pages_only, seats.served >= seats.most});
        shared_.open.insert(connection);
        note_connections();
        connection->start();
    }

    void note_connections() {
        connections_.store(shared_.seats_of_calls.served + shared_.seats_of_pages.served);
    }

    // In the order in which they must be there: io_ dies last, its queue after the connections.
    asio::io_context io_{1};
    asio::thread_pool workers_;
    ApiShared shared_;
    asio::steady_timer ticker_;
    std::vector<std::unique_ptr<Door>> doors_;
    std::atomic<std::chrono::steady_clock::rep> last_tick_{0};
    std::atomic<std::size_t> connections_{0};
    std::mutex mutex_;
    std::condition_variable ended_;
    bool has_ended_ = false;
    std::thread thread_;
};

ApiServer::ApiServer(std::vector<ApiListener> listeners, api::Service& service, ApiServerOptions options) :
    impl_(std::make_unique<Impl>(std::move(listeners), service, std::move(options))) {}

ApiServer::~ApiServer() = default;

bool ApiServer::stop(std::chrono::milliseconds within) {
    return impl_->stop(within);
}

std::chrono::steady_clock::time_point ApiServer::last_tick() const {
    return impl_->last_tick();
}

std::size_t ApiServer::connections() const {
    return impl_->connections();
}

} // namespace mailpreflight::daemon
