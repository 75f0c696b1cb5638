#include "http/lane.hpp"
#include "tests/http/support.hpp"

#include <cpprest/json.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace mailpreflight::http {
namespace {

using testing::ServerSide;
using testing::TestNetwork;
using testing::TestServer;
using namespace std::chrono_literals;

/// The characters of a JSON string, each below 256, as bytes.
std::string bytes_of(const std::string& utf8) {
    std::string bytes;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto c = static_cast<unsigned char>(utf8[i]);
        if (c < 0x80 || i + 1 == utf8.size()) {
            bytes += utf8[i];
        } else {
            ++i;
            bytes += static_cast<char>((c & 0x03U) << 6U | (static_cast<unsigned char>(utf8[i]) & 0x3fU));
        }
    }
    return bytes;
}

TEST(HostileAnswers, of_the_llhttp_suite_neither_crash_nor_hang_nor_mix_two_answers) {
    const char* const directory = std::getenv("REAL_DATA_DIR");
    if (directory == nullptr) {
        GTEST_SKIP() << "REAL_DATA_DIR is not set";
    }
    int played = 0;
    int accepted = 0;
    for (const char* name : {"invalid", "sample", "content-length"}) {
        std::ifstream file(std::string(directory) + "/http-hostile/llhttp-response-" + name + ".json");
        ASSERT_TRUE(file) << name;
        const auto cases = web::json::value::parse(file);
        for (const auto& entry : cases.as_array()) {
            const std::string bytes = bytes_of(entry.at("input_latin1").as_string());
            TestServer server([&](ServerSide& side) {
                side.read();
                side.write(bytes);
                side.close();
            });
            TestNetwork network;
            auto lane = network.open(server);
            ASSERT_TRUE(lane);
            const auto start = std::chrono::steady_clock::now();
            const auto answer = lane->send({}, base::Deadline::in(5s));
            EXPECT_LT(std::chrono::steady_clock::now() - start, 4s) << entry.at("name").as_string();
            EXPECT_FALSE(lane->alive());
            ++played;
            accepted += answer ? 1 : 0;
            // Where llhttp, told to be strict, refuses a whole message, what we make of it is at most one answer.
            if (answer) {
                EXPECT_EQ(answer->body.find("HTTP/1."), std::string::npos) << entry.at("name").as_string();
            }
        }
    }
    EXPECT_EQ(played, 42);
    RecordProperty("accepted", accepted);
}

} // namespace
} // namespace mailpreflight::http
