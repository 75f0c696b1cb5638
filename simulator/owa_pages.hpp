#pragma once

#include "simulator/http_message.hpp"
#include "simulator/state.hpp"

#include <string>
#include <string_view>

/** The pages of OWA: shapes, not the look. */
namespace mailpreflight::simulator::pages {

HttpResponse html(int status, std::string body);
/** 302 with the little body that IIS writes. */
HttpResponse redirect(std::string location);
/** 302 to the logon page; destination is the address that the browser wanted. */
HttpResponse to_logon(const HttpRequest& request, std::string_view destination, int reason);
HttpResponse logon(const HttpRequest& request, const ServerSettings& server);
HttpResponse login_timeout();
HttpResponse expired_password(const ServerSettings& server);
HttpResponse language_selection(const ServerSettings& server);
HttpResponse shell(const ServerSettings& server);
/** 302 to errorfe.aspx for an exception. */
HttpResponse
to_error(const HttpRequest& request, const State& state, const std::string& back_end, std::string_view exception);
/** errorfe.aspx itself: says what its address says, so it proves nothing. */
HttpResponse error(const HttpRequest& request, const State& state);

} // namespace mailpreflight::simulator::pages
