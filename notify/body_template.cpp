#include "notify/body_template.hpp"

#include "base/prose.hpp"
#include "base/text.hpp"
#include "json/time.hpp"
#include "json/value.hpp"
#include "notify/body.hpp"
#include "notify/words.hpp"

#include <fmt/format.h>

#include <functional>

namespace mailpreflight::notify {

namespace {

struct Placeholder {
    std::string_view name;
    std::string (*value)(const core::Notice&, const Origin&);
};

std::string time_text(const std::optional<base::SystemTime>& time) {
    return time ? json::exact_rfc3339(*time) : std::string();
}

constexpr std::array placeholders{
    Placeholder{"id", [](const core::Notice& notice, const Origin&) { return notice.id; }},
    Placeholder{"receiver", [](const core::Notice& notice, const Origin&) { return notice.receiver; }},
    Placeholder{"group", [](const core::Notice& notice, const Origin&) { return notice.group; }},
    Placeholder{"dedup_key",
                [](const core::Notice& notice, const Origin& origin) { return dedup_key(notice, origin); }},
    Placeholder{
        "class",
        [](const core::Notice& notice, const Origin&) { return std::string(core::name_of(notice.notice_class)); }},
    Placeholder{"status",
                [](const core::Notice& notice, const Origin&) { return std::string(core::name_of(notice.status)); }},
    Placeholder{"severity",
                [](const core::Notice& notice, const Origin&) { return std::string(core::name_of(notice.severity)); }},
    Placeholder{"reason", [](const core::Notice& notice, const Origin&) { return notice.reason; }},
    Placeholder{"at", [](const core::Notice& notice, const Origin&) { return json::exact_rfc3339(notice.at); }},
    Placeholder{"since", [](const core::Notice& notice, const Origin&) { return time_text(notice.since); }},
    Placeholder{"ended", [](const core::Notice& notice, const Origin&) { return time_text(notice.ended); }},
    Placeholder{"title", [](const core::Notice& notice, const Origin&) { return base::safe(notice.title); }},
    Placeholder{"text", [](const core::Notice& notice, const Origin&) { return safe_lines(notice.text); }},
    Placeholder{"remedy", [](const core::Notice& notice, const Origin&) { return safe_lines(notice.remedy); }},
    Placeholder{"source", [](const core::Notice& notice, const Origin&) { return notice.source; }},
    Placeholder{"cause",
                [](const core::Notice& notice, const Origin&) {
                    return notice.cause ? std::string(core::code_of(*notice.cause)) : std::string();
                }},
    Placeholder{"direction",
                [](const core::Notice& notice, const Origin&) {
                    return notice.cause ? std::string(core::name_of(notice.direction)) : std::string();
                }},
    Placeholder{"subjects", [](const core::Notice& notice, const Origin&) { return std::to_string(notice.subjects); }},
    Placeholder{"batches",
                [](const core::Notice& notice, const Origin&) {
                    std::vector<std::string> names;
                    for (const core::NoticeBatch& batch : notice.batches) {
                        names.push_back(batch.name);
                    }
                    return base::join(names, ", ");
                }},
    Placeholder{"samples",
                [](const core::Notice& notice, const Origin&) { return base::join(sample_lines(notice), "\n"); }},
    Placeholder{"host", [](const core::Notice&, const Origin& origin) { return origin.host; }},
    Placeholder{"installation", [](const core::Notice&, const Origin& origin) { return origin.installation; }},
    Placeholder{"version", [](const core::Notice&, const Origin& origin) { return origin.version; }},
};

/// The word of a placeholder that begins at `at`, where a brace stands; empty: it is only a brace.
std::string_view word_at(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    while (end < text.size() && ((text[end] >= 'a' && text[end] <= 'z') || text[end] == '_')) {
        ++end;
    }
    return end < text.size() && text[end] == '}' ? text.substr(at + 1, end - at - 1) : std::string_view();
}

/// The text with what `value_of` makes of each placeholder's word.
std::string replaced(std::string_view text, const std::function<std::string(std::string_view word)>& value_of) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::string_view word = text[at] == '{' ? word_at(text, at) : std::string_view();
        if (word.empty()) {
            out += text[at];
        } else {
            out += value_of(word);
            at += word.size() + 1;
        }
    }
    return out;
}

const Placeholder* placeholder_named(std::string_view word) {
    const auto* const found = std::find_if(
        placeholders.begin(), placeholders.end(), [&](const Placeholder& one) { return one.name == word; });
    return found == placeholders.end() ? nullptr : found;
}

/// None of its texts is empty: else a text that stands outside of quotes would pass.
core::Notice example() {
    core::Notice notice;
    notice.id = notice.receiver = notice.group = notice.reason = notice.source = "x";
    notice.title = notice.text = notice.remedy = "x";
    notice.cause = core::Cause::ok;
    notice.since = notice.ended = base::SystemTime();
    notice.subjects = 10;
    notice.batches.push_back({.name = "x", .window = std::nullopt});
    notice.samples.push_back({"x", core::Check::source_dns, std::nullopt});
    return notice;
}

std::string escaped(const std::string& text) {
    const std::string quoted = json::write(json::Value::string(text));
    return quoted.substr(1, quoted.size() - 2);
}

} // namespace

std::string filled(std::string_view body_template, const core::Notice& notice, const Origin& origin) {
    return replaced(body_template, [&](std::string_view word) {
        const Placeholder* const known = placeholder_named(word);
        return known != nullptr ? escaped(known->value(notice, origin)) : fmt::format("{{{}}}", word);
    });
}

std::optional<std::string> problem_of_template(std::string_view body_template, bool must_be_json) {
    if (!base::is_valid_utf8(body_template)) {
        return "the template is not UTF-8";
    }
    std::optional<std::string> problem;
    replaced(body_template, [&](std::string_view word) {
        if (!problem && placeholder_named(word) == nullptr) {
            std::vector<std::string> names;
            for (const Placeholder& one : placeholders) {
                names.emplace_back(one.name);
            }
            const std::string nearest = base::nearest(word, names);
            problem = fmt::format("the template has no placeholder {{{}}}{}",
                                  word,
                                  nearest.empty() ? "" : fmt::format("; did you mean {{{}}}?", nearest));
        }
        return std::string();
    });
    const std::string_view start = base::trim(body_template);
    if (problem || !must_be_json || start.empty() || (start.front() != '{' && start.front() != '[')) {
        return problem;
    }
    if (auto parsed = json::parse(filled(body_template, example(), {"x", "x", "x"})); !parsed) {
        return "the template is not JSON when it is filled in: " + parsed.error().message() +
               "; texts stand between quotes: \"{title}\"";
    }
    return std::nullopt;
}

} // namespace mailpreflight::notify
