#pragma once

#include "net/network.hpp"
#include "notify/mail_message.hpp"
#include "notify/receiver.hpp"
#include "notify/settings.hpp"

#include <string>

namespace mailpreflight::notify {

/// What the mail server said last, and whether all went well.
struct MailEnd {
    bool is_sent = false;
    bool is_stopped = false;
    int reply = 0;       ///< 550; 0: none came
    std::string problem; ///< what went wrong, in our own or the library's words
};

/// A 5yz reply to what failed: refused. All else: later. `server`: "mail.example:587".
Delivery delivery_of(const MailEnd& end, std::string_view server);

/// What is wrong with them; never a secret.
std::optional<std::string> problem_of_email(const EmailSettings& settings);

/// Mail by SMTP. A message goes to all recipients or to none; only where the server refuses some for good it goes to
/// the others, so that one who has left does not keep a notice from everybody.
class Email final : public Receiver {
public:
    Email(net::Network& network, EmailSettings settings, Origin origin, std::string link);
    Delivery send(const core::Notice& notice, const base::Deadline& deadline) override;

private:
    MailEnd attempt(const MailMessage& message, const base::Deadline& deadline, bool some_suffice) const;

    net::Network* network_;
    EmailSettings settings_;
    Origin origin_;
    std::string link_;
};

} // namespace mailpreflight::notify
