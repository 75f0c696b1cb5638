#pragma once

#include <span>
#include <string_view>

namespace mailpreflight::api {

/// What the socket that a request came in by must grant: view.sock grants view, control.sock both.
enum class Privilege { view, admin };

std::string_view name_of(Privilege privilege);

enum class Method { get, post, del };

/// "GET", "POST", "DELETE"
std::string_view name_of(Method method);

/// How a call answers: one document, or NDJSON lines until it is over.
enum class Answering { document, stream, document_or_stream };

/// What both sides must know of a call beside its structs. In the path {word} stands for the request's field of that
/// name; the other fields travel in the query of a GET and in the JSON body of a POST.
struct CallInfo {
    std::string_view name; ///< for audit records: "check"
    Method method = Method::get;
    std::string_view path; ///< "/v1/checks/{id}"
    Privilege privilege = Privilege::view;
    Answering answering = Answering::document;
};

/// Every call of the API, in the order of docs/api.md.
std::span<const CallInfo> all_calls();

} // namespace mailpreflight::api
