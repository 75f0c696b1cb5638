#pragma once

#include "simulator/ews_service.hpp"
#include "tests/simulator/worlds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

/** Requests to the EWS service without HTTP, and what its answers say. */
namespace mailpreflight::simulator::testing {

using Codes = std::vector<std::string>;

class EwsServiceTest : public ::testing::Test {
protected:
    EwsAnswer ask(const std::string& text, const EwsOverride& override_answer = {}) {
        const auto request = read_soap_request(text);
        EXPECT_TRUE(request) << text;
        return serve_ews(state, caller, *request, override_answer);
    }

    void set_state(const std::string& address, MailboxState mailbox_state) {
        state.organisation.change(address, [&](Mailbox& mailbox) { mailbox.state = mailbox_state; });
    }

    std::string delegate(std::string_view ids, std::string_view properties = "") {
        return soap(version("Exchange2010_SP1"), get_folder(ids, properties));
    }

    /** What stands between two marks, each time, in order. */
    static std::vector<std::string>
    all_between(std::string_view text, std::string_view before, std::string_view after) {
        std::vector<std::string> result;
        for (auto at = text.find(before); at != std::string_view::npos; at = text.find(before, at + 1)) {
            const auto from = at + before.size();
            result.emplace_back(text.substr(from, text.find(after, from) - from));
        }
        return result;
    }

    /** Response codes of all messages, in order. */
    static Codes codes(const EwsAnswer& answer) {
        return all_between(answer.body, "<m:ResponseCode>", "<");
    }

    static std::vector<std::string> display_names(const EwsAnswer& answer) {
        return all_between(answer.body, "<t:DisplayName>", "</t:DisplayName>");
    }

    void expect_fault(const EwsAnswer& answer, std::string_view code) {
        EXPECT_EQ(answer.status, 500);
        EXPECT_EQ(answer.response_code, code);
        EXPECT_THAT(
            answer.body,
            ::testing::HasSubstr("<faultcode xmlns:a=\"http://schemas.microsoft.com/exchange/services/2006/types\">a:" +
                                 std::string(code)));
        EXPECT_THAT(answer.body, ::testing::Not(::testing::HasSubstr("ServerVersionInfo")));
    }

    State state = small_world();
    EwsCaller caller{admin, "migadmin@contoso.example"};
};

} // namespace mailpreflight::simulator::testing
