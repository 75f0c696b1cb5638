#include "simulator/soap_recorder.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>
#include <utility>

namespace mailpreflight::simulator {

namespace {

void write(const std::filesystem::path& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
        throw std::runtime_error("cannot write " + path.string());
    }
}

} // namespace

SoapRecorder::SoapRecorder(std::filesystem::path directory) :
    directory_(std::move(directory)) {
    if (!directory_.empty()) {
        std::filesystem::create_directories(directory_);
    }
}

void SoapRecorder::record(std::string_view request, std::string_view answer) {
    if (directory_.empty()) {
        return;
    }
    ++exchanges_;
    write(directory_ / fmt::format("{:06}-request.xml", exchanges_), request);
    write(directory_ / fmt::format("{:06}-answer.xml", exchanges_), answer);
}

} // namespace mailpreflight::simulator
