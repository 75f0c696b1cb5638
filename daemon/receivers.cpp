#include "daemon/receivers.hpp"

#include "daemon/log.hpp"
#include "notify/journal.hpp"
#include "notify/make.hpp"

#include <stdexcept>
#include <utility>

namespace mailpreflight::daemon {

namespace {

using core::ReceiverKind;

/// Reads secrets until one cannot be read; that is told once, at the end.
class Secrets {
public:
    explicit Secrets(const std::filesystem::path& credentials_directory) :
        credentials_directory_(credentials_directory) {}

    base::Secret read(const std::optional<config::SecretReference>& reference) {
        if (!reference || problem_) {
            return {};
        }
        auto secret = config::load_secret(*reference, credentials_directory_);
        if (!secret) {
            problem_ = secret.error();
            return {};
        }
        return std::move(*secret);
    }

    [[nodiscard]] const std::optional<base::Error>& problem() const {
        return problem_;
    }

private:
    const std::filesystem::path& credentials_directory_;
    std::optional<base::Error> problem_;
};

notify::Service service_of(const config::Receiver& receiver, Secrets& secrets) {
    notify::Service service;
    service.url = receiver.secret_url ? secrets.read(receiver.secret_url) : base::Secret(receiver.url);
    service.ca_file = receiver.ca_file;
    service.allow_plaintext = receiver.plain_http;
    return service;
}

notify::EmailSettings email_of(const config::Receiver& receiver, Secrets& secrets) {
    notify::EmailSettings email;
    email.server = receiver.server;
    if (receiver.port != 0) {
        email.port = static_cast<unsigned short>(receiver.port);
    }
    email.tls = notify::mail_tls_named(receiver.mail_tls).value_or(notify::MailTls::starttls);
    email.ca_file = receiver.ca_file;
    email.username = receiver.username;
    email.password = secrets.read(receiver.password);
    email.from = receiver.from;
    email.to = receiver.to;
    return email;
}

notify::WebhookSettings webhook_of(const config::Receiver& receiver, Secrets& secrets) {
    notify::WebhookSettings webhook;
    webhook.service = service_of(receiver, secrets);
    webhook.signing_key = secrets.read(receiver.signing_key);
    if (receiver.authorization) {
        webhook.headers.push_back({"Authorization", secrets.read(receiver.authorization)});
    }
    webhook.body_template = receiver.body_template;
    webhook.content_type = receiver.content_type;
    return webhook;
}

notify::AlertmanagerSettings alertmanager_of(const config::Receiver& receiver, Secrets& secrets) {
    notify::AlertmanagerSettings alertmanager;
    alertmanager.service = service_of(receiver, secrets);
    alertmanager.username = receiver.username;
    alertmanager.password = secrets.read(receiver.password);
    alertmanager.bearer = secrets.read(receiver.bearer);
    alertmanager.resend_every = receiver.resend_every;
    return alertmanager;
}

notify::PagerdutySettings pagerduty_of(const config::Receiver& receiver, Secrets& secrets) {
    notify::PagerdutySettings pagerduty;
    pagerduty.routing_key = secrets.read(receiver.routing_key);
    if (!receiver.url.empty() || receiver.secret_url) {
        pagerduty.service = service_of(receiver, secrets);
    }
    return pagerduty;
}

notify::ReceiverSettings settings_of(const config::Receiver& receiver, Secrets& secrets) {
    switch (receiver.kind) {
    case ReceiverKind::email:
        return email_of(receiver, secrets);
    case ReceiverKind::webhook:
        return webhook_of(receiver, secrets);
    case ReceiverKind::alertmanager:
        return alertmanager_of(receiver, secrets);
    case ReceiverKind::command:
        return notify::CommandSettings{receiver.command, receiver.time_limit};
    case ReceiverKind::slack:
        return notify::SlackSettings{service_of(receiver, secrets)};
    case ReceiverKind::teams:
        return notify::TeamsSettings{service_of(receiver, secrets)};
    case ReceiverKind::pagerduty:
        return pagerduty_of(receiver, secrets);
    case ReceiverKind::journal:
    case ReceiverKind::heartbeat:
        break;
    }
    throw std::logic_error("no receiver of notices");
}

class Journal final : public notify::Receiver {
public:
    notify::Delivery send(const core::Notice& notice, const base::Deadline&) override {
        const notify::JournalEntry entry = notify::journal_entry(notice);
        log(Message::notice, entry.message, entry.fields, entry.priority);
        return {};
    }
};

/// Gets trials alone: a trial is a success.
class TriedHeartbeat final : public notify::Receiver {
public:
    explicit TriedHeartbeat(std::shared_ptr<notify::Heartbeat> heartbeat) :
        heartbeat_(std::move(heartbeat)) {}
    notify::Delivery send(const core::Notice& notice, const base::Deadline& deadline) override {
        return heartbeat_->beat(notify::HeartbeatKind::success, notice.title, deadline);
    }

private:
    std::shared_ptr<notify::Heartbeat> heartbeat_;
};

} // namespace

base::Result<std::shared_ptr<notify::Receiver>> make_receiver(net::Network& network,
                                                              const config::Receiver& receiver,
                                                              const std::filesystem::path& credentials_directory,
                                                              const notify::Origin& origin) {
    if (receiver.kind == ReceiverKind::heartbeat) {
        auto heartbeat = make_heartbeat(network, receiver, credentials_directory);
        if (!heartbeat) {
            return base::failure(heartbeat.error());
        }
        return std::make_shared<TriedHeartbeat>(std::move(*heartbeat));
    }
    Secrets secrets(credentials_directory);
    notify::Settings settings{receiver.name, settings_of(receiver, secrets), receiver.link};
    if (secrets.problem()) {
        return base::failure(*secrets.problem());
    }
    if (const auto problem = notify::problem_of(settings)) {
        return base::failure(base::ErrorCode::invalid_argument, *problem);
    }
    return std::shared_ptr<notify::Receiver>(notify::make_receiver(network, std::move(settings), origin));
}

base::Result<std::shared_ptr<notify::Heartbeat>> make_heartbeat(net::Network& network,
                                                                const config::Receiver& receiver,
                                                                const std::filesystem::path& credentials_directory) {
    Secrets secrets(credentials_directory);
    notify::HeartbeatSettings settings{service_of(receiver, secrets)};
    if (secrets.problem()) {
        return base::failure(*secrets.problem());
    }
    if (const auto problem = notify::problem_of(settings)) {
        return base::failure(base::ErrorCode::invalid_argument, *problem);
    }
    return std::shared_ptr<notify::Heartbeat>(notify::make_heartbeat(network, std::move(settings)));
}

std::shared_ptr<notify::Receiver> make_journal() {
    return std::make_shared<Journal>();
}

core::NoticePolicy journal_policy() {
    core::NoticePolicy policy;
    policy.receiver = "journal";
    policy.kind = ReceiverKind::journal;
    policy.pace.wait = policy.urgent.wait = base::Duration::zero();
    policy.most_an_hour = 0;
    return policy;
}

} // namespace mailpreflight::daemon
