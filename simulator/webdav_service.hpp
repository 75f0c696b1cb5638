#pragma once

#include "simulator/owa_service.hpp"

namespace mailpreflight::simulator {

/** /exchange of Exchange 2003 and 2007: WebDAV of whole mailboxes, as far as it tells where the folders are. */
bool has_webdav(const ServerSettings& server);

/** Everything below /exchange and /exchweb, behind forms login. */
OwaAnswer serve_exchange(const HttpRequest& request, State& state, FormsSessions& sessions, TimePoint now);

/** The same for somebody who was authenticated by HTTP; `unauthorized` is what IIS says where it finds no mailbox. */
OwaAnswer serve_exchange_authenticated(const HttpRequest& request,
                                       const State& state,
                                       const std::string& account,
                                       const HttpResponse& unauthorized);

} // namespace mailpreflight::simulator
