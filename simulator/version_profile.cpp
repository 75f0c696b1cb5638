#include "simulator/version_profile.hpp"

#include "simulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mailpreflight::simulator {

namespace {

// ExchangeVersionType of types.xsd, in the order of the schema. Exchange2009 and Exchange2012 are internal steps.
constexpr std::array<std::string_view, 16> request_versions = {
    "Exchange2007",
    "Exchange2007_SP1",
    "Exchange2009",
    "Exchange2010",
    "Exchange2010_SP1",
    "Exchange2010_SP2",
    "Exchange2012",
    "Exchange2013",
    "Exchange2013_SP1",
    "Exchange2015",
    "Exchange2016",
    "V2015_10_05",
    "V2016_01_06",
    "V2016_04_13",
    "V2016_07_13",
    "V2016_10_10",
};
static_assert(request_versions[static_cast<std::size_t>(level_2010_sp1.rank)] == "Exchange2010_SP1");
static_assert(request_versions[static_cast<std::size_t>(level_2013_sp1.rank)] == "Exchange2013_SP1");
static_assert(request_versions[static_cast<std::size_t>(level_2016.rank)] == "Exchange2016");
static_assert(request_versions.size() == static_cast<std::size_t>(level_newest.rank) + 1);

const std::vector<VersionProfile>& profiles() {
    static const std::vector<VersionProfile> table = {
        {"2003", Product::exchange_2003, 6, 5, 7638, 1, "", level_2007}, // has no EWS
        {"2007sp1", Product::exchange_2007, 8, 1, 436, 0, "Exchange2007_SP1", level_2007_sp1},
        {"2010sp2", Product::exchange_2010, 14, 2, 328, 9, "Exchange2010_SP2", level_2010_sp2},
        {"2013", Product::exchange_2013, 15, 0, 1497, 48, "V2_23", level_2013_sp1},
        {"2016", Product::exchange_2016, 15, 1, 2507, 39, "V2017_07_11", level_newest},
        {"2019", Product::exchange_2019, 15, 2, 1544, 4, "V2017_07_11", level_newest},
        {"se", Product::exchange_se, 15, 2, 2562, 17, "V2017_07_11", level_newest},
        {"online", Product::exchange_se, 15, 20, 9434, 12, "V2018_01_08", level_newest},
    };
    return table;
}

using SinceTable = std::vector<std::pair<SchemaLevel, std::vector<std::string_view>>>;

std::optional<SchemaLevel> since(const SinceTable& table, std::string_view name) {
    for (const auto& [level, names] : table) {
        if (std::ranges::find(names, name) != names.end()) {
            return level;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<SchemaLevel> schema_level(std::string_view request_server_version) {
    const auto found = std::ranges::find(request_versions, request_server_version);
    if (found == request_versions.end()) {
        return std::nullopt;
    }
    return SchemaLevel{static_cast<int>(found - request_versions.begin())};
}

std::string VersionProfile::full() const {
    return fmt::format("{}.{}.{}.{}", major, minor, build, revision);
}

std::string VersionProfile::cumulative_update() const {
    return fmt::format("{}.{}.{}", major, minor, build);
}

std::optional<VersionProfile> find_version_profile(std::string_view name) {
    for (const VersionProfile& profile : profiles()) {
        if (equals_ignoring_case(profile.name, name)) {
            return profile;
        }
    }
    return std::nullopt;
}

std::vector<std::string> version_names() {
    std::vector<std::string> names;
    for (const VersionProfile& profile : profiles()) {
        names.push_back(profile.name);
    }
    return names;
}

std::optional<SchemaLevel> distinguished_name_since(std::string_view id) {
    static const SinceTable table = {
        {level_2007,
         {"calendar",
          "contacts",
          "deleteditems",
          "drafts",
          "inbox",
          "journal",
          "notes",
          "outbox",
          "sentitems",
          "tasks",
          "msgfolderroot",
          "root",
          "junkemail",
          "searchfolders",
          "voicemail"}},
        {level_2007_sp1, {"publicfoldersroot"}},
        {level_2010_sp1,
         {"recoverableitemsroot",
          "recoverableitemsdeletions",
          "recoverableitemsversions",
          "recoverableitemspurges",
          "archiveroot",
          "archivemsgfolderroot",
          "archivedeleteditems",
          "archiverecoverableitemsroot",
          "archiverecoverableitemsdeletions",
          "archiverecoverableitemsversions",
          "archiverecoverableitemspurges"}},
        {level_2013,
         {"syncissues",
          "conflicts",
          "localfailures",
          "serverfailures",
          "recipientcache",
          "quickcontacts",
          "conversationhistory",
          "adminauditlogs",
          "todosearch",
          "mycontacts",
          "imcontactlist",
          "peopleconnect",
          "favorites"}},
        {level_2013_sp1,
         {"recoverableitemsdiscoveryholds", "archiverecoverableitemsdiscoveryholds", "archiveinbox", "directory"}},
    };
    return since(table, id);
}

std::optional<SchemaLevel> folder_property_since(std::string_view field_uri) {
    static const SinceTable table = {
        {level_2007,
         {"folder:FolderId",
          "folder:ParentFolderId",
          "folder:DisplayName",
          "folder:UnreadCount",
          "folder:TotalCount",
          "folder:ChildFolderCount",
          "folder:FolderClass",
          "folder:SearchParameters",
          "folder:ManagedFolderInformation"}},
        {level_2007_sp1, {"folder:PermissionSet", "folder:EffectiveRights"}},
        {level_2010, {"folder:SharingEffectiveRights"}},
        {level_2013, {"folder:DistinguishedFolderId", "folder:PolicyTag", "folder:ArchiveTag", "folder:ReplicaList"}},
    };
    return since(table, field_uri);
}

} // namespace mailpreflight::simulator
