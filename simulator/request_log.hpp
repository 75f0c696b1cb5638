#pragma once

#include "simulator/directory.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

/** What tests may ask about the requests that arrived. Secrets never enter it. */
namespace mailpreflight::simulator {

struct LogEntry {
    std::uint64_t seq = 0;
    TimePoint time;
    std::string door; ///< "ews", "owa", "other", "control"
    std::string method;
    std::string target;
    std::string user_agent;
    std::string user;      ///< who was authenticated; empty: nobody
    std::string operation; ///< local name of the SOAP body's child
    std::string mailbox;   ///< the first mailbox that the request is about
    std::vector<std::string> mailboxes;
    bool impersonated = false;
    bool impersonated_and_named = false; ///< the impersonation header and a Mailbox element in one request
    std::string anchor;                  ///< X-AnchorMailbox
    std::string request_server_version;
    int status = 0;
    std::string response_code; ///< the first EWS ResponseCode of the answer, or X-OWA-Error
    bool had_authorization = false;
    std::string presentation; ///< verdict of the presentation that this request made; empty: none
    std::uint64_t connection = 0;
    std::string budget; ///< whose concurrency budget was charged; an impersonated mailbox has its own
    std::string fault;  ///< names of the faults that struck it
};

class RequestLog {
public:
    explicit RequestLog(std::size_t limit = 100'000);

    /** Gives the entry its number. */
    void add(LogEntry entry);
    /** Entries whose number is greater; at most the limit of the ring. */
    std::vector<LogEntry> since(std::uint64_t seq) const;
    std::uint64_t last() const;
    void clear();

private:
    std::size_t limit_;
    std::uint64_t last_ = 0;
    std::deque<LogEntry> entries_;
};

} // namespace mailpreflight::simulator
