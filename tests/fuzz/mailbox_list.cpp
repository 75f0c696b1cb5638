// A mailbox list of any layout: every row becomes a mailbox or a problem, and no problem quotes a password.
#include "config/mailbox_list.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <set>

using namespace mailpreflight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const config::ParsedList parsed = config::read_mailbox_list(fuzz::text_of(data, size));
    std::set<std::string> addresses;
    for (const core::ListedMailbox& mailbox : parsed.list.mailboxes) {
        fuzz::must(addresses.insert(mailbox.address).second, "an address is listed once");
        fuzz::must(mailbox.address.find('@') != std::string::npos, "an address has an @");
        fuzz::must(mailbox.address.find_first_of("\r\n\t;\"") == std::string::npos, "an address is one word");
        fuzz::must(!mailbox.labels.contains("Password"), "a password is never kept");
    }
    return 0;
}
