#include "config/endpoint.hpp"

#include <gtest/gtest.h>

namespace mailpreflight::config {

namespace {

/// "ews owa exchange" of an URL, "-" for a door that is not there.
std::string doors_of(std::string_view url) {
    const auto written = parse_endpoint(url);
    if (!written) {
        return written.error().message();
    }
    const auto doors = derive_endpoints(*written);
    if (!doors) {
        return doors.error().message();
    }
    const auto shown = [](const std::optional<EndpointUrl>& door) { return door ? door->text() : "-"; };
    return shown(doors->ews) + " " + shown(doors->owa) + " " + shown(doors->exchange);
}

struct Case {
    std::string_view url;
    std::string_view doors;
};

TEST(DeriveEndpoints, finds_the_other_doors_on_the_same_host) {
    for (const Case& row : {
             Case{"https://Mail.Contoso.example/owa",
                  "https://mail.contoso.example/EWS/Exchange.asmx https://mail.contoso.example/owa -"},
             Case{"https://m.example/owa/", "https://m.example/EWS/Exchange.asmx https://m.example/owa -"},
             Case{"https://m.example", "https://m.example/EWS/Exchange.asmx https://m.example/owa -"},
             Case{"https://m.example/OWA/auth/logon.aspx",
                  "https://m.example/EWS/Exchange.asmx https://m.example/OWA -"},
             Case{"https://m.example/exchange/",
                  "https://m.example/EWS/Exchange.asmx https://m.example/owa https://m.example/exchange"},
             Case{"https://m.example:8443/ews/exchange.ASMX",
                  "https://m.example:8443/ews/exchange.ASMX https://m.example:8443/owa -"},
             Case{"https://[2001:DB8::1]/owa", "https://[2001:db8::1]/EWS/Exchange.asmx https://[2001:db8::1]/owa -"},
             Case{"HTTPS://10.0.0.7", "https://10.0.0.7/EWS/Exchange.asmx https://10.0.0.7/owa -"},
         }) {
        EXPECT_EQ(doors_of(row.url), row.doors) << row.url;
    }
}

TEST(ParseEndpoint, refuses_what_a_credential_may_not_be_sent_to) {
    for (const std::string_view url : {"http://m.example/owa",
                                       "m.example/owa",
                                       "https://",
                                       "https:///owa",
                                       "https://u:p@m.example/",
                                       "https://m.example\\@evil.example/",
                                       "https://m.example:0/",
                                       "https://m.example:443x/",
                                       "https://m.example?x",
                                       "https://m.example/#x",
                                       "https://m example/",
                                       "https://m.example/\r\nX: y",
                                       "https://[::1/",
                                       "https://-m.example/",
                                       "https://m..example/"}) {
        EXPECT_FALSE(parse_endpoint(url)) << url;
    }
}

TEST(ParseEndpoint, never_quotes_the_url_that_it_refuses) {
    EXPECT_EQ(parse_endpoint("https://admin:PLANTED@m.example/").error().message().find("PLANTED"), std::string::npos);
    EXPECT_EQ(parse_endpoint("http://admin:PLANTED@m.example/").error().message().find("PLANTED"), std::string::npos);
}

TEST(ParseProxy, reads_host_and_port_and_refuses_what_it_could_not_keep_to) {
    const auto proxy = parse_proxy("http://Proxy.example:3128");
    ASSERT_TRUE(proxy);
    EXPECT_EQ(proxy->host, "proxy.example");
    EXPECT_EQ(proxy->port, 3128);
    EXPECT_EQ(parse_proxy("http://[2001:db8::1]:8080/")->host, "2001:db8::1");
    for (const char* const text : {"proxy.example:3128",
                                   "https://proxy.example:3128",
                                   "socks5://proxy.example:1080",
                                   "http://proxy.example",
                                   "http://[2001:db8::1]",
                                   "http://proxy.example:3128/path",
                                   "http://user:PLANTED@proxy.example:3128",
                                   "http://proxy.example:0"}) {
        const auto refused = parse_proxy(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().message().find("PLANTED"), std::string::npos);
    }
}

} // namespace

} // namespace mailpreflight::config
