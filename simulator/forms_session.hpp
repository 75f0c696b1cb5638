#pragma once

#include "simulator/directory.hpp"
#include "simulator/version_profile.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailpreflight::simulator {

/** What the cookies of a forms login stand for: the password in another wrapping. */
struct FormsSession {
    std::string name; ///< as it was typed
    std::string password;
    TimePoint issued;
    std::string canary; ///< value of X-OWA-CANARY
};

/** The front end's key for the cadata cookies: knows what each of them wraps. */
class FormsSessions {
public:
    /** Set-Cookie values of the cookies that a server of this product gives. */
    std::vector<std::string> open(Product product, std::string name, std::string password, TimePoint now);
    const FormsSession* find(std::string_view cadata) const;
    void close(std::string_view cadata);
    std::size_t size() const;

private:
    std::map<std::string, FormsSession, std::less<>> sessions_;
};

/** Set-Cookie values that remove these cookies. */
std::vector<std::string> removed_forms_cookies(Product product);

} // namespace mailpreflight::simulator
