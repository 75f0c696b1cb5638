#include "base/text.hpp"
#include "ews/client.hpp"
#include "ews/owa_login.hpp"
#include "ews/owa_page.hpp"
#include "tests/ews/owa_support.hpp"

#include <fstream>
#include <map>
#include <regex>

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

/// Rows of a manifest.csv by the names of its first line; commas in the last column stay in it.
std::vector<std::map<std::string, std::string>> manifest(const std::filesystem::path& path) {
    std::vector<std::map<std::string, std::string>> rows;
    std::ifstream file(path);
    std::vector<std::string> names;
    for (std::string line; std::getline(file, line);) {
        const std::vector<std::string> cells = base::split(line, ',');
        if (names.empty()) {
            names = cells;
            continue;
        }
        for (std::size_t i = 0; i < std::min(names.size(), cells.size()); ++i) {
            rows.resize(rows.size() + (i == 0 ? 1 : 0));
            rows.back()[names[i]] = cells[i];
        }
    }
    return rows;
}

/// All codes that a document names, read as text: no parser of ours has a hand in it.
std::vector<std::string> codes_in(const std::string& text) {
    static const std::regex code("ResponseCode[^>]*>\\s*([A-Za-z]+)\\s*<");
    std::vector<std::string> codes;
    for (std::sregex_iterator at(text.begin(), text.end(), code), end; at != end; ++at) {
        codes.push_back((*at)[1]);
    }
    return codes;
}

/// "GetFolder" of "<m:GetFolderResponse ...>": what was asked, by the document itself; empty where it does not say.
std::string operation_in(const std::string& text) {
    static const std::regex name("<(?:\\w+:)?(\\w+)Response[ >]");
    std::smatch found;
    return std::regex_search(text, found, name) ? found[1].str() : "";
}

TEST_F(RealData, every_recorded_answer_has_its_code_and_the_cause_of_that_code_or_a_clean_refusal) {
    int with_code = 0;
    int refused = 0;
    for (const std::string folder : {"ews-docs", "ews-responses"}) {
        for (const auto& row : manifest(test::real_data() / folder / "manifest.csv")) {
            const std::string text = test::content_of(test::real_data() / folder / row.at("file"));
            SCOPED_TRACE(row.at("file"));
            const Read read_one = read(text, operation_in(text) + "Response", Operation::full_access);
            const Answer& answer = read_one.answer;
            const std::string& code = answer.evidence.response_code;
            const std::vector<std::string> codes = codes_in(text);
            if (row.at("well_formed") != "yes" || text.find("Envelope") == std::string::npos) {
                EXPECT_EQ(answer.cause, Cause::unexpected_answer);
                EXPECT_EQ(code, "");
                ++refused;
            } else if (text.find("Fault>") != std::string::npos) {
                // A fault without a code of Exchange is named by its faultcode, and one was recorded without any.
                EXPECT_TRUE(codes.empty() || code == codes.front()) << code;
                const Cause plain = cause_of(code, Transport::fault, Operation::full_access, false, false);
                EXPECT_EQ(answer.cause, plain) << code;
                ++with_code;
            } else if (read_one.message) {
                ASSERT_EQ(codes.size(), 1U) << "exactly one message is taken";
                const bool nested = codes.front() == "ErrorInternalServerError"; // the inner code says more
                EXPECT_TRUE(code == codes.front() || nested) << code;
                const bool success = read_one.message->attribute("ResponseClass") == "Success";
                const Cause plain = cause_of(code, Transport::message, Operation::full_access, false, false);
                EXPECT_EQ(answer.cause, plain == Cause::ok && !success ? Cause::unexpected_answer : plain) << code;
                ++with_code;
            } else {
                EXPECT_EQ(answer.cause, Cause::unexpected_answer);
                EXPECT_FALSE(answer.detail.empty());
                ++refused;
            }
        }
    }
    EXPECT_GE(with_code, 70);
    EXPECT_GE(refused, 100) << "requests, events, documents of other services";
}

/// The text of a JSON member, its escapes taken out; the file is small and flat.
std::string json_text(const std::string& json, const std::string& name) {
    const std::regex member("\"" + name + R"re("\s*:\s*"((?:[^"\\]|\\.)*)")re");
    std::smatch found;
    if (!std::regex_search(json, found, member)) {
        return {};
    }
    return std::regex_replace(found[1].str(), std::regex(R"(\\(.))"), "$1");
}

TEST_F(RealData, owas_fingerprints_are_the_ones_that_we_go_by) {
    const std::string facts = test::content_of(test::real_data() / "owa" / "fingerprints.json");
    const std::regex build(json_text(facts, "body_version_regex"));
    const std::string page = test::logon_page();
    std::smatch found;
    ASSERT_TRUE(std::regex_search(page, found, build));
    EXPECT_EQ(build_of_page(page), found[1].str());
    EXPECT_EQ(test::shell().headers.first(json_text(facts, "version_header")), "15.2.1748.10");

    const http::Url posted{"https", test::owa_host, 443, "/owa/auth.owa"};
    const http::Url destination{"https", test::owa_host, 443, "/owa/"};
    const std::string refused = json_text(facts, "failed_logon_redirect");
    ASSERT_NE(refused.find("reason=2"), std::string::npos);
    EXPECT_EQ(judge_login(posted, destination, test::to(refused)).result, core::PresentationResult::refused);
    // Only 2 and 4 of the known reasons speak of the password that was posted.
    for (const char* const reason : {"0", "1", "2", "3", "4"}) {
        ASSERT_NE(json_text(facts, reason), "") << reason;
        const std::string where = json_text(facts, "path") + "?reason=" + reason;
        const bool about_password = *reason == '2' || *reason == '4';
        EXPECT_EQ(judge_login(posted, destination, test::to(where)).result == core::PresentationResult::refused,
                  about_password)
            << reason;
    }
}

} // namespace
} // namespace mailpreflight::ews
