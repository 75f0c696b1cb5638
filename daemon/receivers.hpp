#pragma once

#include "config/receiver.hpp"
#include "notify/heartbeat.hpp"
#include "notify/receiver.hpp"

#include <filesystem>
#include <memory>

namespace mailpreflight::net {
class Network;
}

namespace mailpreflight::daemon {

/// The receiver that a [notify.NAME] describes, its secrets read; the error says why it cannot be used. One of
/// heartbeats takes trials.
base::Result<std::shared_ptr<notify::Receiver>> make_receiver(net::Network& network,
                                                              const config::Receiver& receiver,
                                                              const std::filesystem::path& credentials_directory,
                                                              const notify::Origin& origin);

base::Result<std::shared_ptr<notify::Heartbeat>> make_heartbeat(net::Network& network,
                                                                const config::Receiver& receiver,
                                                                const std::filesystem::path& credentials_directory);

/// The journal, which is always there: MPF_NOTICE.
std::shared_ptr<notify::Receiver> make_journal();

/// Its policy: everything, at once.
core::NoticePolicy journal_policy();

} // namespace mailpreflight::daemon
