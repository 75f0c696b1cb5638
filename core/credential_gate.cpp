#include "core/credential_gate.hpp"

#include <utility>

namespace mailpreflight::core {

Permit::~Permit() {
    if (gate_ != nullptr) {
        gate_->finish(id_, PresentationResult::unanswered, "no result was reported", false);
    }
}

Permit::Permit(Permit&& other) noexcept :
    gate_(std::exchange(other.gate_, nullptr)),
    id_(other.id_) {}

Permit& Permit::operator=(Permit&& other) noexcept {
    if (this != &other) {
        if (gate_ != nullptr) {
            gate_->finish(id_, PresentationResult::unanswered, "no result was reported", false);
        }
        gate_ = std::exchange(other.gate_, nullptr);
        id_ = other.id_;
    }
    return *this;
}

void Permit::finish(PresentationResult result, std::string_view why, bool locked) {
    if (CredentialGate* const gate = std::exchange(gate_, nullptr)) {
        gate->finish(id_, result, why, locked);
    }
}

} // namespace mailpreflight::core
