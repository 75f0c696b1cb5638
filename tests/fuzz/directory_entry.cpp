// What a directory server answers: attributes of an account, and its word about a bind.
#include "base/text.hpp"
#include "core/cause.hpp"
#include "directory/account_state.hpp"
#include "directory/bind_verdict.hpp"
#include "directory/filter.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto [word, entry] = fuzz::parts_of(fuzz::text_of(data + 1, size - 1));
    const directory::BindVerdict verdict = directory::verdict_of_bind(data[0], word);
    fuzz::must((verdict.result == core::PresentationResult::accepted) == (data[0] == 0), "success alone is accepted");
    fuzz::must((verdict.failure.cause == core::Cause::ok) == (data[0] == 0), "a refusal is not ok");
    fuzz::must(base::is_valid_utf8(verdict.failure.detail), "what is shown is UTF-8");
    fuzz::must(directory::reason_code(word).size() <= 8, "a reason is short");

    directory::Attributes attributes;
    for (const std::string& line : base::split(entry, '\n')) {
        const std::size_t colon = line.find(':');
        attributes[base::to_lower(line.substr(0, colon))] = colon == std::string::npos ? "" : line.substr(colon + 1);
    }
    const base::SystemTime now = *base::parse_rfc3339("2026-12-01T12:00:00Z");
    const directory::AccountState state = directory::read_account_state(attributes, std::chrono::hours(1), now);
    fuzz::must(!(state.password_never_ends && state.password_end), "never is no time");
    for (const auto& time : {state.password_end, state.account_end, state.locked_since, state.password_set}) {
        fuzz::must(!time || base::parse_rfc3339(base::to_rfc3339(*time)).has_value(), "a time can be shown and read");
    }
    const core::Cause reason = directory::reason_not_to_log_in(state, now);
    fuzz::must(reason == core::Cause::ok || core::state_of(reason) == core::State::fail, "a reason is a failure");

    const std::string filter = directory::escaped(entry);
    fuzz::must(filter.find_first_of("()*&|!=<>~") == std::string::npos, "a value is no syntax");
    return 0;
}
