#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace mailpreflight::simulator {

/** Keeps what the service was asked and what it said, before a fault spoils it: NNNNNN-request.xml and -answer.xml. */
class SoapRecorder {
public:
    /** Records nothing. */
    SoapRecorder() = default;
    /** Makes the directory if it is not there; throws std::filesystem::filesystem_error if it cannot. */
    explicit SoapRecorder(std::filesystem::path directory);

    /** Throws std::runtime_error if the directory does not take it. */
    void record(std::string_view request, std::string_view answer);

private:
    std::filesystem::path directory_;
    std::size_t exchanges_ = 0;
};

} // namespace mailpreflight::simulator
