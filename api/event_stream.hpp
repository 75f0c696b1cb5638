#pragma once

#include "api/codec.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mailpreflight::api {

/// Where a service call puts the events of an NDJSON answer. Every function may be called from any thread and never
/// blocks: a reader that cannot keep up loses events and is told how many, so the judge never waits for a pager.
/// Events that are sent before the call has returned come after its answer. Two implementations: the server's and that
/// of tests.
template <typename Event>
class EventStream {
public:
    virtual ~EventStream() = default;
    virtual void send(const Event& event) = 0;
    /// Nothing comes after this; the answer ends once everything is out.
    virtual void finish() = 0;
    /// False once the reader is gone: the stream can be forgotten. Work that it asked for goes on.
    [[nodiscard]] virtual bool is_open() const = 0;
};

/// {"event":"heartbeat"}: every 15 s of silence, so that a reader notices a dead service.
struct Heartbeat {
    static constexpr std::string_view event = "heartbeat";
    base::SystemTime at;

    static void describe(auto& self, auto&& field) {
        field("at", self.at);
    }
    bool operator==(const Heartbeat&) const = default;
};

/// {"event":"skipped"}: the reader was too slow for this many events.
struct Skipped {
    static constexpr std::string_view event = "skipped";
    std::uint64_t count = 0;

    static void describe(auto& self, auto&& field) {
        field("count", self.count);
    }
    bool operator==(const Skipped&) const = default;
};

/// {"event":"stopping"}: the service stops; this line is the last.
struct Stopping {
    static constexpr std::string_view event = "stopping";

    static void describe(auto&, auto&&) {}
    bool operator==(const Stopping&) const = default;
};

/// One line of a stream, without its line end: the fields of the struct behind its "event". A struct says its own word
/// as a constant, or by `event_word()` when it has several.
template <Described T>
std::string line_of(const T& value) {
    json::Value object = json::Value::object(true);
    if constexpr (requires { value.event_word(); }) {
        object["event"] = json::Value::string(std::string(value.event_word()));
    } else {
        object["event"] = json::Value::string(std::string(T::event));
    }
    encode_into(object, value);
    return json::write(object);
}

template <typename... Kinds>
std::string line_of(const std::variant<Kinds...>& event) {
    return std::visit([](const auto& value) { return line_of(value); }, event);
}

namespace detail {

template <typename T, typename Variant>
base::Status decode_event(std::string_view word, const json::Value& value, std::optional<Variant>& into) {
    if (into) {
        return {};
    }
    T event{};
    if constexpr (requires { event.take_event_word(word); }) {
        if (!event.take_event_word(word)) {
            return {};
        }
    } else if (word != T::event) {
        return {};
    }
    if (auto status = decode_to(event, value, {}, {}); !status) {
        return status;
    }
    into = std::move(event);
    return {};
}

template <typename... Kinds>
base::Result<std::optional<std::variant<Kinds...>>> read_event(const json::Value& value, std::variant<Kinds...>*) {
    if (!value.is_object() || !value.has_string_field("event")) {
        return base::failure(base::ErrorCode::parse, "expected a line with an event");
    }
    const std::string word = value.at("event").as_string();
    std::optional<std::variant<Kinds...>> event;
    base::Status status;
    ((status = status ? decode_event<Kinds>(word, value, event) : status), ...);
    if (!status) {
        return base::failure(status.error().wrap("cannot read event", word));
    }
    return event;
}

} // namespace detail

/// The event of a line; nothing for a word that this version does not know.
template <typename Event>
base::Result<std::optional<Event>> event_of(std::string_view line) {
    return json::parse(line).and_then(
        [](const json::Value& value) { return detail::read_event(value, static_cast<Event*>(nullptr)); });
}

} // namespace mailpreflight::api
