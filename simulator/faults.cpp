#include "simulator/faults.hpp"

#include "simulator/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailpreflight::simulator {

namespace {

using Named = std::pair<FaultKind, std::string_view>;

constexpr std::array<Named, 20> kind_names = {{
    {FaultKind::latency, "latency"},
    {FaultKind::throttle, "throttle"},
    {FaultKind::exceeded_connection_count, "exceeded_connection_count"},
    {FaultKind::error_code, "error_code"},
    {FaultKind::status, "status"},
    {FaultKind::unauthorized, "unauthorized"},
    {FaultKind::empty_500, "empty_500"},
    {FaultKind::cut, "cut"},
    {FaultKind::close_before_answer, "close_before_answer"},
    {FaultKind::garbage, "garbage"},
    {FaultKind::garbage_xml, "garbage_xml"},
    {FaultKind::html_200, "html_200"},
    {FaultKind::slow_bytes, "slow_bytes"},
    {FaultKind::endless_header, "endless_header"},
    {FaultKind::chunk_minus_two, "chunk_minus_two"},
    {FaultKind::gzip, "gzip"},
    {FaultKind::gzip_bomb, "gzip_bomb"},
    {FaultKind::redirect, "redirect"},
    {FaultKind::wrong_answer, "wrong_answer"},
    {FaultKind::huge_body, "huge_body"},
}};

bool strikes(const FaultRule& rule, std::string_view path, const std::vector<std::string>& mailboxes) {
    if (!starts_with_ignoring_case(path, rule.path)) {
        return false;
    }
    return rule.mailbox.empty() || std::ranges::any_of(mailboxes, [&](const std::string& mailbox) {
               return equals_ignoring_case(mailbox, rule.mailbox);
           });
}

} // namespace

std::string_view name_of(FaultKind kind) {
    return std::ranges::find(kind_names, kind, &Named::first)->second;
}

std::optional<FaultKind> fault_kind(std::string_view name) {
    const auto found = std::ranges::find(kind_names, name, &Named::second);
    return found == kind_names.end() ? std::nullopt : std::optional(found->first);
}

void FaultPlan::add(FaultRule rule) {
    rules_.push_back(std::move(rule));
}

void FaultPlan::clear() {
    rules_.clear();
}

const std::vector<FaultRule>& FaultPlan::rules() const {
    return rules_;
}

std::vector<FaultRule>
FaultPlan::take(std::string_view path, const std::vector<std::string>& mailboxes, bool before_auth) {
    std::vector<FaultRule> struck;
    for (FaultRule& rule : rules_) {
        if (rule.before_auth != before_auth || !strikes(rule, path, mailboxes)) {
            continue;
        }
        if (rule.skip > 0) {
            --rule.skip;
            continue;
        }
        struck.push_back(rule);
        if (rule.remaining) {
            --*rule.remaining;
        }
    }
    std::erase_if(rules_, [](const FaultRule& rule) { return rule.remaining == 0U; });
    return struck;
}

} // namespace mailpreflight::simulator
