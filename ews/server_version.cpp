#include "ews/server_version.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace mailpreflight::ews {

namespace {

struct Build {
    int minor;
    int build;
    std::string_view name;
};

// The releases and cumulative updates of ews.md 1.8; others show their family.
constexpr std::array builds{
    Build{0, 516, "2013 RTM"},   Build{0, 620, "2013 CU1"},       Build{0, 712, "2013 CU2"},
    Build{0, 775, "2013 CU3"},   Build{0, 847, "2013 SP1"},       Build{0, 913, "2013 CU5"},
    Build{0, 995, "2013 CU6"},   Build{0, 1044, "2013 CU7"},      Build{0, 1076, "2013 CU8"},
    Build{0, 1104, "2013 CU9"},  Build{0, 1130, "2013 CU10"},     Build{0, 1156, "2013 CU11"},
    Build{0, 1178, "2013 CU12"}, Build{0, 1210, "2013 CU13"},     Build{0, 1236, "2013 CU14"},
    Build{0, 1263, "2013 CU15"}, Build{0, 1293, "2013 CU16"},     Build{0, 1320, "2013 CU17"},
    Build{0, 1347, "2013 CU18"}, Build{0, 1365, "2013 CU19"},     Build{0, 1367, "2013 CU20"},
    Build{0, 1395, "2013 CU21"}, Build{0, 1473, "2013 CU22"},     Build{0, 1497, "2013 CU23"},
    Build{1, 225, "2016 RTM"},   Build{1, 396, "2016 CU1"},       Build{1, 466, "2016 CU2"},
    Build{1, 544, "2016 CU3"},   Build{1, 669, "2016 CU4"},       Build{1, 845, "2016 CU5"},
    Build{1, 1034, "2016 CU6"},  Build{1, 1261, "2016 CU7"},      Build{1, 1415, "2016 CU8"},
    Build{1, 1466, "2016 CU9"},  Build{1, 1531, "2016 CU10"},     Build{1, 1591, "2016 CU11"},
    Build{1, 1713, "2016 CU12"}, Build{1, 1779, "2016 CU13"},     Build{1, 1847, "2016 CU14"},
    Build{1, 1913, "2016 CU15"}, Build{1, 1979, "2016 CU16"},     Build{1, 2044, "2016 CU17"},
    Build{1, 2106, "2016 CU18"}, Build{1, 2176, "2016 CU19"},     Build{1, 2242, "2016 CU20"},
    Build{1, 2308, "2016 CU21"}, Build{1, 2375, "2016 CU22"},     Build{1, 2507, "2016 CU23"},
    Build{2, 221, "2019 RTM"},   Build{2, 330, "2019 CU1"},       Build{2, 397, "2019 CU2"},
    Build{2, 464, "2019 CU3"},   Build{2, 529, "2019 CU4"},       Build{2, 595, "2019 CU5"},
    Build{2, 659, "2019 CU6"},   Build{2, 721, "2019 CU7"},       Build{2, 792, "2019 CU8"},
    Build{2, 858, "2019 CU9"},   Build{2, 922, "2019 CU10"},      Build{2, 986, "2019 CU11"},
    Build{2, 1118, "2019 CU12"}, Build{2, 1258, "2019 CU13"},     Build{2, 1544, "2019 CU14"},
    Build{2, 1748, "2019 CU15"}, Build{2, 2562, "Server SE RTM"},
};

std::string_view family(const ServerVersion& version) {
    constexpr std::array names_2007{"2007", "2007 SP1", "2007 SP2", "2007 SP3"};
    constexpr std::array names_2010{"2010", "2010 SP1", "2010 SP2", "2010 SP3"};
    const auto minor = static_cast<std::size_t>(version.minor);
    if (version.major == 8 && minor < names_2007.size()) {
        return names_2007.at(minor);
    }
    if (version.major == 14 && minor < names_2010.size()) {
        return names_2010.at(minor);
    }
    if (version.major == 15) {
        switch (version.minor) {
        case 0:
            return "2013";
        case 1:
            return "2016";
        case 2:
            return version.build >= 2562 ? "Server SE" : "2019";
        case 20:
            return "Online";
        default:
            break;
        }
    }
    return "of an unknown version";
}

} // namespace

std::string ServerVersion::build_text() const {
    return fmt::format("{}.{}.{}", major, minor, build);
}

std::string ServerVersion::product() const {
    std::string_view name = family(*this);
    for (const Build& known : builds) {
        if (major == 15 && known.minor == minor && known.build == build) {
            name = known.name;
        }
    }
    return fmt::format("Exchange {} ({}.{}.{}.{})", name, major, minor, build, revision);
}

} // namespace mailpreflight::ews
