#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/** The folders of a mailbox, and their opaque EWS ids. */
namespace mailpreflight::simulator {

enum class FolderKind { plain, calendar, contacts, tasks, search };

struct Folder {
    std::string key; ///< the distinguished name, or a name of our own for a user's folder; unique in the mailbox
    bool distinguished = true;
    std::string parent; ///< key of the parent; empty for root
    FolderKind kind = FolderKind::plain;
    std::string folder_class; ///< IPF.Note; empty for root
    std::string display_name;
    std::int32_t items = 0;
    std::int32_t unread = 0;
    std::int64_t bytes = 0;
};

/** Counts and sizes that a test or the state file gives to a folder in place of the generated ones. */
struct FolderFacts {
    std::string key;
    std::optional<std::int32_t> items;
    std::optional<std::int32_t> unread;
    std::optional<std::int64_t> bytes;
    bool absent = false; ///< as notes or voicemail in a young mailbox
};

/** The same mailbox GUID always gives the same folders, counts and sizes. */
std::vector<Folder> generate_folders(std::string_view mailbox_guid, const std::vector<FolderFacts>& facts);

/** Number of direct children. */
std::int32_t child_count(const std::vector<Folder>& folders, std::string_view key);

/** What a FolderId stands for. */
struct FolderReference {
    std::string mailbox_guid;
    std::string folder_key;
    bool operator==(const FolderReference&) const = default;
};

/** Base64, embeds the mailbox GUID as Exchange's ids do: another mailbox, or a recreated one, has other ids. */
std::string encode_folder_id(const FolderReference& reference);
std::optional<FolderReference> decode_folder_id(std::string_view id);
std::string change_key_of(const FolderReference& reference);

} // namespace mailpreflight::simulator
