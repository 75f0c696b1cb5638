#include "json/reader.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace mailpreflight::json {

Reader::Reader(const Reader& parent, const Value& value, std::string_view name) :
    value_(&value),
    path_(parent.path_),
    problem_(parent.problem_) {
    if (!path_.empty() && name.front() != '[') {
        path_ += '.';
    }
    path_ += name;
}

const Value* Reader::member(std::string_view name) {
    if (failed()) {
        return nullptr;
    }
    if (!value_->is_object()) {
        refuse("is not an object");
        return nullptr;
    }
    const web::json::object& members = value_->as_object();
    const auto found = members.find(std::string(name));
    return found == members.end() || found->second.is_null() ? nullptr : &found->second;
}

void Reader::refuse(std::string what) {
    if (!failed()) {
        problem_->emplace(base::ErrorCode::parse,
                          path_.empty() ? "the JSON value " + what : fmt::format("member {} {}", path_, what));
    }
}

void Reader::refuse_member(std::string_view name, std::string what) {
    if (!failed()) {
        Reader(*this, *value_, name).refuse(std::move(what));
    }
}

void Reader::refuse_unknown(std::string_view kind, const std::string& text) {
    refuse(fmt::format("is not a known {}: \"{}\"", kind, base::shorten(text, 80)));
}

void Reader::read(std::string& out) {
    if (!value_->is_string()) {
        return refuse("is not a string");
    }
    out = value_->as_string();
}

void Reader::read(bool& out) {
    if (!value_->is_boolean()) {
        return refuse("is not true or false");
    }
    out = value_->as_bool();
}

void Reader::read(int& out) {
    if (!value_->is_number() || !value_->as_number().is_int32()) {
        return refuse("is not a whole number");
    }
    out = value_->as_number().to_int32();
}

void Reader::read(std::uint64_t& out) {
    if (!value_->is_number() || !value_->as_number().is_uint64()) {
        return refuse("is not a whole number from 0");
    }
    out = value_->as_number().to_uint64();
}

void Reader::read(double& out) {
    if (!value_->is_number()) {
        return refuse("is not a number");
    }
    out = value_->as_double();
}

void Reader::read(base::SystemTime& out) {
    if (!value_->is_string()) {
        return refuse("is not a string");
    }
    if (const auto time = base::parse_rfc3339(value_->as_string())) {
        out = *time;
    } else {
        refuse("is not an RFC 3339 time such as 2026-12-05T22:00:00Z");
    }
}

void Reader::read(std::map<std::string, std::string>& out) {
    if (!value_->is_object()) {
        return refuse("is not an object");
    }
    std::map<std::string, std::string> members;
    for (const auto& [name, value] : value_->as_object()) {
        if (!value.is_string()) {
            return refuse_member(name, "is not a string");
        }
        members.emplace(name, value.as_string());
    }
    out = std::move(members);
}

} // namespace mailpreflight::json
