#pragma once

#include "core/observation.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace mailpreflight::core {

/// An observation that is kept, or none. It never changes, so all that keep the same one share it: of most mailboxes
/// the newest look, the newest definite one and what is believed are one and the same.
class KeptLook {
public:
    KeptLook() = default;
    KeptLook(Observation look) :
        // NOLINT(google-explicit-constructor): a look is kept by assigning it
        look_(std::make_shared<const Observation>(std::move(look))) {}

    explicit operator bool() const noexcept {
        return look_ != nullptr;
    }
    const Observation& operator*() const noexcept {
        return *look_;
    }
    const Observation* operator->() const noexcept {
        return look_.get();
    }
    [[nodiscard]] std::optional<Observation> copy() const {
        return look_ ? std::optional(*look_) : std::nullopt;
    }

    bool operator==(const KeptLook& other) const {
        return look_ == other.look_ || (look_ && other.look_ && *look_ == *other.look_);
    }

private:
    std::shared_ptr<const Observation> look_;
};

} // namespace mailpreflight::core
