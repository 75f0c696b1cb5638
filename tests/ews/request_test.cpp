#include "ews/convert_id.hpp"
#include "ews/get_folder.hpp"
#include "ews/resolve_names.hpp"
#include "tests/ews/support.hpp"

namespace mailpreflight::ews {
namespace {

const std::string address = "o'neil&sons@contoso.example";

struct Golden {
    const char* name;
    http::Request request;
};

std::vector<Golden> goldens() {
    CallContext now = test::context();
    CallContext older = now;
    older.version = RequestVersion::exchange2007_sp1;
    return {{"open-by-impersonation", soap_request(now, get_folder_operation(std::nullopt), address, address)},
            {"open-by-impersonation-2007", soap_request(older, get_folder_operation(std::nullopt), address, address)},
            {"open-by-full-access", soap_request(now, get_folder_operation(address), std::nullopt, address)},
            {"convert-id", soap_request(now, convert_id_operation(), std::nullopt, "")},
            {"resolve-names", soap_request(now, resolve_names_operation(address), std::nullopt, "")}};
}

/// The head as it goes out, without the id that is new each time.
std::string head_of(const http::Request& request) {
    std::string text = request.method + " " + request.target + "\n";
    for (const auto& field : request.headers.fields()) {
        text += field.name + ": " + (field.name == "client-request-id" ? "<new>" : field.value) + "\n";
    }
    return text;
}

TEST(Requests, are_the_golden_ones) {
    const bool accepting = std::getenv("MAILPREFLIGHT_ACCEPT") != nullptr;
    for (const auto& [name, request] : goldens()) {
        const auto head = test::data / (std::string("request-") + name + ".head");
        const auto body = test::data / (std::string("request-") + name + ".xml");
        if (accepting) {
            std::ofstream(head, std::ios::binary) << head_of(request);
            std::ofstream(body, std::ios::binary) << request.body;
            continue;
        }
        EXPECT_EQ(head_of(request), test::content_of(head)) << name;
        EXPECT_EQ(request.body, test::content_of(body)) << name;
    }
    if (accepting) {
        GTEST_SKIP() << "golden requests were rewritten";
    }
}

TEST(Requests, are_valid_by_microsofts_schema) {
    const auto schema = test::real_data() / "ews-schema" / "all.xsd";
    if (test::real_data().empty() || !std::filesystem::exists(schema)) {
        GTEST_SKIP() << "REAL_DATA_DIR is not set or has no ews-schema";
    }
    if (std::system("xmllint --version >/dev/null 2>&1") != 0) {
        GTEST_SKIP() << "xmllint is not installed";
    }
    for (const auto& [name, request] : goldens()) {
        const auto body = test::data / (std::string("request-") + name + ".xml");
        const std::string command =
            "xmllint --nonet --noout --schema '" + schema.string() + "' '" + body.string() + "' 2>&1";
        EXPECT_EQ(std::system(command.c_str()), 0) << name;
    }
}

TEST(Requests, have_an_id_of_their_own) {
    const auto a = soap_request(test::context(), "", std::nullopt, "");
    const auto b = soap_request(test::context(), "", std::nullopt, "");
    EXPECT_EQ(a.headers.first("client-request-id").size(), 36U);
    EXPECT_NE(a.headers.first("client-request-id"), b.headers.first("client-request-id"));
}

TEST(Requests, let_no_line_break_into_a_header) {
    const auto request = soap_request(test::context(), "", std::nullopt, "a@b.example\r\nX-Evil: 1");
    EXPECT_EQ(request.headers.first("X-AnchorMailbox"), "a@b.example  X-Evil: 1");
}

} // namespace
} // namespace mailpreflight::ews
