#include "notify/make.hpp"

#include "notify/alertmanager.hpp"
#include "notify/command.hpp"
#include "notify/email.hpp"
#include "notify/pagerduty.hpp"
#include "notify/slack.hpp"
#include "notify/teams.hpp"
#include "notify/webhook.hpp"

#include <stdexcept>

namespace mailpreflight::notify {

namespace {

/// Makes the receiver of whichever settings there are.
struct Maker {
    net::Network& network;
    Origin& origin;
    std::string& link;

    std::unique_ptr<Receiver> operator()(EmailSettings& of) const {
        return std::make_unique<Email>(network, std::move(of), std::move(origin), std::move(link));
    }
    std::unique_ptr<Receiver> operator()(WebhookSettings& of) const {
        ServiceDoor door(network, std::move(of.service));
        return std::make_unique<Webhook>(std::move(door), std::move(of), std::move(origin), std::move(link));
    }
    std::unique_ptr<Receiver> operator()(AlertmanagerSettings& of) const {
        ServiceDoor door(network, std::move(of.service));
        return std::make_unique<Alertmanager>(std::move(door), std::move(of), std::move(origin), std::move(link));
    }
    std::unique_ptr<Receiver> operator()(CommandSettings& of) const {
        return std::make_unique<Command>(std::move(of), std::move(origin), std::move(link));
    }
    std::unique_ptr<Receiver> operator()(SlackSettings& of) const {
        return std::make_unique<Slack>(ServiceDoor(network, std::move(of.service)), std::move(origin), std::move(link));
    }
    std::unique_ptr<Receiver> operator()(TeamsSettings& of) const {
        return std::make_unique<Teams>(ServiceDoor(network, std::move(of.service)), std::move(origin), std::move(link));
    }
    std::unique_ptr<Receiver> operator()(PagerdutySettings& of) const {
        ServiceDoor door(network, std::move(of.service));
        return std::make_unique<Pagerduty>(std::move(door), std::move(of), std::move(origin), std::move(link));
    }
};

} // namespace

std::unique_ptr<Receiver> make_receiver(net::Network& network, Settings settings, Origin origin) {
    if (const auto problem = problem_of(settings)) {
        throw std::invalid_argument(settings.name + ": " + *problem);
    }
    return std::visit(Maker{network, origin, settings.link}, settings.of);
}

std::unique_ptr<Heartbeat> make_heartbeat(net::Network& network, HeartbeatSettings settings) {
    if (const auto problem = problem_of(settings)) {
        throw std::invalid_argument(*problem);
    }
    return std::make_unique<HttpHeartbeat>(ServiceDoor(network, std::move(settings.service)));
}

} // namespace mailpreflight::notify
