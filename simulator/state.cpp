#include "simulator/state.hpp"

namespace mailpreflight::simulator {

const std::string& State::back_end_of(const Mailbox* mailbox) const {
    if (mailbox != nullptr) {
        if (const auto found = server.back_ends.find(mailbox->database); found != server.back_ends.end()) {
            return found->second;
        }
    }
    return server.back_end;
}

} // namespace mailpreflight::simulator
