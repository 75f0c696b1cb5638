#include "core/certificate_change.hpp"

#include <set>
#include <sstream>

namespace mailpreflight::core {

namespace {

using Facts = std::map<std::string, std::string>;

std::string fact(const Facts& facts, const char* name) {
    const auto found = facts.find(name);
    return found == facts.end() ? std::string() : found->second;
}

/// The names in any order; without any, the subject is the name.
std::set<std::string> names_of(const Facts& facts) {
    std::istringstream text(fact(facts, "names"));
    std::set<std::string> names;
    for (std::string name; text >> name;) {
        names.insert(std::move(name));
    }
    return names.empty() ? std::set{fact(facts, "subject")} : names;
}

} // namespace

bool is_renewal(const Facts& before, const Facts& after, base::SystemTime seen) {
    for (const char* const name : {"sha256", "authority", "not_after"}) {
        if (fact(before, name).empty() || fact(after, name).empty()) {
            return false;
        }
    }
    const std::string ended = fact(before, "not_after"); // RFC 3339 in UTC: compared as text
    return fact(before, "sha256") != fact(after, "sha256") && fact(before, "authority") == fact(after, "authority") &&
           names_of(before) == names_of(after) && fact(after, "not_after") > ended && ended > base::to_rfc3339(seen);
}

} // namespace mailpreflight::core
