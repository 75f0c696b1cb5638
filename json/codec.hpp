#pragma once

// All codecs of core values: to_json(value) and from_json<T>(json).
#include "json/batch_codec.hpp"
#include "json/check_codec.hpp"
#include "json/drift_codec.hpp"
#include "json/incident_codec.hpp"
#include "json/ledger_codec.hpp"
#include "json/notice_codec.hpp"
#include "json/observation_codec.hpp"
#include "json/readiness_codec.hpp"
#include "json/track_codec.hpp"
