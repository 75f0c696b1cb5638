#pragma once

#include <string_view>

namespace mailpreflight::core {

/// True where the migration into this destination (`destination` of a batch) refuses a source below TLS 1.2.
bool demands_tls12(std::string_view destination);

} // namespace mailpreflight::core
