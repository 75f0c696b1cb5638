#include "config/build.hpp"

#include "base/text.hpp"
#include "config/checked_table.hpp"
#include "config/schema_check.hpp"

#include <fmt/format.h>

namespace mailpreflight::config {

std::string resolved(const std::filesystem::path& folder, const std::string& path) {
    return path.empty() ? path : (folder / path).lexically_normal().string();
}

std::vector<NamedTable> named_tables(const Node& document, std::string_view family) {
    std::vector<NamedTable> tables;
    if (const Node* node = document.find(family); node != nullptr) {
        for (const Node::Member& member : node->members) {
            if (member.value.kind == Node::Kind::table && is_name(member.key)) {
                tables.push_back({member.key, &member.value});
            }
        }
    }
    return tables;
}

void build_schedule(const Node& document, Config& config, Problems& problems) {
    const Node* table = document.find("schedule");
    if (table == nullptr || table->kind != Node::Kind::table) {
        return;
    }
    core::Schedule& schedule = config.schedule;
    const auto read = [&](std::string_view key, base::Duration& into) {
        into = duration_of(*table, key).value_or(into);
    };
    read("source_interval", schedule.source_interval);
    read("login_interval", schedule.login_interval);
    read("tls_floor_interval", schedule.tls_floor_interval);
    read("canary_interval", schedule.canary_interval);
    read("sweep_interval", schedule.sweep_interval);
    read("sweep_interval_72h", schedule.sweep_interval_72h);
    read("sweep_interval_4h", schedule.sweep_interval_4h);
    read("confirm_after", schedule.confirm_after);
    read("confirm_after_4h", schedule.confirm_after_4h);
    read("blind_after", schedule.blind_after);
    read("freeze", schedule.freeze);
    read("moving_grace", schedule.moving_grace);
    if (const auto during = text_of(*table, "during_window")) {
        schedule.during_window = core::during_window_named(*during).value_or(schedule.during_window);
    }
    schedule.most_canaries = integer_of(*table, "most_canaries").value_or(schedule.most_canaries);
    schedule.owa_sample = integer_of(*table, "owa_sample").value_or(schedule.owa_sample);

    const auto expect_shorter =
        [&](std::string_view key, base::Duration value, std::string_view than, base::Duration limit) {
            if (value > limit) {
                problems.warning(
                    place_of(*table, key),
                    fmt::format("schedule.{} ({}) is longer than {} ({}): looks would become rarer towards the window",
                                key,
                                base::to_text(value),
                                than,
                                base::to_text(limit)));
            }
        };
    expect_shorter("sweep_interval_72h", schedule.sweep_interval_72h, "sweep_interval", schedule.sweep_interval);
    expect_shorter("sweep_interval_4h", schedule.sweep_interval_4h, "sweep_interval_72h", schedule.sweep_interval_72h);
    expect_shorter("confirm_after_4h", schedule.confirm_after_4h, "confirm_after", schedule.confirm_after);
}

void build_daemon(const Node& document, const BuildContext& context, Config& config, Problems& problems) {
    const auto read_path = [&](const Node& table, std::string_view key, std::string& into) {
        if (const auto path = text_of(table, key)) {
            into = resolved(context.folder, *path);
        }
    };
    if (const Node* table = document.find("api"); table != nullptr) {
        read_path(*table, "control_socket", config.api.control_socket);
        read_path(*table, "view_socket", config.api.view_socket);
        if (const auto written = text_of(*table, "metrics_listen")) {
            if (auto address = parse_loopback(*written)) {
                config.api.metrics_listen = std::move(*address);
            } else {
                problems.error(place_of(*table, "metrics_listen"),
                               fmt::format("api.metrics_listen: {}", address.error().message()));
            }
        }
    }
    if (const Node* table = document.find("daemon"); table != nullptr) {
        read_path(*table, "state_directory", config.daemon.state_directory);
        config.daemon.total_lanes = integer_of(*table, "total_lanes").value_or(config.daemon.total_lanes);
    }
    if (const Node* table = document.find("store"); table != nullptr) {
        config.store.retention = duration_of(*table, "retention").value_or(config.store.retention);
    }
}

} // namespace mailpreflight::config
