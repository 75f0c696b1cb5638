#pragma once

#include <string>

namespace mailpreflight::ews {

/// ServerVersionInfo of an EWS answer (ews.md 1.6): which server answered, usually the back end.
struct ServerVersion {
    int major = 0;
    int minor = 0;
    int build = 0;
    int revision = 0;
    std::string schema; ///< "V2017_07_11"; for showing, never sent back

    /// "15.2.1544": the fourth number does not always tell the update (ews.md 1.8)
    [[nodiscard]] std::string build_text() const;
    /// "Exchange 2019 CU14 (15.2.1544.4)", as near as the numbers tell
    [[nodiscard]] std::string product() const;
    [[nodiscard]] bool is_online() const {
        return major == 15 && minor == 20;
    }

    bool operator==(const ServerVersion&) const = default;
};

} // namespace mailpreflight::ews
