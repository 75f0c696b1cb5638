#pragma once

#include "api/codec.hpp"
#include "core/cause.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mailpreflight::api {

/// How `mailpreflight doctor --json` tells what it found. It is no call of the API: doctor needs no service.
struct DoctorAdvice {
    std::string topic;
    core::State state = core::State::pass;
    std::string text;
    std::string remedy;

    static void describe(auto& self, auto&& field) {
        field("topic", self.topic);
        field("state", self.state);
        field("text", self.text);
        field("remedy", self.remedy);
    }
};

struct DoctorReport {
    std::string source;
    std::string url;
    std::string account;
    std::int64_t presentations = 0; ///< that doctor made
    std::vector<DoctorAdvice> advice;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("url", self.url);
        field("account", self.account);
        field("presentations", self.presentations);
        field("advice", self.advice);
    }
};

} // namespace mailpreflight::api
