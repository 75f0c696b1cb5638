#include "simulator/organisation.hpp"

#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mailpreflight::simulator {

namespace {

constexpr std::array<std::pair<MailboxState, std::string_view>, 6> state_names = {{
    {MailboxState::ok, "ok"},
    {MailboxState::disabled, "disabled"},
    {MailboxState::moved, "moved"},
    {MailboxState::missing, "missing"},
    {MailboxState::in_transit, "in_transit"},
    {MailboxState::store_down, "store_down"},
}};

bool contains(const std::vector<std::string>& list, std::string_view value) {
    return std::ranges::any_of(list, [&](const std::string& entry) { return equals_ignoring_case(entry, value); });
}

std::string_view domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

const Mailbox* look_up(const std::map<std::string, Mailbox>& mailboxes,
                       const std::unordered_map<std::string, std::string>& index,
                       std::string_view key) {
    const auto found = index.find(to_lower(key));
    return found == index.end() ? nullptr : &mailboxes.at(found->second);
}

} // namespace

std::string_view name_of(MailboxState state) {
    return std::ranges::find(state_names, state, &std::pair<MailboxState, std::string_view>::first)->second;
}

std::optional<MailboxState> mailbox_state(std::string_view name) {
    const auto found = std::ranges::find(state_names, name, &std::pair<MailboxState, std::string_view>::second);
    return found == state_names.end() ? std::nullopt : std::optional(found->first);
}

const Folder* Mailbox::folder(std::string_view key) const {
    const auto found = std::ranges::find(folders, key, &Folder::key);
    return found == folders.end() ? nullptr : &*found;
}

void Organisation::add(Mailbox mailbox) {
    if (mailbox.display_name.empty()) {
        mailbox.display_name = mailbox.address.substr(0, mailbox.address.find('@'));
    }
    if (mailbox.upn.empty()) {
        mailbox.upn = mailbox.address;
    }
    if (mailbox.sid.empty()) {
        mailbox.sid = fmt::format("S-1-5-21-1493619105-1843311271-3936346804-{}",
                                  1100 + stable_number(to_lower(mailbox.address)) % 1'000'000'000);
    }
    if (mailbox.guid.empty()) {
        mailbox.guid = guid_of(to_lower(mailbox.address));
    }
    mailbox.folders = generate_folders(mailbox.guid, mailbox.folder_facts);
    const std::string key = to_lower(mailbox.address);
    if (const auto old = mailboxes_.find(key); old != mailboxes_.end()) {
        forget(old->second);
    }
    Mailbox& stored = mailboxes_[key] = std::move(mailbox);
    index(stored);
}

void Organisation::clear() {
    mailboxes_.clear();
    by_address_.clear();
    by_guid_.clear();
    by_upn_.clear();
    by_sid_.clear();
}

std::size_t Organisation::size() const {
    return mailboxes_.size();
}

const Mailbox* Organisation::find_any(std::string_view address) const {
    return look_up(mailboxes_, by_address_, address);
}

const Mailbox* Organisation::find(std::string_view address) const {
    const Mailbox* mailbox = find_any(address);
    return mailbox != nullptr && mailbox->state == MailboxState::missing ? nullptr : mailbox;
}

const Mailbox* Organisation::find_by_guid(std::string_view guid) const {
    const Mailbox* mailbox = look_up(mailboxes_, by_guid_, guid);
    return mailbox != nullptr && mailbox->state == MailboxState::missing ? nullptr : mailbox;
}

const Mailbox* Organisation::find_by_upn(std::string_view upn) const {
    const Mailbox* mailbox = look_up(mailboxes_, by_upn_, upn);
    return mailbox != nullptr && mailbox->state == MailboxState::missing ? nullptr : mailbox;
}

const Mailbox* Organisation::find_by_sid(std::string_view sid) const {
    const Mailbox* mailbox = look_up(mailboxes_, by_sid_, sid);
    return mailbox != nullptr && mailbox->state == MailboxState::missing ? nullptr : mailbox;
}

void Organisation::for_each(const std::function<void(const Mailbox&)>& visit) const {
    for (const auto& [key, mailbox] : mailboxes_) {
        visit(mailbox);
    }
}

bool Organisation::change(std::string_view address, const std::function<void(Mailbox&)>& change) {
    const Mailbox* found = find_any(address);
    if (found == nullptr) {
        return false;
    }
    Mailbox copy = *found;
    change(copy);
    add(std::move(copy));
    return true;
}

bool Organisation::recreate(std::string_view address) {
    return change(address, [](Mailbox& mailbox) { mailbox.guid = guid_of("recreated " + mailbox.guid); });
}

std::size_t Organisation::mend_all() {
    std::vector<std::pair<std::string, bool>> broken;
    for (const auto& [key, mailbox] : mailboxes_) {
        if (mailbox.state != MailboxState::ok) {
            broken.emplace_back(key, mailbox.state == MailboxState::missing);
        }
    }
    for (const auto& [key, was_missing] : broken) {
        change(key, [](Mailbox& mailbox) { mailbox.state = MailboxState::ok; });
        if (was_missing) {
            recreate(key);
        }
    }
    return broken.size();
}

bool Organisation::may_impersonate(std::string_view account, const Mailbox& mailbox) const {
    return std::ranges::any_of(impersonation, [&](const ImpersonationGrant& grant) {
        if (!equals_ignoring_case(grant.assignee, account) || contains(grant.excluded_databases, mailbox.database) ||
            contains(grant.excluded_addresses, mailbox.address)) {
            return false;
        }
        return grant.all || contains(grant.databases, mailbox.database) || contains(grant.addresses, mailbox.address) ||
               contains(grant.domains, domain_of(mailbox.address));
    });
}

bool Organisation::has_full_access(std::string_view account, const Mailbox& mailbox) const {
    return std::ranges::any_of(full_access, [&](const FullAccessGrant& grant) {
        return equals_ignoring_case(grant.account, account) &&
               (grant.all || contains(grant.mailboxes, mailbox.address) || contains(grant.databases, mailbox.database));
    });
}

FolderRight
Organisation::folder_right(std::string_view account, const Mailbox& mailbox, std::string_view folder_key) const {
    if (has_full_access(account, mailbox)) {
        return FolderRight::full;
    }
    const bool reader = std::ranges::any_of(read_only_folders, [&](const FolderGrant& grant) {
        return equals_ignoring_case(grant.account, account) && equals_ignoring_case(grant.mailbox, mailbox.address) &&
               contains(grant.folders, folder_key);
    });
    return reader ? FolderRight::read : FolderRight::none;
}

bool Organisation::has_some_right(std::string_view account, const Mailbox& mailbox) const {
    return has_full_access(account, mailbox) || std::ranges::any_of(read_only_folders, [&](const FolderGrant& grant) {
               return equals_ignoring_case(grant.account, account) &&
                      equals_ignoring_case(grant.mailbox, mailbox.address);
           });
}

void Organisation::index(const Mailbox& mailbox) {
    const std::string key = to_lower(mailbox.address);
    // A primary address wins over another mailbox's alias.
    by_address_[key] = key;
    for (const std::string& alias : mailbox.aliases) {
        by_address_.try_emplace(to_lower(alias), key);
    }
    by_guid_[to_lower(mailbox.guid)] = key;
    by_upn_[to_lower(mailbox.upn)] = key;
    by_sid_[to_lower(mailbox.sid)] = key;
}

void Organisation::forget(const Mailbox& mailbox) {
    const std::string key = to_lower(mailbox.address);
    const auto erase = [&](std::unordered_map<std::string, std::string>& table, const std::string& name) {
        const auto found = table.find(to_lower(name));
        if (found != table.end() && found->second == key) {
            table.erase(found);
        }
    };
    erase(by_address_, mailbox.address);
    for (const std::string& alias : mailbox.aliases) {
        erase(by_address_, alias);
    }
    erase(by_guid_, mailbox.guid);
    erase(by_upn_, mailbox.upn);
    erase(by_sid_, mailbox.sid);
}

} // namespace mailpreflight::simulator
