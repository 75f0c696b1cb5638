// Remedies are copied into shells: a name from a server or a list never becomes code.
#include "core/remedy.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [address, primary] = fuzz::parts_of(fuzz::text_of(data, size));
    const std::string quoted = core::powershell_quoted(address);
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    fuzz::must(quoted.size() >= 2 && quoted.front() == '\'' && quoted.back() == '\'', "a literal stands in quotes");
    const std::string inside = quoted.substr(1, quoted.size() - 2);
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] == '\'') {
            fuzz::must(i + 1 < inside.size() && inside[i + 1] == '\'', "a quote inside is doubled");
            ++i;
        }
    }
    const std::string word = core::shell_quoted(address);
    bool in_quotes = false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        in_quotes = word[i] == '\'' ? !in_quotes : in_quotes;
        const bool escaped = word[i] == '\\' && i + 1 < word.size() && word[i + 1] == '\'';
        fuzz::must(in_quotes || word[i] == '\'' || escaped, "nothing but quotes stands outside of quotes");
        i += !in_quotes && escaped ? 1 : 0;
    }
    fuzz::must(!in_quotes, "the last quote is closed");
    const core::RemedyNames names{.address = std::string(address),
                                  .source = "contoso",
                                  .account = std::string(primary),
                                  .host = "mail.contoso.example",
                                  .primary = std::string(primary)};
    for (const core::CauseInfo& info : core::catalogue()) {
        const std::string remedy = core::remedy_for(info.cause, names);
        fuzz::must(std::none_of(remedy.begin(), remedy.end(), is_control), "a remedy is one line");
    }
    return 0;
}
