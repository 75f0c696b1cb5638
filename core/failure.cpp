#include "core/failure.hpp"

#include <stdexcept>

namespace mailpreflight::core {

std::string_view name_of(Stage stage) {
    switch (stage) {
    case Stage::resolve:
        return "resolve";
    case Stage::connect:
        return "connect";
    case Stage::tls:
        return "tls";
    case Stage::authenticate:
        return "authenticate";
    case Stage::exchange:
        return "exchange";
    case Stage::judge:
        return "judge";
    }
    throw std::logic_error("no such stage");
}

std::optional<Stage> stage_named(std::string_view name) {
    for (const Stage stage :
         {Stage::resolve, Stage::connect, Stage::tls, Stage::authenticate, Stage::exchange, Stage::judge}) {
        if (name_of(stage) == name) {
            return stage;
        }
    }
    return std::nullopt;
}

} // namespace mailpreflight::core
