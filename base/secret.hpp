#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailpreflight::base {

/// A password or key that cannot leak by accident: move-only, wiped with OPENSSL_cleanse when it dies, without stream
/// operator, formatter, comparison or codec. It is opened by expose_to() alone; the callback must not keep the view.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string_view text);

    /// Takes the bytes over and wipes the place they came from.
    static Secret take(std::vector<char>&& bytes);

    ~Secret();
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    [[nodiscard]] bool empty() const noexcept {
        return bytes_.empty();
    }

    /// A second Secret with the same content, for an owner with a longer life.
    [[nodiscard]] Secret clone() const;

    /// Calls `callback(std::string_view)` with the text and returns what it returns.
    template <typename Callback>
    auto expose_to(Callback&& callback) const {
        return std::forward<Callback>(callback)(std::string_view(bytes_.data(), bytes_.size()));
    }

private:
    void wipe() noexcept;

    std::vector<char> bytes_;
};

/// Wipes a buffer that held a secret outside of Secret (a header line, a form body).
void wipe(std::string& text) noexcept;

} // namespace mailpreflight::base
