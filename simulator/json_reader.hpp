#pragma once

#include <cpprest/json.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/** Reading of JSON objects that refuses unknown keys. Internal: only the files that speak JSON include it. */
namespace mailpreflight::simulator {

using Json = web::json::value;

/** One object, read key by key; finish() complains about keys that nobody asked for. */
class JsonObject {
public:
    /** Throws std::runtime_error if the value is no object. */
    JsonObject(const Json& value, std::string what);

    const Json* find(const std::string& key);
    void read(const std::string& key, std::string& target);
    void read(const std::string& key, bool& target);
    void read(const std::string& key, int& target);
    void read(const std::string& key, std::int64_t& target);
    void read(const std::string& key, std::chrono::seconds& target);
    void read(const std::string& key, std::vector<std::string>& target);
    std::optional<bool> read_bool(const std::string& key);
    void each(const std::string& key, const std::function<void(const Json&)>& visit);
    void finish() const;

private:
    [[noreturn]] void fail(const std::string& key, const char* expected) const;

    const Json& value_;
    std::string what_;
    std::vector<std::string> asked_;
};

/** Throws std::runtime_error with a readable reason. */
Json parse_json(std::string_view text);
Json to_json(const std::vector<std::string>& list);

} // namespace mailpreflight::simulator
