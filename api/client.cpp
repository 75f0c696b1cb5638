#include "api/client.hpp"

#include <curl/curl.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

namespace mailpreflight::api {

namespace {

constexpr std::size_t most_document = std::size_t{64} << 20U;
constexpr std::size_t most_line = std::size_t{1} << 20U;

struct EasyCloser {
    void operator()(CURL* easy) const {
        curl_easy_cleanup(easy);
    }
};
using Easy = std::unique_ptr<CURL, EasyCloser>;

struct ListCloser {
    void operator()(curl_slist* list) const {
        curl_slist_free_all(list);
    }
};
using List = std::unique_ptr<curl_slist, ListCloser>;

void append(List& list, const char* line) {
    curl_slist* const longer = curl_slist_append(list.get(), line);
    if (longer == nullptr) {
        throw std::bad_alloc();
    }
    static_cast<void>(list.release());
    list.reset(longer);
}

/// One answer as it arrives: lines of a good stream go to `take`, everything else is kept.
struct Exchange {
    CURL* easy = nullptr;
    const std::function<bool(std::string_view)>* take = nullptr;
    const std::atomic<bool>* interrupted = nullptr;
    std::string kept; ///< the document, or the line that is not complete yet
    bool ended_by_reader = false;
    bool too_large = false;

    [[nodiscard]] long status() const {
        long code = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
        return code;
    }

    bool take_lines() {
        std::size_t begin = 0;
        for (auto end = kept.find('\n'); end != std::string::npos; end = kept.find('\n', begin)) {
            const auto line = std::string_view(kept).substr(begin, end - begin);
            begin = end + 1;
            if (!line.empty() && !(*take)(line)) {
                ended_by_reader = true;
                return false;
            }
        }
        kept.erase(0, begin);
        return true;
    }

    bool add(std::string_view bytes) {
        const bool streaming = take != nullptr && status() == 200;
        kept += bytes;
        if (streaming && !take_lines()) {
            return false;
        }
        too_large = kept.size() > (streaming ? most_line : most_document);
        return !too_large;
    }
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* exchange) {
    return static_cast<Exchange*>(exchange)->add({data, size * count}) ? size * count : 0;
}

int on_progress(void* exchange, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto* const flag = static_cast<Exchange*>(exchange)->interrupted;
    return flag != nullptr && flag->load() ? 1 : 0;
}

/// With its own buffer: the text of the problem that a body says, or a general one.
Problem problem_from(int status, std::string_view body) {
    if (auto told = from_text<Problem>(body)) {
        told->status = status;
        return std::move(*told);
    }
    return problem(status, "the service answered " + std::to_string(status) + " without a reason");
}

struct Setup {
    const ClientOptions& options;
    const std::string socket;
    const HttpRequest& request;
    const std::function<bool(std::string_view)>* take = nullptr;
};

tl::expected<std::string, ClientFailure> exchange_by(const Setup& setup) {
    const Easy easy(curl_easy_init());
    if (!easy) {
        throw std::bad_alloc();
    }
    Exchange exchange{.easy = easy.get(), .take = setup.take, .interrupted = setup.options.interrupted};
    const std::string url = "http://localhost" + setup.request.target;
    const std::string method(name_of(setup.request.method));
    List headers;
    append(headers, "Expect:");
    append(headers, "Accept: application/json, application/x-ndjson, application/problem+json");
    char text[CURL_ERROR_SIZE] = {};
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy.get(), option, value); };
    set(CURLOPT_UNIX_SOCKET_PATH, setup.socket.c_str());
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROXY, "");
    set(CURLOPT_PROTOCOLS_STR, "http");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, static_cast<char*>(text));
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
    if (setup.request.method == Method::post) {
        append(headers, "Content-Type: application/json");
        set(CURLOPT_POSTFIELDS, setup.request.body.c_str());
        set(CURLOPT_POSTFIELDSIZE, static_cast<long>(setup.request.body.size()));
    }
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    if (setup.take == nullptr) {
        set(CURLOPT_TIMEOUT_MS, long{setup.options.timeout.count()});
    } else {
        set(CURLOPT_LOW_SPEED_LIMIT, 1L);
        set(CURLOPT_LOW_SPEED_TIME, long{setup.options.silence.count()});
    }
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, &exchange);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &on_progress);
    set(CURLOPT_XFERINFODATA, &exchange);

    const CURLcode code = curl_easy_perform(easy.get());
    const auto failed = [](ClientFailure failure) { return tl::unexpected<ClientFailure>(std::move(failure)); };
    if (exchange.ended_by_reader) {
        return std::string();
    }
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        return failed(Interrupted{});
    }
    const int status = static_cast<int>(exchange.status());
    // A refusal may close the connection before all of the request is out: its answer counts.
    if (code != CURLE_OK && status < 400) {
        long os_error = 0;
        curl_easy_getinfo(easy.get(), CURLINFO_OS_ERRNO, &os_error);
        const bool connected = code != CURLE_COULDNT_CONNECT;
        const std::string reason = exchange.too_large ? "the answer is too large"
                                   : text[0] != '\0'  ? static_cast<const char*>(text)
                                                      : curl_easy_strerror(code);
        return failed(Unreachable{.os_error = connected ? 0 : static_cast<int>(os_error), .text = reason});
    }
    if (status < 200 || status > 299) {
        return failed(problem_from(status, exchange.kept));
    }
    return std::move(exchange.kept);
}

tl::expected<std::string, ClientFailure> exchange_with(const ClientOptions& options,
                                                       const CallInfo& info,
                                                       const HttpRequest& request,
                                                       const std::function<bool(std::string_view)>* take) {
    auto answer = exchange_by({options, options.socket.string(), request, take});
    if (answer || info.privilege != Privilege::view || options.view_socket.empty()) {
        return answer;
    }
    const auto* const unreachable = std::get_if<Unreachable>(&answer.error());
    if (unreachable == nullptr || (unreachable->os_error != EACCES && unreachable->os_error != EPERM)) {
        return answer;
    }
    auto viewed = exchange_by({options, options.view_socket.string(), request, take});
    // When neither opens, the first word tells more: it is the socket that the caller asked for.
    if (!viewed && std::holds_alternative<Unreachable>(viewed.error())) {
        return answer;
    }
    return viewed;
}

} // namespace

Client::Client(ClientOptions options) :
    options_(std::move(options)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (initialised != CURLE_OK) {
        throw std::runtime_error("libcurl cannot be initialised");
    }
}

ClientFailure Client::not_understood(const base::Error& error) {
    return Unreachable{.os_error = 0, .text = "the answer is not understood: " + error.message()};
}

tl::expected<std::string, ClientFailure> Client::document(const CallInfo& info, const HttpRequest& request) {
    return exchange_with(options_, info, request, nullptr);
}

tl::expected<void, ClientFailure>
Client::lines(const CallInfo& info, const HttpRequest& request, const std::function<bool(std::string_view)>& take) {
    auto rest = exchange_with(options_, info, request, &take);
    if (!rest) {
        return tl::unexpected<ClientFailure>(std::move(rest.error()));
    }
    return {};
}

} // namespace mailpreflight::api
