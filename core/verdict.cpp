#include "core/verdict.hpp"

#include <stdexcept>

namespace mailpreflight::core {

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::go:
        return "GO";
    case Verdict::no_go:
        return "NO-GO";
    case Verdict::unknown:
        return "UNKNOWN";
    }
    throw std::logic_error("no such verdict");
}

std::string_view code_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::go:
        return "go";
    case Verdict::no_go:
        return "no_go";
    case Verdict::unknown:
        return "unknown";
    }
    throw std::logic_error("no such verdict");
}

} // namespace mailpreflight::core
