#pragma once

#include "simulator/soap_request.hpp"
#include "simulator/soap_writer.hpp"
#include "simulator/state.hpp"

#include <optional>
#include <string>

namespace mailpreflight::simulator {

/** Who is authenticated. */
struct EwsCaller {
    std::string logon_name;      ///< CONTOSO\migadmin
    std::string mailbox;         ///< primary address of its own mailbox; empty: it has none
    bool is_application = false; ///< by an app-only token: each request has to name a mailbox
};

/** A fault on command that shapes the SOAP answer. */
struct EwsOverride {
    std::optional<EwsError> error;
    bool as_message = false;
    std::string answer_for; ///< answer with the folders of this mailbox in place of the right one's
};

struct EwsAnswer {
    int status = 200;
    std::string body;
    std::string response_code;        ///< the first that is not NoError, else NoError
    const Mailbox* mailbox = nullptr; ///< which mailbox the request led to, for the routing headers
};

/** Exchange Web Services without HTTP: one request in, one answer out, nothing remembered. */
EwsAnswer serve_ews(const State& state,
                    const EwsCaller& caller,
                    const SoapRequest& request,
                    const EwsOverride& override_answer = {});

} // namespace mailpreflight::simulator
