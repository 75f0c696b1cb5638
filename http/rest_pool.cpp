#include "http/rest_pool.hpp"

#include "http/rest_client.hpp"

// pplx speaks of Asio by its old names, in this header alone.
#undef BOOST_ASIO_NO_DEPRECATED
#include <openssl/ssl.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <pplx/threadpool.h>
#include <utility>

namespace mailpreflight::http {

namespace {

std::atomic<bool> prepared{false};

} // namespace

void prepare_rest_client() {
    static std::once_flag once;
    std::call_once(once, [] {
        // Else each connection reads the system's bundle, only for us to replace it.
        ::setenv("SSL_CERT_FILE", "/dev/null", 1);
        ::setenv("SSL_CERT_DIR", "/nonexistent", 1);
        OPENSSL_init_ssl(0, nullptr); // before the pool, so that its connections end before OpenSSL does
        crossplat::threadpool::initialize_with_threads(1);
        prepared = true;
    });
}

bool is_rest_client_prepared() {
    return prepared;
}

void on_rest_thread(std::function<void()> work) {
    boost::asio::post(crossplat::threadpool::shared_instance().service(), std::move(work));
}

} // namespace mailpreflight::http
