#pragma once

#include "api/call.hpp"
#include "api/caller.hpp"
#include "api/http_form.hpp"
#include "api/problem.hpp"
#include "api/service.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailpreflight::daemon {

/// The lines of one answer on their way out, whatever they say. Any thread; never blocks.
class LineSink {
public:
    virtual ~LineSink() = default;
    /// `droppable`: may be left out, and counted, when the reader cannot keep up.
    virtual void send_line(std::string line, bool droppable) = 0;
    virtual void finish() = 0;
    [[nodiscard]] virtual bool is_open() const = 0;
};

/// An answer that is one document.
struct Document {
    int status = 200;
    std::string body;
};

/// An answer that goes on: its first line, the rest comes by the sink.
struct StreamStart {
    std::string first_line;
};

using RouteAnswer = std::variant<Document, StreamStart, api::Problem>;

/// One call of the API as the server sees it.
struct Route {
    api::CallInfo info;
    /// Decodes, calls the service, encodes. Takes the sink when, and only when, it answers StreamStart.
    std::function<RouteAnswer(api::Service&, const api::Caller&, const json::Value& fields, std::shared_ptr<LineSink>)>
        answer;
};

/// Every call of api::all_calls(), in that order.
std::span<const Route> routes();

/// Which route takes a request.
struct RouteMatch {
    const Route* route = nullptr; ///< null: none
    api::NamedTexts path_fields;
    std::string allow; ///< of a known path with another method: "GET, POST"
};
RouteMatch find_route(std::string_view method, std::string_view path);

} // namespace mailpreflight::daemon
