#pragma once

#include "api/codec.hpp"
#include "core/observation.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mailpreflight::api {

/// How `mailpreflight probe --json` tells a step. It is no call of the API: a probe needs no service.
struct ProbeStepRow {
    std::string step;
    std::int64_t microseconds = 0;
    std::string remedy;
    core::Observation observation;

    static void describe(auto& self, auto&& field) {
        field("step", self.step);
        field("microseconds", self.microseconds);
        field("remedy", self.remedy);
        field("observation", self.observation);
    }
};

struct ProbeReport {
    std::string source;
    std::string url;
    std::string user_agent;
    std::vector<ProbeStepRow> steps;

    static void describe(auto& self, auto&& field) {
        field("source", self.source);
        field("url", self.url);
        field("user_agent", self.user_agent);
        field("steps", self.steps);
    }
};

} // namespace mailpreflight::api
