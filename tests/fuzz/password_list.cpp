// A file of individual passwords of any layout: every row becomes a login or a problem, and no problem quotes a
// password.
#include "config/password_list.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <set>

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const config::PasswordList list = config::parse_password_list(base::Secret(fuzz::text_of(data, size)));
    std::set<int> lines;
    for (const auto& [address, login] : list.passwords) {
        fuzz::must(address.find('@') != std::string::npos, "an address has an @");
        fuzz::must(!login.username.empty(), "a login has a user name");
        fuzz::must(lines.insert(login.line).second, "a line is one login");
        login.password.expose_to([](std::string_view password) {
            fuzz::must(!password.empty() && password.size() <= 1024, "a password is there and bounded");
            fuzz::must(password.find_first_of("\r\n") == std::string_view::npos, "a password is one line");
            return 0;
        });
    }
    return 0;
}
