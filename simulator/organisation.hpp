#pragma once

#include "simulator/folders.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/** The mailboxes of the simulated organisation and who may open them. */
namespace mailpreflight::simulator {

enum class MailboxState {
    ok,
    disabled,   ///< its directory account is disabled
    moved,      ///< remote: the mailbox lives elsewhere, the directory object is still here
    missing,    ///< the address is unknown to this organisation
    in_transit, ///< its move is being finished
    store_down, ///< its database is offline
};
std::string_view name_of(MailboxState state);
std::optional<MailboxState> mailbox_state(std::string_view name);

struct Mailbox {
    std::string address; ///< primary SMTP address
    std::vector<std::string> aliases;
    std::string display_name;
    std::string database; ///< never told to a client by EWS or OWA
    MailboxState state = MailboxState::ok;
    bool hidden = false;       ///< from address lists
    bool never_opened = false; ///< OWA asks for language and time zone first
    std::string upn;           ///< of its owner; the address if none is given
    std::string sid;           ///< of its owner
    std::string guid;
    std::vector<FolderFacts> folder_facts;
    std::vector<Folder> folders; ///< follows from guid and folder_facts

    const Folder* folder(std::string_view key) const;
};

/** A role assignment of ApplicationImpersonation with its scope. */
struct ImpersonationGrant {
    std::string assignee; ///< CONTOSO\migadmin
    bool all = true;      ///< without a scope; else any of the three lists admits
    std::vector<std::string> databases;
    std::vector<std::string> addresses;
    std::vector<std::string> domains;
    std::vector<std::string> excluded_databases; ///< taken out of whatever the scope admits
    std::vector<std::string> excluded_addresses;
};

struct FullAccessGrant {
    std::string account; ///< CONTOSO\migadmin, or the address of the mailbox whose owner is meant
    bool all = false;
    std::vector<std::string> mailboxes;
    std::vector<std::string> databases;
};

/** Reviewer on single folders. */
struct FolderGrant {
    std::string account;
    std::string mailbox;
    std::vector<std::string> folders;
};

enum class FolderRight { none, read, full };

class Organisation {
public:
    std::vector<ImpersonationGrant> impersonation;
    std::vector<FullAccessGrant> full_access;
    std::vector<FolderGrant> read_only_folders;

    /** Fills in what is empty: display name, UPN, SID, GUID, folders. An existing mailbox of this address is replaced.
     */
    void add(Mailbox mailbox);
    void clear();
    std::size_t size() const;

    /** By primary address or alias; also finds the missing ones. */
    const Mailbox* find_any(std::string_view address) const;
    /** By primary address or alias, as clients see it: nothing if it is missing. */
    const Mailbox* find(std::string_view address) const;
    const Mailbox* find_by_guid(std::string_view guid) const;
    const Mailbox* find_by_upn(std::string_view upn) const;
    const Mailbox* find_by_sid(std::string_view sid) const;
    void for_each(const std::function<void(const Mailbox&)>& visit) const;

    /** False if there is no such mailbox. The primary address must stay as it is. */
    bool change(std::string_view address, const std::function<void(Mailbox&)>& change);
    /** The mailbox gets a new GUID and so new folder ids, as after delete and create. */
    bool recreate(std::string_view address);
    /** Everything works again: all states ok, missing mailboxes are back (recreated). Returns how many changed. */
    std::size_t mend_all();

    bool may_impersonate(std::string_view account, const Mailbox& mailbox) const;
    bool has_full_access(std::string_view account, const Mailbox& mailbox) const;
    FolderRight folder_right(std::string_view account, const Mailbox& mailbox, std::string_view folder_key) const;
    /** Any right at all. */
    bool has_some_right(std::string_view account, const Mailbox& mailbox) const;

private:
    void index(const Mailbox& mailbox);
    void forget(const Mailbox& mailbox);

    std::map<std::string, Mailbox> mailboxes_; ///< by lower-case primary address
    std::unordered_map<std::string, std::string> by_address_;
    std::unordered_map<std::string, std::string> by_guid_;
    std::unordered_map<std::string, std::string> by_upn_;
    std::unordered_map<std::string, std::string> by_sid_;
};

} // namespace mailpreflight::simulator
