#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <filesystem>
#include <optional>

namespace mailpreflight::store {

/// Exclusion between processes, and between owners inside one process, by flock on a file of its own. The kernel ends
/// it when the holder dies. The file stays.
class FileLock {
public:
    /// The lock, or nothing when somebody else holds it now.
    static base::Result<std::optional<FileLock>> try_take(const std::filesystem::path& path);

    /// A mark in the file that outlives the holder's death (not the machine's: it is not waited for the disk).
    base::Status mark();
    void unmark();
    [[nodiscard]] bool is_marked() const;

private:
    explicit FileLock(base::UniqueFd fd) :
        fd_(std::move(fd)) {}

    base::UniqueFd fd_; ///< closing it ends the lock
};

/// Makes the directory, for its owner alone, if it is not there.
base::Status make_state_directory(const std::filesystem::path& directory);

} // namespace mailpreflight::store
