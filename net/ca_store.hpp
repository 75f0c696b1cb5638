#pragma once

#include "core/failure.hpp"

#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <string>

struct x509_store_st; // OpenSSL's X509_STORE

namespace mailpreflight::net {

/// The authorities that certificates are judged by: loaded once from an explicit file, shared by all lanes, loaded anew
/// when the file was replaced. OpenSSL's own default paths are never asked. Safe to call from any thread.
class CaStores {
public:
    static constexpr const char* system_bundle = "/etc/ssl/certs/ca-certificates.crt";

    /// The store of `ca_file` (empty: the system bundle). Each certificate of a file that an operator names is an
    /// anchor, an intermediate too. Failure at stage tls, internal_error: the file cannot be read.
    core::Outcome<std::shared_ptr<x509_store_st>> load(const std::string& ca_file);

private:
    struct Entry {
        std::shared_ptr<x509_store_st> store;
        std::timespec changed{};
        unsigned long inode = 0;
    };

    std::mutex mutex_;
    std::map<std::string, Entry> stores_;
};

} // namespace mailpreflight::net
