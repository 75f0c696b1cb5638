#pragma once

#include "daemon/event_hub.hpp"
#include "daemon/judge.hpp"

namespace mailpreflight::daemon {

/// Puts what a judgement changed into words: for the readers of `watch`, and for the journal what people act on.
void tell_news(const State& state, const News& news, EventHub& events);

} // namespace mailpreflight::daemon
