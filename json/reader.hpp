#pragma once

#include "base/clock.hpp"
#include "json/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailpreflight::json {

/// Takes a value apart. The first thing that is wrong is remembered with its path ("definite.subject.kind"); what is
/// read after that stays as it was, so a decoder reads all members and asks once, at the end. Members that nobody asks
/// for are ignored. A member that is null is one that is missing.
///
/// A type is read by an overload `void decode(json::Reader&, T&)` in its own namespace or in this one; from_json()
/// below makes a Result of it.
class Reader {
public:
    /// Keeps a reference to `value`.
    explicit Reader(const Value& value) :
        value_(&value),
        problem_(&own_problem_) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// A member that must be there.
    template <typename T>
    void required(std::string_view name, T& out) {
        if (const Value* const found = member(name)) {
            Reader(*this, *found, name).read(out);
        } else {
            refuse_member(name, "is missing");
        }
    }

    /// A member that may be missing: `out` then keeps what it has.
    template <typename T>
    void optional(std::string_view name, T& out) {
        if (const Value* const found = member(name)) {
            Reader(*this, *found, name).read(out);
        }
    }

    template <typename T>
    void optional(std::string_view name, std::optional<T>& out) {
        if (const Value* const found = member(name)) {
            T inner{};
            Reader(*this, *found, name).read(inner);
            out = std::move(inner);
        }
    }

    /// Every element of the array `name`, if there is one, by `take(Reader& element)`.
    template <typename Take>
    void each(std::string_view name, Take take) {
        if (const Value* const found = member(name)) {
            Reader(*this, *found, name).each_element(take);
        }
    }

    /// The member `name`, if there is one, by `take(Reader& member)`.
    template <typename Take>
    void nested(std::string_view name, Take take) {
        if (const Value* const found = member(name)) {
            Reader inner(*this, *found, name);
            take(inner);
        }
    }

    /// This value itself.
    void read(std::string& out);
    void read(bool& out);
    void read(int& out);
    void read(std::uint64_t& out);
    void read(double& out);
    void read(base::SystemTime& out);
    void read(std::map<std::string, std::string>& out);
    template <typename T>
    void read(std::vector<T>& out) {
        std::vector<T> elements;
        each_element([&](Reader& element) { element.read(elements.emplace_back()); });
        out = std::move(elements);
    }
    template <typename T>
    void read(T& out) {
        decode(*this, out);
    }

    /// A string that must be one of the words that `named` knows (std::string_view → std::optional<T>).
    template <typename T, typename Named>
    void word(T& out, Named named, std::string_view kind) {
        std::string text;
        read(text);
        if (failed()) {
            return;
        }
        if (const std::optional<T> known = named(text)) {
            out = *known;
        } else {
            refuse_unknown(kind, text);
        }
    }

    /// Notes that this value is wrong: "is not an address".
    void refuse(std::string what);

    [[nodiscard]] bool failed() const {
        return problem_->has_value();
    }

    /// The value that was read, or the first problem.
    template <typename T>
    base::Result<T> finish(T value) const {
        if (failed()) {
            return base::failure(**problem_);
        }
        return value;
    }

private:
    Reader(const Reader& parent, const Value& value, std::string_view name);

    [[nodiscard]] const Value* member(std::string_view name);
    void refuse_member(std::string_view name, std::string what);
    void refuse_unknown(std::string_view kind, const std::string& text);

    template <typename Take>
    void each_element(Take&& take) {
        if (!value_->is_array()) {
            refuse("is not an array");
            return;
        }
        std::size_t index = 0;
        for (const Value& value : value_->as_array()) {
            Reader element(*this, value, '[' + std::to_string(index++) + ']');
            take(element);
            if (failed()) {
                return;
            }
        }
    }
    const Value* value_;
    std::string path_;
    std::optional<base::Error> own_problem_;
    std::optional<base::Error>* problem_; ///< of the outermost reader
};

/// The value that JSON says, or the path of the first member that is missing or wrong (`parse`).
template <typename T>
base::Result<T> from_json(const Value& value) {
    Reader reader(value);
    T decoded{};
    reader.read(decoded);
    return reader.finish(std::move(decoded));
}

} // namespace mailpreflight::json
