#pragma once

#include "simulator/forms_session.hpp"
#include "simulator/request_log.hpp"
#include "simulator/soap_recorder.hpp"
#include "simulator/state.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace mailpreflight::simulator {

/** What no client may ever do. */
struct ClientFaults {
    std::uint64_t posts_to_lang_owa = 0;      ///< would set the mailbox's language
    std::uint64_t posts_to_foreign_forms = 0; ///< a form of another product, or of another site
};

/** All that the threads of the simulator share. */
struct Shared {
    State state;
    RequestLog log;
    SoapRecorder soap;
    FormsSessions sessions;
    ClientFaults client_faults;
    std::map<std::string, int> open_requests;         ///< by concurrency budget
    std::map<std::string, std::string> ews_documents; ///< what /ews/ serves beside the service, by lower-case path
};

/** Shared, unreachable without its lock. */
class World {
public:
    explicit World(TimeSource time) :
        time_(std::move(time)) {}

    template <typename Function>
    decltype(auto) with(Function&& function) {
        const std::scoped_lock lock(mutex_);
        return std::forward<Function>(function)(shared_);
    }

    TimePoint now() const {
        return time_();
    }

private:
    TimeSource time_;
    std::mutex mutex_;
    Shared shared_;
};

} // namespace mailpreflight::simulator
