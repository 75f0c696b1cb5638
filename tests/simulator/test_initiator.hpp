#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mailpreflight::simulator::testing {

/** The client's side of NTLM, bare or in SPNEGO, by gss-ntlmssp. */
class TestInitiator {
public:
    enum class Mechanism { ntlm, spnego };

    /** binding: whole application data; empty: none. Throws if GSSAPI does not start. */
    TestInitiator(Mechanism mechanism, const std::string& user, const std::string& password, std::string binding);
    TestInitiator(const TestInitiator&) = delete;
    TestInitiator& operator=(const TestInitiator&) = delete;
    ~TestInitiator();

    /** The next token to send, raw. */
    std::string step(std::string_view token_from_server);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace mailpreflight::simulator::testing
