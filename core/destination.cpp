#include "core/destination.hpp"

namespace mailpreflight::core {

bool demands_tls12(std::string_view destination) {
    return destination == "hosted-exchange" || destination == "rackspace-email" || destination == "exchange-online";
}

} // namespace mailpreflight::core
