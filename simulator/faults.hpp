#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/** What the simulator shall do wrong on command. */
namespace mailpreflight::simulator {

enum class FaultKind {
    latency,                   ///< value = milliseconds before the answer
    throttle,                  ///< ErrorServerBusy; value = BackOffMilliseconds; as_message: in a 200
    exceeded_connection_count, ///< the fault of a full concurrency budget
    error_code,                ///< code (and text) instead of the operation; as_message: in a 200, else a fault
    status,                    ///< value = HTTP status with a short HTML page; seconds in retry_after
    unauthorized,              ///< 401 with offers on an authenticated connection
    empty_500,                 ///< 500 without a body
    cut,                       ///< header and half of the body, then close
    close_before_answer,       ///< the request is processed, then the connection closes
    garbage,                   ///< bytes that are no HTTP
    garbage_xml,               ///< 200 text/xml that ends in mid-element
    html_200,                  ///< a login page in place of SOAP
    slow_bytes,                ///< value = bytes a second
    endless_header,            ///< header lines until the client leaves
    chunk_minus_two,           ///< chunked body whose first chunk has the length "-2"
    gzip,                      ///< the right answer, compressed
    gzip_bomb,                 ///< value = MiB that it expands to
    redirect,                  ///< 302 to location, by default the server's own logon page
    wrong_answer,              ///< folders of another mailbox; location = whose (else the first other one)
    huge_body,                 ///< value = MiB of XML
};
std::string_view name_of(FaultKind kind);
std::optional<FaultKind> fault_kind(std::string_view name);

struct FaultRule {
    FaultKind kind = FaultKind::latency;
    std::string path;                       ///< prefix such as "/ews"; empty: every path
    std::string mailbox;                    ///< only requests about this address; empty: all
    std::optional<std::uint64_t> remaining; ///< how many more times; none: until cleared
    std::uint64_t skip = 0;                 ///< lets this many matching requests pass first
    std::int64_t value = 0;
    std::int64_t retry_after = 0; ///< seconds; 0: no Retry-After header
    std::string code;
    std::string text;
    std::string location;
    bool as_message = false;
    /**
     * Normally a fault waits for a request that was authenticated (EWS) or answered (OWA), so that counts are not used
     * up by the legs of a handshake. With this it strikes the first matching request, whatever it is.
     */
    bool before_auth = false;
};

class FaultPlan {
public:
    void add(FaultRule rule);
    void clear();
    const std::vector<FaultRule>& rules() const;

    /** The rules that strike this request; each has one strike less afterwards. */
    std::vector<FaultRule> take(std::string_view path, const std::vector<std::string>& mailboxes, bool before_auth);

private:
    std::vector<FaultRule> rules_;
};

} // namespace mailpreflight::simulator
