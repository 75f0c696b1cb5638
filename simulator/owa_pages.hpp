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
HttpResponse
to_logon(const HttpRequest& request, const ServerSettings& server, std::string_view destination, int reason);
/** The outer page of 2007 that leads to the logon page by script or by a frame. */
HttpResponse outer_logon(const ServerSettings& server, std::string_view destination);
/** 200 with a form that hands user name and password over to another site. */
HttpResponse cross_site(std::string_view host, std::string_view name, std::string_view password);
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
