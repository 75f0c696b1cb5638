#include "simulator/folders.hpp"

#include "simulator/text.hpp"

#include <algorithm>
#include <array>

namespace mailpreflight::simulator {

namespace {

struct Template {
    std::string_view key;
    std::string_view parent;
    FolderKind kind;
    std::string_view folder_class;
    std::string_view display_name;
    int typical_items; ///< 0: always empty
};

constexpr std::array<Template, 20> templates = {{
    {"root", "", FolderKind::plain, "", "", 0},
    {"msgfolderroot", "root", FolderKind::plain, "IPF.Note", "Top of Information Store", 0},
    {"searchfolders", "root", FolderKind::plain, "IPF.Note", "Finder", 0},
    {"recoverableitemsroot", "root", FolderKind::plain, "", "Recoverable Items", 0},
    {"recoverableitemsdeletions", "recoverableitemsroot", FolderKind::plain, "", "Deletions", 20},
    {"recoverableitemsversions", "recoverableitemsroot", FolderKind::plain, "", "Versions", 0},
    {"recoverableitemspurges", "recoverableitemsroot", FolderKind::plain, "", "Purges", 0},
    {"inbox", "msgfolderroot", FolderKind::plain, "IPF.Note", "Inbox", 400},
    {"calendar", "msgfolderroot", FolderKind::calendar, "IPF.Appointment", "Calendar", 150},
    {"contacts", "msgfolderroot", FolderKind::contacts, "IPF.Contact", "Contacts", 60},
    {"tasks", "msgfolderroot", FolderKind::tasks, "IPF.Task", "Tasks", 12},
    {"notes", "msgfolderroot", FolderKind::plain, "IPF.StickyNote", "Notes", 4},
    {"journal", "msgfolderroot", FolderKind::plain, "IPF.Journal", "Journal", 0},
    {"drafts", "msgfolderroot", FolderKind::plain, "IPF.Note", "Drafts", 5},
    {"sentitems", "msgfolderroot", FolderKind::plain, "IPF.Note", "Sent Items", 300},
    {"deleteditems", "msgfolderroot", FolderKind::plain, "IPF.Note", "Deleted Items", 80},
    {"junkemail", "msgfolderroot", FolderKind::plain, "IPF.Note", "Junk Email", 25},
    {"outbox", "msgfolderroot", FolderKind::plain, "IPF.Note", "Outbox", 0},
    {"projects", "inbox", FolderKind::plain, "IPF.Note", "Projects", 90},
    {"projects2019", "projects", FolderKind::plain, "IPF.Note", "2019", 40},
}};

// As real ids begin ("AAMk..."): a version mark, the length of the GUID text, the GUID text.
constexpr std::string_view id_mark{"\x00\x03\x24\x00", 4};
constexpr std::string_view id_separator{"\x00\x2e\x00", 3};
constexpr std::size_t guid_length = 36;

bool is_own_folder(std::string_view key) {
    return key.starts_with("projects");
}

} // namespace

std::vector<Folder> generate_folders(std::string_view mailbox_guid, const std::vector<FolderFacts>& facts) {
    std::vector<Folder> folders;
    folders.reserve(templates.size());
    std::uint64_t number = stable_number(mailbox_guid);
    for (const Template& shape : templates) {
        const auto given = std::ranges::find(facts, shape.key, &FolderFacts::key);
        if (given != facts.end() && given->absent) {
            continue;
        }
        Folder folder{.key = std::string(shape.key),
                      .distinguished = !is_own_folder(shape.key),
                      .parent = std::string(shape.parent),
                      .kind = shape.kind,
                      .folder_class = std::string(shape.folder_class),
                      .display_name = std::string(shape.display_name)};
        if (shape.typical_items > 0) {
            number = number * 6364136223846793005U + 1442695040888963407U;
            folder.items =
                static_cast<std::int32_t>((number >> 33U) % static_cast<std::uint64_t>(2 * shape.typical_items));
            folder.unread = folder.items / 7;
            folder.bytes = folder.items * (std::int64_t{2'000} + static_cast<std::int64_t>((number >> 20U) % 90'000));
        }
        if (given != facts.end()) {
            folder.items = given->items.value_or(folder.items);
            folder.unread = given->unread.value_or(std::min(folder.unread, folder.items));
            folder.bytes = given->bytes.value_or(folder.bytes);
        }
        folders.push_back(std::move(folder));
    }
    return folders;
}

std::int32_t child_count(const std::vector<Folder>& folders, std::string_view key) {
    return static_cast<std::int32_t>(std::ranges::count(folders, key, &Folder::parent));
}

std::string encode_folder_id(const FolderReference& reference) {
    std::string bytes(id_mark);
    bytes += reference.mailbox_guid;
    bytes += id_separator;
    bytes += sha256(reference.mailbox_guid + '/' + reference.folder_key).substr(0, 16);
    return to_base64(bytes);
}

std::optional<FolderReference> decode_folder_id(std::string_view id) {
    const auto bytes = from_base64(id);
    if (!bytes || !bytes->starts_with(id_mark) ||
        bytes->size() != id_mark.size() + guid_length + id_separator.size() + 16) {
        return std::nullopt;
    }
    const std::string guid = bytes->substr(id_mark.size(), guid_length);
    for (const Template& shape : templates) {
        const FolderReference candidate{guid, std::string(shape.key)};
        if (encode_folder_id(candidate) == id) {
            return candidate;
        }
    }
    return std::nullopt;
}

std::string change_key_of(const FolderReference& reference) {
    return to_base64(std::string_view("\x01\x00\x00\x00", 4)).substr(0, 4) +
           to_base64(sha256("change " + reference.mailbox_guid + reference.folder_key).substr(0, 12));
}

} // namespace mailpreflight::simulator
