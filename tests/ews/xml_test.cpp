#include "ews/xml.hpp"

#include "tests/ews/support.hpp"

#include <rapidcheck.h>

namespace mailpreflight::ews {
namespace {

TEST(Xml, matches_by_namespace_and_never_by_prefix) {
    const auto root = parse_xml(
        R"(<a:r xmlns:a="urn:1"><b:x xmlns:b="urn:1">1</b:x><x xmlns="urn:2">2</x><a:x xmlns:a="urn:3">3</a:x></a:r>)");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->ns, "urn:1");
    ASSERT_NE(root->child("urn:1", "x"), nullptr);
    EXPECT_EQ(root->child("urn:1", "x")->text, "1");
    EXPECT_EQ(root->child("urn:2", "x")->text, "2");
    EXPECT_EQ(root->child("urn:3", "x")->text, "3");
    EXPECT_EQ(root->child("urn:4", "x"), nullptr);
    EXPECT_EQ(root->child_named("x")->text, "1");
}

TEST(Xml, a_declaration_ends_with_its_element) {
    const auto root = parse_xml(R"(<r xmlns="urn:o"><x xmlns="urn:i"/><y/></r>)");
    ASSERT_TRUE(root);
    EXPECT_NE(root->child("urn:i", "x"), nullptr);
    EXPECT_NE(root->child("urn:o", "y"), nullptr);
    EXPECT_FALSE(parse_xml(R"(<r><x xmlns:p="urn:i"/><p:y/></r>)"));
}

TEST(Xml, takes_characters_that_xml_forbids_as_blanks) {
    const auto root = parse_xml("<r>a&#x1;b\x02"
                                "c</r>");
    ASSERT_TRUE(root) << root.error().message();
    EXPECT_EQ(root->text, "a b c");
}

struct Refused {
    const char* name;
    std::string text;
};

std::string repeated(std::string_view unit, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) {
        text += unit;
    }
    return text;
}

class XmlRefuses : public testing::TestWithParam<Refused> {};

TEST_P(XmlRefuses, it) {
    EXPECT_FALSE(parse_xml(GetParam().text));
}

std::string many_namespaces() {
    std::string text = "<r";
    for (int i = 0; i < 1000; ++i) {
        text += " xmlns:p" + std::to_string(i) + "='u'";
    }
    return text + "/>";
}

INSTANTIATE_TEST_SUITE_P(
    Hostile,
    XmlRefuses,
    testing::Values(Refused{"empty", ""},
                    Refused{"no_element", "<?xml version='1.0'?>"},
                    Refused{"text", "hello"},
                    Refused{"doctype", "<!DOCTYPE r><r/>"},
                    Refused{"entity_bomb", R"(<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r>&b;</r>)"},
                    Refused{"external_entity", R"(<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>)"},
                    Refused{"depth_bomb", repeated("<a>", 65) + repeated("</a>", 65)},
                    Refused{"open_tags", repeated("<a>", 1'000'000)},
                    Refused{"many_elements", "<r>" + repeated("<a/>", 60'000) + "</r>"},
                    Refused{"many_attributes", "<r " + repeated("a='' ", 20'000) + "/>"},
                    Refused{"many_namespaces", many_namespaces()},
                    Refused{"undeclared_prefix", "<p:r/>"},
                    Refused{"two_roots", "<a/><b/>"},
                    Refused{"html", "<html><body><br></body></html>"},
                    Refused{"utf16", std::string("\xFF\xFE<\0r\0/\0>\0", 10)}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Xml, text_in_pieces_is_one_text) {
    const auto read = parse_xml("<r>one <!-- two --><![CDATA[<three>]]> four</r>");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text, "one <three> four");
}

TEST(Xml, is_as_deep_as_its_limit) {
    EXPECT_TRUE(parse_xml(repeated("<a>", 64) + repeated("</a>", 64)));
}

TEST(Xml, escapes_so_that_it_reads_back) {
    EXPECT_TRUE(rc::check([](const std::string& text) {
        const auto read = parse_xml("<r a=\"" + xml_escaped(text) + "\"/>");
        RC_ASSERT(read.has_value());
    }));
    const auto read = parse_xml("<r>" + xml_escaped("<&>\"'") + "</r>");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text, "<&>\"'");
}

TEST(Xml, survives_arbitrary_bytes) {
    EXPECT_TRUE(rc::check([](const std::string& text) { static_cast<void>(parse_xml(text)); }));
    const std::string good = test::answer_named("root-opened");
    ASSERT_TRUE(parse_xml(good));
    EXPECT_TRUE(rc::check([&](char byte) {
        std::string bent = good;
        bent[*rc::gen::inRange<std::size_t>(0, bent.size())] = byte;
        bent.resize(*rc::gen::inRange<std::size_t>(0, bent.size()));
        static_cast<void>(parse_xml(bent));
    }));
}

} // namespace
} // namespace mailpreflight::ews
