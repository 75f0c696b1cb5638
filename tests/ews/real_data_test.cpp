#include "ews/client.hpp"
#include "ews/owa_page.hpp"
#include "tests/ews/support.hpp"

#include <fstream>
#include <map>

namespace mailpreflight::ews {
namespace {

using core::Cause;

class RealData : public testing::Test {
protected:
    void SetUp() override {
        if (test::real_data().empty()) {
            GTEST_SKIP() << "REAL_DATA_DIR is not set";
        }
    }

    static std::vector<std::filesystem::path> files(const std::string& folder) {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(test::real_data() / folder)) {
            if (entry.is_regular_file()) {
                found.push_back(entry.path());
            }
        }
        return found;
    }

    static Read read(const std::string& body, std::string_view response, Operation operation) {
        return read_answer(soap_request(test::context(), "", std::nullopt, ""),
                           test::response(200, body),
                           test::context(),
                           response,
                           operation);
    }
};

TEST_F(RealData, hostile_xml_with_a_doctype_is_refused) {
    for (const auto& path : files("xml-hostile")) {
        const std::string text = test::content_of(path);
        const auto parsed = parse_xml(text);
        if (text.find("<!DOCTYPE") != std::string::npos && path.extension() == ".xml") {
            EXPECT_FALSE(parsed) << path;
        }
    }
}

TEST_F(RealData, no_document_opens_a_mailbox_that_it_does_not_open) {
    for (const std::string folder : {"ews-docs", "ews-responses", "xml-hostile"}) {
        for (const auto& path : files(folder)) {
            const std::string text = test::content_of(path);
            const MailboxAnswer answer = judge_opened(read(text, "GetFolderResponse", Operation::full_access));
            if (answer.cause == Cause::ok) {
                EXPECT_NE(text.find("GetFolderResponseMessage ResponseClass=\"Success\""), std::string::npos) << path;
                EXPECT_EQ(answer.root_id_digest.size(), 64U) << path;
            }
        }
    }
}

TEST_F(RealData, faults_of_the_documentation_are_read) {
    const auto code = [&](const char* name) {
        const auto path = test::real_data() / "ews-docs" / "Fault" / name;
        const Answer answer = read(test::content_of(path), "GetFolderResponse", Operation::probe).answer;
        return std::pair(answer.evidence.response_code, answer.cause);
    };
    EXPECT_EQ(code("fault-01.xml"), std::pair(std::string("ErrorSchemaValidation"), Cause::request_rejected));
    EXPECT_EQ(code("fault-02.xml"), std::pair(std::string("ErrorIncorrectSchemaVersion"), Cause::version_refused));
    EXPECT_EQ(code("fault-03.xml"), std::pair(std::string("Client"), Cause::unknown_response_code));
}

TEST_F(RealData, samples_of_exchangelib_and_otris_are_read) {
    const auto folder = test::real_data() / "ews-responses";
    const auto inner = test::content_of(folder / "exchangelib" / "services-inner_error_parsing-1.xml");
    const auto too_many = test::content_of(folder / "exchangelib" / "services-error_too_many_objects_opened-1.xml");
    const auto none = test::content_of(folder / "otris-ews-cpp" / "resolve_names_error.xml");
    if (inner.empty() || too_many.empty() || none.empty()) {
        GTEST_SKIP() << "the samples are not here";
    }
    EXPECT_NE(inner.find("InnerErrorResponseCode"), std::string::npos);
    const Answer hidden = read(inner, "DeleteFolderResponse", Operation::full_access).answer;
    EXPECT_NE(hidden.evidence.response_code, "ErrorInternalServerError");
    const Answer busy = read(too_many, "FindFolderResponse", Operation::full_access).answer;
    EXPECT_EQ(busy.evidence.response_code, "ErrorTooManyObjectsOpened");
    EXPECT_EQ(busy.cause, Cause::throttled);
    const Read unknown = read(none, "ResolveNamesResponse", Operation::resolve);
    EXPECT_EQ(unknown.answer.evidence.response_code, "ErrorNameResolutionNoResults");
}

TEST_F(RealData, every_response_of_the_documentation_has_a_code_or_a_clean_refusal) {
    int read_ones = 0;
    for (const std::string operation : {"GetFolder", "ResolveNames", "ConvertId"}) {
        for (const auto& path : files("ews-docs/" + operation)) {
            if (path.filename().string().rfind("response", 0) != 0) {
                continue;
            }
            const Answer answer = read(test::content_of(path), operation + "Response", Operation::full_access).answer;
            read_ones += answer.evidence.response_code.empty() ? 0 : 1;
            if (answer.evidence.response_code.empty()) {
                EXPECT_EQ(answer.cause, Cause::unexpected_answer) << path;
            }
        }
    }
    EXPECT_GE(read_ones, 8);
}

} // namespace
} // namespace mailpreflight::ews
