#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/mount.h>
#include <system_error>

namespace mailpreflight::store {

/// A directory of its own, gone with everything in it at the end.
class TemporaryDirectory {
public:
    TemporaryDirectory() :
        TemporaryDirectory(std::filesystem::temp_directory_path()) {}
    /// On a disk of memory, where there is one: for many commits whose durability is not what is tested.
    static TemporaryDirectory in_memory() {
        std::error_code ignored;
        const std::filesystem::path memory = "/dev/shm";
        return std::filesystem::is_directory(memory, ignored) ? TemporaryDirectory(memory) : TemporaryDirectory();
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const {
        return path_;
    }

private:
    explicit TemporaryDirectory(const std::filesystem::path& parent) {
        std::string name = (parent / "mailpreflight-store-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary directory");
        }
        path_ = name;
    }

    std::filesystem::path path_;
};

/// A disk that is full after `bytes`. Needs the right to mount.
class SmallDisk {
public:
    explicit SmallDisk(std::size_t bytes) {
        const std::string options = "mode=0700,size=" + std::to_string(bytes);
        mounted_ = ::mount("none", directory_.path().c_str(), "tmpfs", 0, options.c_str()) == 0;
    }
    ~SmallDisk() {
        if (mounted_) {
            ::umount2(directory_.path().c_str(), MNT_DETACH);
        }
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    [[nodiscard]] bool mounted() const {
        return mounted_;
    }
    [[nodiscard]] const std::filesystem::path& path() const {
        return directory_.path();
    }

private:
    TemporaryDirectory directory_;
    bool mounted_ = false;
};

} // namespace mailpreflight::store
