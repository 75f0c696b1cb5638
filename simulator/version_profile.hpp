#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/** What distinguishes the server products on the wire. */
namespace mailpreflight::simulator {

enum class Product {
    exchange_2003,
    exchange_2007,
    exchange_2010,
    exchange_2013,
    exchange_2016,
    exchange_2019,
    exchange_se
};

/** Position of a RequestServerVersion value in the order of schema generations; greater is newer. */
struct SchemaLevel {
    int rank = 0;
    auto operator<=>(const SchemaLevel&) const = default;
};

inline constexpr SchemaLevel level_2007{0};
inline constexpr SchemaLevel level_2007_sp1{1};
inline constexpr SchemaLevel level_2010{3};
inline constexpr SchemaLevel level_2010_sp1{4};
inline constexpr SchemaLevel level_2010_sp2{5};
inline constexpr SchemaLevel level_2013{7};
inline constexpr SchemaLevel level_2013_sp1{8};
inline constexpr SchemaLevel level_2016{10};
inline constexpr SchemaLevel level_newest{15};

/** The level of a value of the schema's ExchangeVersionType; none for a value that no schema knows (Exchange2019). */
std::optional<SchemaLevel> schema_level(std::string_view request_server_version);

struct VersionProfile {
    std::string name; ///< as the operator selects it: "2003", "2007sp1", "2019", ...
    Product product = Product::exchange_2019;
    int major = 15;
    int minor = 2;
    int build = 1544;
    int revision = 4;
    std::string schema_version; ///< ServerVersionInfo's Version
    SchemaLevel newest;         ///< the newest RequestServerVersion that it serves

    /** "15.2.1544.4" */
    std::string full() const;
    /** "15.2.1544": what a logon page of 2013 and later shows in its resource paths. */
    std::string cumulative_update() const;
};

/** Nothing if the name is not one of version_names(). */
std::optional<VersionProfile> find_version_profile(std::string_view name);
std::vector<std::string> version_names();

/** The first schema that knows this distinguished folder name; none if no schema does. */
std::optional<SchemaLevel> distinguished_name_since(std::string_view id);
/** The first schema that knows this folder property ("folder:EffectiveRights"); none if no schema does. */
std::optional<SchemaLevel> folder_property_since(std::string_view field_uri);

} // namespace mailpreflight::simulator
