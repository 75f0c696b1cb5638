#include "report/junit.hpp"

#include "base/prose.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <sstream>
#include <string_view>

namespace mailpreflight::report {

namespace {

/// What XML 1.0 can hold: no control character, no U+FFFE and U+FFFF.
std::string xml_text(std::string_view words) {
    std::string text = base::safe(words);
    for (const std::string_view hole : {"\uFFFE", "\uFFFF"}) {
        for (std::size_t at = text.find(hole); at != std::string::npos; at = text.find(hole, at)) {
            text.replace(at, hole.size(), "\uFFFD");
        }
    }
    return text;
}

void set(pugi::xml_node node, const char* name, std::string_view value) {
    node.append_attribute(name).set_value(xml_text(value).c_str());
}

/// The outcome of one check. Readers such as GitLab show little but names and the element's text: so the cause stands
/// in the name, and what mends it in the text.
class Suite {
public:
    Suite(pugi::xml_node parent, int id, const Head& head, const std::string& name) :
        node_(parent.append_child("testsuite")) {
        set(node_, "name", name);
        set(node_, "package", head.source);
        set(node_, "id", std::to_string(id));
        set(node_, "timestamp", base::to_rfc3339(head.judged_at).substr(0, 19));
        set(node_, "hostname", head.vantage.host.empty() ? "localhost" : head.vantage.host);
        pugi::xml_node properties = node_.append_child("properties");
        const auto add = [&](std::string_view property, std::string_view value) {
            pugi::xml_node entry = properties.append_child("property");
            set(entry, "name", property);
            set(entry, "value", value);
        };
        add("batch", head.batch);
        add("verdict", core::name_of(head.verdict));
        add("source_url", head.url);
        add("source_address", head.vantage.source_address);
        add("user_agent", head.vantage.user_agent);
        for (const std::string& sentence : head.not_tested) {
            add("not_tested", sentence);
        }
    }

    /// `aside`: why the verdict does not rest on it, though it is required.
    void add(const std::string& class_name, const std::string& name, const CheckRow& row, const std::string& aside) {
        pugi::xml_node node = node_.append_child("testcase");
        const bool bad = row.state == core::State::fail || row.state == core::State::unknown;
        set(node, "classname", class_name);
        set(node, "name", bad ? fmt::format("{}: {}", name, core::code_of(row.cause)) : name);
        set(node, "time", "0");
        ++tests_;
        if (row.state == core::State::warn) {
            notes_ += fmt::format("{} {}: {}. {} {}\n",
                                  class_name,
                                  name,
                                  core::code_of(row.cause),
                                  core::info(row.cause).sentence,
                                  row.remedy);
        }
        if (!bad) {
            return;
        }
        const char* outcome = "skipped";
        const bool counts = row.required && aside.empty();
        if (counts) {
            const bool no = row.state == core::State::fail;
            outcome = no ? "failure" : "error";
            ++(no ? failures_ : errors_);
        } else {
            ++skipped_;
        }
        pugi::xml_node said = node.append_child(outcome);
        set(said, "message", aside.empty() ? std::string(core::info(row.cause).sentence) : aside);
        if (counts) {
            set(said, "type", core::code_of(row.cause));
        }
        std::string text = aside.empty() ? "" : aside + ". ";
        text += fmt::format("{}: {}", core::code_of(row.cause), core::info(row.cause).sentence);
        text += row.detail.empty() ? "" : " " + row.detail + ".";
        text += row.remedy.empty() ? "" : " Mend: " + row.remedy;
        said.text().set(xml_text(text).c_str());
    }

    void close() {
        set(node_, "tests", std::to_string(tests_));
        set(node_, "failures", std::to_string(failures_));
        set(node_, "errors", std::to_string(errors_));
        set(node_, "skipped", std::to_string(skipped_));
        set(node_, "time", "0");
        node_.append_child("system-out").text().set(xml_text(notes_).c_str());
        node_.append_child("system-err");
    }

private:
    pugi::xml_node node_;
    std::size_t tests_ = 0;
    std::size_t failures_ = 0;
    std::size_t errors_ = 0;
    std::size_t skipped_ = 0;
    std::string notes_; ///< the warnings: no failure, but to be read
};

} // namespace

std::string junit(const Report& report) {
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version").set_value("1.0");
    declaration.append_attribute("encoding").set_value("UTF-8");
    pugi::xml_node suites = document.append_child("testsuites");
    const Head& head = report.head;

    Suite source(suites, 0, head, fmt::format("{}: the source {}", head.batch, head.source));
    for (const CheckRow& row : head.source_checks) {
        source.add(head.source, std::string(core::name_of(row.check)), row, "");
    }
    source.close();

    Suite mailboxes(suites, 1, head, fmt::format("{}: mailboxes", head.batch));
    for (const MailboxRow& row : report.mailboxes) {
        const std::string aside = aside_of(row);
        for (const CheckRow& check : row.checks) {
            mailboxes.add(fmt::format("{}.{}", head.source, core::name_of(check.check)), row.address, check, aside);
        }
        if (row.checks.empty()) {
            mailboxes.add(
                head.source, row.address, {.check = core::Check::source_watch, .detail = "no way is required"}, aside);
        }
    }
    mailboxes.close();

    std::ostringstream out;
    document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
    return out.str();
}

} // namespace mailpreflight::report
