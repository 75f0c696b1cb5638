#include "config/loopback.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::config {

namespace {

TEST(ParseLoopback, takes_addresses_of_this_host_alone_with_their_port) {
    for (const auto& [text, ip, port] : {std::tuple("127.0.0.1:9480", "127.0.0.1", 9480),
                                         std::tuple("127.9.8.7:1", "127.9.8.7", 1),
                                         std::tuple("[::1]:65535", "::1", 65535)}) {
        const auto address = parse_loopback(text);
        ASSERT_TRUE(address) << text << ": " << address.error().message();
        EXPECT_EQ(*address, (LoopbackAddress{ip, static_cast<unsigned short>(port)}));
        EXPECT_EQ(address->text(), text);
    }
}

TEST(ParseLoopback, refuses_what_others_could_reach) {
    for (const char* text : {"0.0.0.0:9480",
                             "[::]:9480",
                             "192.0.2.7:9480",
                             "128.0.0.1:9480",
                             "[2001:db8::1]:9480",
                             "[::ffff:192.0.2.7]:9480",
                             "[::ffff:127.0.0.1]:9480"}) {
        const auto address = parse_loopback(text);
        ASSERT_FALSE(address) << text;
        EXPECT_NE(address.error().message().find("others than this host"), std::string::npos)
            << address.error().message();
    }
}

TEST(ParseLoopback, refuses_names_and_what_is_no_address_and_port) {
    for (const char* text : {"",
                             "9480",
                             ":9480",
                             "localhost:9480",
                             "127.1:9480",
                             "127.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:0",
                             "127.0.0.1:65536",
                             "127.0.0.1:-1",
                             "127.0.0.1:80x",
                             "::1:9480",
                             "[127.0.0.1]:9480",
                             "[::1",
                             "[::1]"}) {
        EXPECT_FALSE(parse_loopback(text)) << text;
    }
}

} // namespace

} // namespace mailpreflight::config
