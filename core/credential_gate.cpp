#include "core/credential_gate.hpp"

#include <utility>

namespace mailpreflight::core {

namespace {

PresentationEnding untold() {
    return {.result = PresentationResult::unanswered, .why = "no result was reported", .evidence = {}};
}

} // namespace

Permit::~Permit() {
    if (gate_ != nullptr) {
        gate_->finish(id_, untold());
    }
}

Permit::Permit(Permit&& other) noexcept :
    gate_(std::exchange(other.gate_, nullptr)),
    id_(other.id_) {}

Permit& Permit::operator=(Permit&& other) noexcept {
    if (this != &other) {
        if (gate_ != nullptr) {
            gate_->finish(id_, untold());
        }
        gate_ = std::exchange(other.gate_, nullptr);
        id_ = other.id_;
    }
    return *this;
}

void Permit::finish(PresentationEnding ending) {
    if (CredentialGate* const gate = std::exchange(gate_, nullptr)) {
        gate->finish(id_, std::move(ending));
    }
}

} // namespace mailpreflight::core
