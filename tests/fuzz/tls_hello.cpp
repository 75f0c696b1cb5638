// What a TLS server answers to a hand-shaped hello.
#include "net/client_hello.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const auto answer = net::hello_answer(text);
    if (answer) {
        fuzz::must(answer->choice.has_value() == answer->said.empty(), "a refusal says why, a choice does not");
        fuzz::must(net::hello_answer(text.substr(0, 0)) == std::nullopt, "nothing is no answer");
        for (std::size_t shorter = 0; shorter < std::min<std::size_t>(text.size(), 512); ++shorter) {
            const auto early = net::hello_answer(text.substr(0, shorter));
            fuzz::must(!early || *early == *answer, "an answer is not taken back");
        }
    }
    return 0;
}
