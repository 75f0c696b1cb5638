#include "notify/command.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"
#include "notify/body.hpp"
#include "notify/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mailpreflight::notify {

namespace {

// The codes of sysexits.h that say that the same notice will never do, and what a shell says of a program that is none.
constexpr std::array never{64, 65, 77, 78, 126, 127};

std::string first_line(std::string_view output) {
    const std::string_view text = base::trim(output);
    return base::shorten(base::safe(text.substr(0, text.find('\n'))), 200);
}

std::string told(std::string how, std::string_view output) {
    const std::string line = first_line(output);
    return line.empty() ? how : how + ": " + line;
}

} // namespace

Program
program_of(const core::Notice& notice, const Origin& origin, const CommandSettings& settings, std::string_view link) {
    Program program{
        settings.argv, {"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}, json::write(body(notice, origin, link)) + "\n"};
    const auto add = [&](std::string_view name, std::string_view value) {
        program.environment.push_back(fmt::format("MAILPREFLIGHT_{}={}", name, base::shorten(base::safe(value), 1000)));
    };
    std::vector<std::string> batches;
    for (const core::NoticeBatch& batch : notice.batches) {
        batches.push_back(batch.name);
    }
    add("ID", notice.id);
    add("RECEIVER", notice.receiver);
    add("GROUP", notice.group);
    add("CLASS", core::name_of(notice.notice_class));
    add("STATUS", core::name_of(notice.status));
    add("SEVERITY", core::name_of(notice.severity));
    add("SOURCE", notice.source);
    add("CAUSE", notice.cause ? core::code_of(*notice.cause) : "");
    add("DIRECTION", notice.cause ? core::name_of(notice.direction) : "");
    add("BATCHES", base::join(batches, ","));
    add("SUBJECTS", std::to_string(notice.subjects));
    add("TITLE", notice.title);
    add("HOST", origin.host);
    add("INSTALLATION", origin.installation);
    return program;
}

Delivery delivery_of(const ProgramEnd& end, base::Duration time_limit) {
    switch (end.how) {
    case ProgramEnd::How::exited: {
        if (end.code == 0) {
            return {DeliveryResult::delivered, told("exit 0", end.output), std::nullopt};
        }
        const bool refuses = std::find(never.begin(), never.end(), end.code) != never.end();
        return {refuses ? DeliveryResult::refused : DeliveryResult::later,
                told(fmt::format("exit {}", end.code), end.output),
                std::nullopt};
    }
    case ProgramEnd::How::signalled:
        return {DeliveryResult::later, told(fmt::format("killed by signal {}", end.code), end.output), std::nullopt};
    case ProgramEnd::How::deadline:
        return {DeliveryResult::later,
                told(fmt::format("not done within {}", base::to_text(time_limit)), end.output),
                std::nullopt};
    case ProgramEnd::How::stopped:
        return {DeliveryResult::later, "stopped", std::nullopt};
    }
    throw std::logic_error("no such end of a program");
}

Command::Command(CommandSettings settings, Origin origin, std::string link) :
    settings_(std::move(settings)),
    origin_(std::move(origin)),
    link_(std::move(link)) {}

Delivery Command::send(const core::Notice& notice, const base::Deadline& deadline) {
    const auto limit = std::chrono::ceil<std::chrono::milliseconds>(settings_.time_limit);
    auto end = run_program(program_of(notice, origin_, settings_, link_), deadline.at_most(limit));
    if (!end) {
        const bool is_short = end.error().code() == base::ErrorCode::io;
        return {is_short ? DeliveryResult::later : DeliveryResult::refused, end.error().message(), std::nullopt};
    }
    return delivery_of(*end, settings_.time_limit);
}

} // namespace mailpreflight::notify
