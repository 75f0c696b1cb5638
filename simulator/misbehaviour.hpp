#pragma once

#include "simulator/http_message.hpp"
#include "simulator/state.hpp"

namespace mailpreflight::simulator {

/** Turns a right answer into the wrong one that the fault wants. Faults inside SOAP are already in the answer. */
void misbehave(HttpResponse& response, const FaultRule& fault, const HttpRequest& request, const State& state);

} // namespace mailpreflight::simulator
