#include "net/ca_store.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace mailpreflight::net {

core::Outcome<std::shared_ptr<x509_store_st>> CaStores::load(const std::string& ca_file) {
    const std::string path = ca_file.empty() ? system_bundle : ca_file;
    const auto unusable = [&](const std::string& why) {
        return core::failed(
            core::Stage::tls, core::Cause::internal_error, "cannot load the authorities of " + path + ": " + why);
    };
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return unusable(std::strerror(errno));
    }
    const std::lock_guard lock(mutex_);
    Entry& entry = stores_[ca_file];
    if (entry.store && entry.inode == status.st_ino && entry.changed.tv_sec == status.st_mtim.tv_sec &&
        entry.changed.tv_nsec == status.st_mtim.tv_nsec) {
        return entry.store;
    }
    std::shared_ptr<X509_STORE> store(X509_STORE_new(), &X509_STORE_free);
    ERR_clear_error();
    if (!store || X509_STORE_load_file(store.get(), path.c_str()) != 1) {
        const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
        ERR_clear_error();
        return unusable(reason != nullptr ? reason : "no certificate in it");
    }
    if (!ca_file.empty()) {
        X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    }
    entry = {std::move(store), status.st_mtim, status.st_ino};
    return entry.store;
}

} // namespace mailpreflight::net
